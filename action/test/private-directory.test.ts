// The directory of a long job's tokens on Windows, where rights are not modes: the programs of Windows that set them are scripts here.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { privateDirectory } from '../src/private-directory.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';

/** A Windows where these programs are such scripts, and what they were asked. */
function windowsWith(programs: Record<string, string>): { readonly root: string; readonly asked: () => string } {
  const root = mkdtempSync(join(tmpdir(), 'access-token-windows-'));
  const log = join(root, 'log');
  writeFileSync(log, '');
  mkdirSync(join(root, 'System32'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(root, 'System32', name), `#!/bin/sh\necho ${name} "$@" >> '${log}'\n${script}\n`, { mode: 0o700 });
  }
  return { root, asked: () => readFileSync(log, 'utf8') };
}

const whoami = `echo '"octo-org\\octocat","S-1-5-21-7-1001"'`;

function directoryOf(step: FakeStep): string {
  return privateDirectory(step.effects.runner, 'win32');
}

describe("the directory of a long job's tokens on Windows", { skip: process.platform === 'win32' }, () => {
  it('is for this user alone', () => {
    const { root, asked } = windowsWith({ 'whoami.exe': whoami, 'icacls.exe': '' });
    const step = fakeStep({ SystemRoot: root });
    const path = directoryOf(step);
    assert.equal(path, join(step.temporary, 'access-token'));
    assert.equal(asked(), `whoami.exe /user /fo csv /nh\nicacls.exe ${path} /inheritance:r /grant:r *S-1-5-21-7-1001:(OI)(CI)F\n`);
    assert.deepEqual(step.printed, []);
    // The second use in the job finds it.
    assert.equal(directoryOf(step), path);
  });

  for (const [what, programs, reason] of [
    ['the rights cannot be set', { 'whoami.exe': whoami, 'icacls.exe': 'echo "Access is denied." >&2; exit 5' }, /Access is denied\./],
    ['nobody tells the user', { 'whoami.exe': 'echo ERROR', 'icacls.exe': '' }, /`whoami` does not tell this user/],
    ['the programs are not there', {}, /ENOENT/],
  ] as const) {
    it(`comes with a warning where ${what}`, () => {
      const { root, asked } = windowsWith(programs);
      const step = fakeStep({ SystemRoot: root });
      const path = directoryOf(step);
      assert.equal(step.printed.length, 1);
      assert.match(step.printed[0] ?? '', reason);
      assert.ok(step.printed[0]?.startsWith(`::warning::other users of this machine may be able to read \`${path}\`, where this job's tokens lie: `));
      assert.equal(asked().includes('icacls'), what === 'the rights cannot be set');
    });
  }
});
