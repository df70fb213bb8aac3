import assert from 'node:assert/strict';
import fs, { mkdtempSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { replacePrivate } from '../src/private-file.ts';

/** The real one. */
const rename = renameSync;
const directory = mkdtempSync(join(tmpdir(), 'access-token-private-'));

/** Has the first so many renames fail, as Windows does while somebody reads the file; gives how often it was tried. */
function busy(test: TestContext, failures: number, code: string, act: () => void): number {
  const { mock } = test.mock.method(fs, 'renameSync', (from: string, to: string) => {
    if (mock.callCount() < failures) throw Object.assign(new Error(code), { code });
    rename(from, to);
  });
  syncBuiltinESMExports();
  try {
    act();
  } finally {
    mock.restore();
    syncBuiltinESMExports();
  }
  return mock.callCount();
}

describe('a private file', () => {
  it('is replaced as a whole, for its user alone', () => {
    const path = join(directory, 'one');
    replacePrivate(path, 'old');
    replacePrivate(path, 'new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ['one']);
  });

  it('waits for who reads it on Windows', (test) => {
    const path = join(directory, 'two');
    assert.equal(busy(test, 2, 'EPERM', () => { replacePrivate(path, 'text'); }), 3);
    assert.equal(readFileSync(path, 'utf8'), 'text');
  });

  it('does not wait for what will not pass', (test) => {
    assert.throws(() => busy(test, 1, 'ENOSPC', () => { replacePrivate(join(directory, 'three'), 'text'); }), /ENOSPC/);
  });
});
