// A directory of the job that nobody else on the machine can look into.

import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, wordsOf } from './failure.ts';
import type { Runner } from './runner.ts';

/** In the runner's temporary directory, which it empties before and after each job. */
export function privateDirectory(runner: Runner, platform: NodeJS.Platform): string {
  const temporary = runner.variable('RUNNER_TEMP');
  if (temporary === '') throw new Failure('input `refresh`: the runner does not set `RUNNER_TEMP`, where the command is to lie');
  const path = directoryIn(temporary, 'access-token', platform);
  if (platform === 'win32') restrict(path, runner);
  return path;
}

/** A directory that is made, or is there and private. */
export function directoryIn(parent: string, name: string, platform: NodeJS.Platform): string {
  const path = join(parent, name);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Failure(`input \`refresh\`: the directory \`${path}\` cannot be made: ${(error as Error).message}`);
    }
  }
  // SECURITY: one that was there before must be ours alone, or its tokens could be read by others.
  const found = lstatSync(path);
  const isOurs = platform === 'win32' || ((found.mode & 0o777) === 0o700 && found.uid === process.getuid?.());
  if (!found.isDirectory() || !isOurs) {
    throw new Failure(`input \`refresh\`: \`${path}\` is there already and is not a directory for this user alone (mode 700): remove it before this step`);
  }
  return path;
}

/**
 * Takes all rights from everybody but the user of this process. Modes mean nothing on Windows, where a directory inherits the
 * rights of the one that it lies in, and those of a runner's folder often let all users of the machine read.
 */
function restrict(path: string, runner: Runner): void {
  try {
    const user = /"(S-1-[\d-]+)"/.exec(ran(runner, 'whoami.exe', '/user', '/fo', 'csv', '/nh'))?.[1];
    if (user === undefined) throw new Error('`whoami` does not tell this user');
    ran(runner, 'icacls.exe', path, '/inheritance:r', '/grant:r', `*${user}:(OI)(CI)F`);
  } catch (error) {
    const rights = `other users of this machine may be able to read \`${path}\`, where this job's tokens lie`;
    runner.warning({ message: `${rights}: the rights could not be restricted (${wordsOf(error)})` });
  }
}

/** What a program of Windows prints. */
function ran(runner: Runner, program: string, ...words: readonly string[]): string {
  const path = join(runner.variable('SystemRoot') || 'C:\\Windows', 'System32', program);
  return process.getBuiltinModule('node:child_process').execFileSync(path, words, { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'pipe'] });
}
