// The folder of the checkout, and what lies in it.

import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { Failure } from '../../action/src/failure.ts';
import type { TreeEntry } from './git.ts';
import { mostBytes, type Content } from './policy-text.ts';

/** How deep folders are looked into, where git does not tell what is in them. */
const deepest = 16;
/** How many files and folders are looked at then. */
const mostEntries = 200_000;
/** Folders that hold what others wrote. */
const skipped = ['.git', 'node_modules'];

export class Folder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The checkout in the workspace: that itself, or where the input `path` of `actions/checkout` put the only one. */
  static ofCheckout(workspace: string): Folder {
    if (exists(join(workspace, '.git'))) return new Folder(workspace);
    const inside = entriesOf(workspace).filter((entry) => entry.isDirectory() && exists(join(workspace, entry.name, '.git')));
    if (inside.length > 1) {
      const names = inside.map(({ name }) => `\`${name}\``).join(', ');
      throw new Failure(`expected one checkout in the workspace, found ${names}\ngive the \`actions/checkout\` of the policies no \`path\``);
    }
    return new Folder(join(workspace, inside[0]?.name ?? ''));
  }

  has(path: string): boolean {
    return exists(join(this.path, path));
  }

  /** The bytes of a file of a commit, if they lie here as git keeps them, or with the line ends of Windows. */
  committed({ path, object }: TreeEntry): Buffer | undefined {
    const full = join(this.path, path);
    try {
      if (!lstatSync(full).isFile()) return undefined;
      const bytes = beginning(full);
      if (isObject(object, bytes)) return bytes;
      const plain = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
      return isObject(object, plain) ? plain : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * What lies at a path.
   *
   * SECURITY: a stranger may have put a link there to whatever the runner holds, and what it says is printed; and git keeps
   * credentials in its own folder.
   */
  read(path: string): Content {
    if (!this.has(path)) return { kind: 'missing' };
    const full = join(this.path, path);
    try {
      const within = relative(realpathSync(this.path), realpathSync(full)).split(sep);
      if (isAbsolute(within.join(sep)) || within[0] === '..') return unusable('it is out of the checkout, or a link out of it, which is not followed');
      if (within.some((name) => name.toLowerCase() === '.git')) return unusable('it is in the folder of git, which is not read');
      const kind = statSync(full);
      if (kind.isDirectory()) return unusable('it is a folder, expected a policy file');
      if (!kind.isFile()) return unusable('it is no file, expected a policy');
      return { kind: 'file', bytes: beginning(full) };
    } catch (error) {
      return unusable(error instanceof Error ? error.message : String(error));
    }
  }

  /** All files in it and below, as far as they are of this checkout. */
  files(): readonly string[] {
    return this.#walk('', 0, { entries: 0 });
  }

  #walk(folder: string, depth: number, count: { entries: number }): string[] {
    if (depth > deepest) return [];
    const found: string[] = [];
    for (const entry of entriesOf(join(this.path, folder))) {
      count.entries += 1;
      if (count.entries > mostEntries) throw new Failure(`the checkout has more than ${mostEntries} files and folders: let git be installed, which lists them`);
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) found.push(path);
      else if (!skipped.includes(entry.name) && !this.has(join(path, '.git'))) found.push(...this.#walk(path, depth + 1, count));
    }
    return found;
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that nobody may look into has nothing that the broker would see.
    return [];
  }
}

/** Whether something is there, if only a link to nowhere. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether git gives these bytes this name (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects). */
function isObject(name: string, bytes: Buffer): boolean {
  const hash = createHash(name.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex') === name;
}

function unusable(why: string): Content {
  return { kind: 'unusable', why };
}

/** One byte more than a policy may have is enough to say that it has too many. */
function beginning(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) read = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
