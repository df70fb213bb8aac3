// Putting the command `access-token` on the path of the steps that follow, and git's helper beside it.

import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { join, win32 } from 'node:path';
import { Failure } from './failure.ts';
import { gitConfiguration } from './git-credential.ts';
import { directoryIn, privateDirectory } from './private-directory.ts';
import type { Runner } from './runner.ts';
import type { Secret } from './secret.ts';
import { TokenStore, type Settings } from './token-store.ts';

/** What runs the command: the program of this action's own process, and the script beside the main one. */
export interface CommandHost {
  readonly node: string;
  readonly script: string;
  readonly platform: NodeJS.Platform;
}

export interface Offer {
  readonly settings: Settings;
  readonly token: Secret;
  readonly expiresAt: string;
}

/** Where a use of the action has its files in this job, and the name by which the command knows it. */
export interface Place {
  readonly id: string;
  readonly directory: string;
  /** The directory of the command. */
  readonly commands: string;
  readonly platform: NodeJS.Platform;
}

/** The most uses of the action in a job, and ids that are tried for one without the input `id`. */
const mostUses = 100;

/**
 * Makes the command, before there is a token: throws where it could not work, since otherwise a long job would fail later.
 * `id` is the input of that name.
 */
export function prepareRefresh(runner: Runner, host: CommandHost, id: string | undefined): Place {
  const { platform } = host;
  const root = privateDirectory(runner, platform);
  const uses = directoryIn(root, 'uses', platform);
  const name = id ?? freeId(uses, runner.variable('GITHUB_ACTION'));
  const directory = join(uses, name);
  if (existsSync(directory)) {
    throw new Failure(`input \`id\`: another step of this job has the id \`${name}\` already: expected another one`);
  }
  const commands = directoryIn(root, 'bin', platform);
  writeCommands(commands, root, host);
  return { id: name, directory, commands, platform };
}

/** Has the command work for the steps that follow, and the post step know of it first. */
export function offerRefresh(runner: Runner, { id, directory, commands, platform }: Place, { settings, token, expiresAt }: Offer, now: number): void {
  const store = TokenStore.create(directory, settings);
  runner.saveState('refresh', directory);
  store.add(token, expiresAt, now);
  runner.addPath(commands);
  const command = shellQuoted(withSlashes(join(commands, 'access-token'), platform));
  const configuration = join(directory, 'gitconfig');
  writeFileSync(configuration, gitConfiguration(settings, `${command} git-credential --id ${id}`), { mode: 0o600 });
  tellGit(runner, withSlashes(configuration, platform));
}

/** Has the command give out nothing, where the step failed after all. */
export function withdrawRefresh({ directory }: Place): void {
  if (existsSync(directory)) new TokenStore(directory).close();
}

/** The step's own id, as the runner tells it; with a number behind it where that is taken. */
function freeId(uses: string, action: string): string {
  const base = action.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 48) || 'access-token';
  for (let number = 1; number <= mostUses; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(join(uses, id))) return id;
  }
  throw new Failure(`input \`refresh\`: this job has ${mostUses} uses of the action: expected fewer`);
}

function writeCommands(directory: string, root: string, { node, script, platform }: CommandHost): void {
  const words = [node, script, root].map((path) => shellQuoted(withSlashes(path, platform)));
  const shell = ['#!/bin/sh', `exec ${words.join(' ')} "$@"`, ''].join('\n');
  const path = join(directory, 'access-token');
  writeFileSync(path, shell, { mode: 0o700 });
  requireRunnable(path);
  if (platform !== 'win32') return;
  const batch = [
    '@echo off',
    'setlocal',
    'call :here',
    `${[node, script, root].map((to) => batchPath(directory, to)).join(' ')} %*`,
    'exit /b %errorlevel%',
    // Only in here `%~dp0` is the directory of this file also where its name was quoted by who calls it.
    ':here',
    'set "here=%~dp0"',
    'exit /b',
    '',
  ];
  writeFileSync(join(directory, 'access-token.cmd'), batch.join('\r\n'));
}

/** Fails where no program can be run, since only the steps that follow would notice. */
function requireRunnable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Failure(`input \`refresh\`: \`${path}\` cannot be run: expected \`RUNNER_TEMP\` on a file system without \`noexec\``);
  }
}

/**
 * Git takes configuration from the environment (since version 2.31), which ends with the job by itself: no file that others
 * write, such as `~/.gitconfig` or that of a checkout, is touched. What is there already is kept.
 */
function tellGit(runner: Runner, configuration: string): void {
  const count = runner.variable('GIT_CONFIG_COUNT') || '0';
  if (!/^\d{1,4}$/.test(count)) {
    runner.warning({ message: `git is not told of the new tokens: expected a number in \`GIT_CONFIG_COUNT\`, found \`${count}\`` });
    return;
  }
  const next = Number(count);
  runner.exportVariable(`GIT_CONFIG_KEY_${next}`, 'include.path');
  runner.exportVariable(`GIT_CONFIG_VALUE_${next}`, configuration);
  runner.exportVariable('GIT_CONFIG_COUNT', String(next + 1));
}

/** Git and its shell take slashes on every system. */
function withSlashes(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? path.replaceAll('\\', '/') : path;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A path as a batch file has it: from where the file itself lies, since `cmd` reads the file in the machine's own code page,
 * which may lack letters of the folders that both lie in. A percent sign stands for a variable there, and two stand for one.
 */
function batchPath(directory: string, to: string): string {
  const way = win32.relative(directory, to);
  return `"${win32.isAbsolute(way) ? '' : '%here%'}${way.replaceAll('%', '%%')}"`;
}
