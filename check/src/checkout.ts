// The files of the checkout.

import { closeSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join, relative, isAbsolute, sep } from 'node:path';
import { Failure } from '../../action/src/failure.ts';
import type { Git } from './git.ts';
import { isOfPolicies, missing, mostBytes, policyText, unreadable } from './policy-text.ts';
import type { Answer } from './whole-core.ts';

/** How deep folders are looked into, where git does not tell what is in them. */
const deepest = 16;
/** How many files and folders are looked at then. */
const mostEntries = 200_000;
/** Folders that hold what others wrote. */
const skipped = ['.git', 'node_modules'];

export class Checkout {
  readonly #folder: string;
  readonly #git: Git;

  constructor(folder: string, git: Git) {
    this.#folder = folder;
    this.#git = git;
  }

  /**
   * The files with the name of a policy or of tests of one, from the folder of the checkout, with `/`.
   *
   * What git keeps, it keeps in spite of a `.gitignore`, and so does the broker: a change cannot hide its policy that way.
   */
  policies(): readonly string[] {
    const tracked = this.#git.files();
    const found = tracked === undefined ? this.#walk('', 0, { entries: 0 }) : tracked.filter((path) => exists(join(this.#folder, path)));
    return [...new Set(found.filter(isOfPolicies))].sort();
  }

  /**
   * The text of a file.
   *
   * SECURITY: in a change by a stranger a policy may be a link to whatever the runner holds, and what it says is printed.
   * GitHub does not follow a link out of a repository, either.
   */
  read(path: string): Answer {
    const full = join(this.#folder, path);
    if (!exists(full)) return missing(path);
    try {
      const within = relative(realpathSync(this.#folder), realpathSync(full));
      if (isAbsolute(within) || within.split(sep)[0] === '..') return unreadable(path, 'it is a link out of the checkout, which is not followed');
      const kind = statSync(full);
      if (kind.isDirectory()) return unreadable(path, 'it is a folder, expected a policy file');
      if (!kind.isFile()) return unreadable(path, 'it is no file, expected a policy');
      return policyText(path, beginning(full));
    } catch (error) {
      return unreadable(path, error instanceof Error ? error.message : String(error));
    }
  }

  /** All files below a folder, as far as they are of this checkout. */
  #walk(folder: string, depth: number, count: { entries: number }): string[] {
    if (depth > deepest) return [];
    const found: string[] = [];
    for (const entry of entriesOf(join(this.#folder, folder))) {
      count.entries += 1;
      if (count.entries > mostEntries) throw new Failure(`the checkout has more than ${mostEntries} files and folders: let git be installed, which lists them`);
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) found.push(path);
      else if (!skipped.includes(entry.name) && !exists(join(this.#folder, path, '.git'))) found.push(...this.#walk(path, depth + 1, count));
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
