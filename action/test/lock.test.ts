import assert from 'node:assert/strict';
import fs, { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { acquire, isProcessAlive, type Hold, type LockEffects } from '../src/lock.ts';

let directory = '';
let time = 0;
let alive = new Set<number>();

/** A process of its own, on a clock that only sleeping moves. */
function processOf(pid: number, onSleep: () => void = () => undefined): LockEffects {
  const sleep = (milliseconds: number): Promise<void> => {
    time += milliseconds;
    onSleep();
    return Promise.resolve();
  };
  return { pid, isAlive: (other) => alive.has(other), clock: { elapsed: () => time, now: () => time, sleep } };
}

async function held(pid: number): Promise<Hold> {
  const hold = await acquire(directory, 0, processOf(pid));
  assert.ok(hold);
  return hold;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'access-token-lock-'));
  time = 0;
  alive = new Set([1, 2, 3]);
});

describe('the lock of a long job', () => {
  it('has one holder, until that lets go', async () => {
    const one = await held(1);
    assert.equal(await acquire(directory, 1000, processOf(2)), undefined);
    assert.equal(time, 1000);
    const two = await acquire(directory, 1000, processOf(2, () => { one.release(); }));
    assert.equal(two?.isHeld(), true);
    assert.equal(one.isHeld(), false);
  });

  it('passes on from a process that died', async () => {
    const dead = await held(1);
    alive.delete(1);
    assert.equal((await held(2)).isHeld(), true);
    // Should it be alive after all, it sees that it lost the lock, and gives away nothing.
    assert.equal(dead.isHeld(), false);
    dead.release();
    assert.equal(await acquire(directory, 0, processOf(3)), undefined);
  });

  it('passes on from a process whose number somebody else has by now', async () => {
    const dead = await held(1);
    time += 16 * 60_000;
    assert.equal(await acquire(directory, 0, processOf(2)), undefined);
    time += 1;
    assert.equal((await held(2)).isHeld(), true);
    assert.equal(dead.isHeld(), false);
    time -= 60 * 60_000;
    assert.equal((await held(3)).isHeld(), true);
  });

  it('is one where files have only one name, too', async (test) => {
    const { mock } = test.mock.method(fs, 'linkSync', () => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
    });
    syncBuiltinESMExports();
    try {
      const one = await held(1);
      assert.equal(await acquire(directory, 0, processOf(2)), undefined);
      one.release();
      await held(2);
      assert.deepEqual(readdirSync(directory), ['lock-2']);
    } finally {
      mock.restore();
      syncBuiltinESMExports();
    }
  });

  it('is not had by a file that was cleared away already', async () => {
    (await held(1)).release();
    await held(2);
    assert.deepEqual(readdirSync(directory), ['lock-2']);
    writeFileSync(join(directory, 'lock-1'), '3');
    assert.equal(await acquire(directory, 0, processOf(3)), undefined);
  });

  it('is free when nothing is left of its holder', async () => {
    writeFileSync(join(directory, 'lock-1'), '');
    assert.equal((await acquire(directory, 0, { ...processOf(1), isAlive: isProcessAlive }))?.isHeld(), true);
  });

  it('knows a process that is there', () => {
    assert.equal(isProcessAlive(process.pid), true);
    assert.equal(isProcessAlive(2_000_000_000), false);
  });
});
