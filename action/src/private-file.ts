// Files of a job that only its user can read.

import { chownSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes such a file. What root writes, as with `sudo -E git push`, belongs to whom the directory belongs to: the steps that
 * follow and the post step run as that user.
 */
export function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}
