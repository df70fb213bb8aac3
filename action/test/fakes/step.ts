// Runs a step of the shipped action as the runner does: a process of its own, nothing in its environment but what the
// runner puts there, files for what it hands back.

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EOL, program, surroundings } from './program.ts';

const dist = resolve(process.env['ACTION_DIST'] ?? 'dist');

export interface StepRun {
  readonly exitCode: number | null;
  readonly stdout: readonly string[];
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The directories that it adds to the path of the steps that follow, and the variables that it sets for them. */
  readonly path: readonly string[];
  readonly exported: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string>>;

export async function runStep(entry: 'main' | 'post' | 'check', environment: Variables, directory = dist): Promise<StepRun> {
  const folder = mkdtempSync(join(tmpdir(), 'access-token-step-'));
  const path = (name: string): string => join(folder, name);
  for (const name of ['output', 'state', 'summary', 'path', 'environment', 'stdout', 'stderr']) writeFileSync(path(name), '');
  const files = {
    GITHUB_OUTPUT: path('output'),
    GITHUB_STATE: path('state'),
    GITHUB_STEP_SUMMARY: path('summary'),
    GITHUB_PATH: path('path'),
    GITHUB_ENV: path('environment'),
  };
  const [command, ...words] = program;
  // Files, since under Wine Node cannot open the pipe of another system.
  const printed = ['stdout', 'stderr'].map((name) => openSync(path(name), 'a'));
  const child = spawn(command, [...words, join(directory, `${entry}.js`)], {
    env: { ...surroundings, ...files, ...environment },
    stdio: ['ignore', ...printed],
  });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  printed.forEach(closeSync);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  const run = {
    exitCode,
    stdout: read('stdout').split(EOL).slice(0, -1),
    stderr: read('stderr'),
    outputs: entriesOf(read('output')),
    state: entriesOf(read('state')),
    summary: read('summary'),
    path: read('path').split(EOL).slice(0, -1),
    exported: entriesOf(read('environment')),
  };
  rmSync(folder, { recursive: true });
  return run;
}

/** Inputs as the runner passes them. */
export function inputs(values: Variables): Variables {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

/** The entries of a command file, read as strictly as the runner does; of several values the last counts. */
export function entriesOf(text: string): Record<string, string> {
  const lines = text.split(EOL);
  const entries: Record<string, string> = {};
  while (lines.length > 1) {
    const [, key, delimiter] = /^([^=<]+)<<(ghadelimiter_[\da-f-]{36})$/.exec(lines.shift() ?? '') ?? [];
    const end = lines.indexOf(delimiter ?? '');
    if (key === undefined || end < 0) throw new Error(`not a command file: ${text}`);
    entries[key] = lines.splice(0, end + 1).slice(0, -1).join(EOL);
  }
  return entries;
}
