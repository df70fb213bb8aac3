// A lock among the processes of one job, which does not outlive a process that dies while it holds it.

import { linkSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { writePrivate } from './private-file.ts';

/** What a lock needs of its process. */
export interface LockEffects {
  readonly clock: Clock;
  readonly pid: number;
  readonly isAlive: (pid: number) => boolean;
}

export interface Hold {
  /** Whether nobody has taken the lock for abandoned in the meantime. */
  readonly isHeld: () => boolean;
  readonly release: () => void;
}

/** What a file holds whose lock is free: nothing, for which there is room on a full disk, too. */
const free = '';
const pause = 50;

/**
 * Waits for the lock of a directory, at most as long as `patience`; `undefined` if somebody holds it all the time.
 *
 * INVARIANT: the lock is a row of numbered files, and the holder is who made the last one. Making a file that must not be
 * there yet is the one step that only one process can win; nothing is taken away from a place where another might look.
 */
export async function acquire(directory: string, patience: number, effects: LockEffects): Promise<Hold | undefined> {
  const end = effects.clock.elapsed() + patience;
  for (;;) {
    const last = numbersIn(directory).at(-1) ?? 0;
    if (isFree(fileOf(directory, last), effects)) {
      const hold = claim(directory, last + 1, effects.pid);
      if (hold !== undefined) return hold;
    }
    if (effects.clock.elapsed() >= end) return undefined;
    await effects.clock.sleep(pause);
  }
}

function claim(directory: string, number: number, pid: number): Hold | undefined {
  const path = fileOf(directory, number);
  if (!make(path, pid)) return undefined;
  const isHeld = (): boolean => numbersIn(directory).at(-1) === number;
  // Who was slow may have made a file that was cleared away before.
  if (!isHeld()) {
    rmSync(path, { force: true });
    return undefined;
  }
  for (const earlier of numbersIn(directory)) if (earlier < number) rmSync(fileOf(directory, earlier), { force: true });
  return {
    isHeld,
    release: () => {
      if (isHeld()) truncateSync(path);
    },
  };
}

/** Makes the file with its content at once, so that nobody reads it half-written; false if it is there already. */
function make(path: string, pid: number): boolean {
  const draft = `${path}.${pid}`;
  try {
    writePrivate(draft, String(pid));
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isFree(path: string, { isAlive }: LockEffects): boolean {
  let holder: string;
  try {
    holder = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  return holder === free || !isAlive(Number(holder));
}

function numbersIn(directory: string): number[] {
  const numbers = readdirSync(directory).map((name) => /^lock-(\d+)$/.exec(name)?.[1]);
  return numbers.filter((number) => number !== undefined).map(Number).sort((one, other) => one - other);
}

function fileOf(directory: string, number: number): string {
  return join(directory, `lock-${number}`);
}

/** Whether a process of this machine is there. One of another user is, too: then the signal is forbidden. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
