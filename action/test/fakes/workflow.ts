// The steps of this project's own workflows, run as GitHub does, with programs of the test in the place of others.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface WorkflowStepRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the step of that name in the folder, where `bin` comes first on the path. */
export function runWorkflowStep(workflow: string, name: string, folder: string, environment: Record<string, string>): WorkflowStepRun {
  const text = readFileSync(`.github/workflows/${workflow}`, 'utf8');
  const [, after = ''] = text.split(`- name: ${name}\n`);
  const [step = ''] = after.split(/^ {6}[-#]|^ {2}\w/m);
  const [, block] = /^ {8}run: \|\n((?: {10}.*\n|\n)+)/m.exec(step) ?? [];
  assert.ok(block !== undefined, name);
  writeFileSync(join(folder, 'step.sh'), block.replaceAll(/^ {10}/gm, ''));
  // Only where a step names the shell, GitHub has it look at every program of a pipe.
  const options = step.includes('        shell: bash\n') ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
  return spawnSync('bash', [...options, join(folder, 'step.sh')], {
    cwd: folder,
    env: { PATH: `${join(folder, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, RUNNER_TEMP: folder, ...environment },
    encoding: 'utf8',
  });
}

/** Makes a program for the steps that run in the folder. */
export function writeProgram(folder: string, name: string, ...lines: readonly string[]): void {
  const path = join(folder, 'bin', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}
