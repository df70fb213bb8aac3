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

/**
 * How long somebody may hold the lock, in milliseconds: several times what asking takes, even where eight brokers cannot be reached.
 * Who holds it longer is taken for dead, since another process may have its number now.
 */
const longestHold = 16 * 60_000;
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
      const hold = claim(directory, last + 1, effects);
      if (hold !== undefined) return hold;
    }
    if (effects.clock.elapsed() >= end) return undefined;
    await effects.clock.sleep(pause);
  }
}

function claim(directory: string, number: number, { pid, clock }: LockEffects): Hold | undefined {
  const path = fileOf(directory, number);
  if (!make(path, pid, clock.now())) return undefined;
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
function make(path: string, pid: number, now: number): boolean {
  const draft = `${path}.${pid}`;
  const text = `${pid} ${now}`;
  try {
    writePrivate(draft, text);
    return isNew(() => { linkSync(draft, path); });
  } catch (error) {
    if (!withoutLinks.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Who reads it half-written takes it for free and makes the next one; then both ask, and this one is not the last.
    return isNew(() => { writePrivate(path, text, 'wx'); });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** How systems say that a file system has no hard links. */
const withoutLinks = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'EMLINK'];

function isNew(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isFree(path: string, { isAlive, clock }: LockEffects): boolean {
  let holder: string;
  try {
    holder = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const [pid, since] = holder.split(' ').map(Number);
  if (holder === free || pid === undefined || since === undefined || !isAlive(pid)) return true;
  // This clock may have been set back.
  return Math.abs(clock.now() - since) > longestHold;
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
