// Files of a job that only its user can read.

import { chownSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How often a file is put in its place, and how long after a failure it is tried again, in milliseconds. */
const replacing = { tries: 10, pause: 20 } as const;

/**
 * Writes such a file. What root writes, as with `sudo -E git push`, belongs to whom the directory belongs to: the steps that
 * follow and the post step run as that user. With `wx` it must not be there yet.
 */
export function writePrivate(path: string, text: string, flag: 'w' | 'wx' = 'w'): void {
  writeFileSync(path, text, { mode: 0o600, flag });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}

/**
 * Writes such a file as a whole, so that nobody reads half of it.
 *
 * On Windows none can be replaced while somebody reads it or a scanner looks into the new one; both is over in a moment.
 */
export function replacePrivate(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writePrivate(draft, text);
  for (let count = 1; ; count += 1) {
    try {
      renameSync(draft, path);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (count === replacing.tries || !['EACCES', 'EBUSY', 'EPERM'].includes(code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, replacing.pause);
    }
  }
}
