// The files of a commit, as GitHub shows them to the broker.

import { posix } from 'node:path';
import { Failure } from '../../action/src/failure.ts';
import type { Folder } from './folder.ts';
import type { Git, TreeEntry } from './git.ts';
import { isOfPolicies, mostBytes, type Content } from './policy-text.ts';

/** The modes of files in git. */
const fileModes = ['100644', '100755', '100664'];
const linkMode = '120000';
/** The longest path that a link may say, in bytes. */
const longestLink = 4096;

export class Revision {
  readonly #commit: string;
  readonly #git: Git;
  readonly #folder: Folder;
  readonly #policies: ReadonlyMap<string, TreeEntry>;

  /** A commit, and the folder in which some of its files lie. */
  constructor(commit: string, git: Git, folder: Folder) {
    this.#commit = commit;
    this.#git = git;
    this.#folder = folder;
    this.#policies = new Map(this.#tree().map(folderOfPolicy).filter(({ path }) => isOfPolicies(path)).map((entry) => [entry.path, entry]));
  }

  /** The files with the name of a policy or of tests of one. */
  policies(): readonly string[] {
    return [...this.#policies.keys()];
  }

  /** What a path means: a file, if need be through one link, which GitHub follows within the repository; or what is no file. */
  entry(path: string): TreeEntry | undefined {
    const entry = this.#at(path);
    if (entry?.mode !== linkMode) return entry;
    const target = this.#git.blob(entry.object, longestLink)?.toString('utf8') ?? '';
    return (target.startsWith('/') ? undefined : this.#at(posix.join(posix.dirname(entry.path), target))) ?? entry;
  }

  read(entry: TreeEntry): Content {
    if (!fileModes.includes(entry.mode)) return { kind: 'unusable', why: 'it is a folder, or a link to no file of the repository; expected a policy file' };
    const bytes = this.#folder.committed(entry) ?? this.#git.blob(entry.object, mostBytes + 1);
    if (bytes !== undefined) return { kind: 'file', bytes };
    const why = 'git does not have it here; give `actions/checkout` the input `filter: blob:limit=200k`, or neither `filter` nor `sparse-checkout`';
    return { kind: 'unknown', why };
  }

  #at(written: string): TreeEntry | undefined {
    const path = posix.normalize(written);
    if (path.split('/', 1)[0] === '..') return undefined;
    // What is listed already needs no question.
    if (isOfPolicies(path)) return this.#policies.get(path);
    return this.#tree(path).find((entry) => entry.path === path);
  }

  #tree(path?: string): readonly TreeEntry[] {
    const tree = this.#git.tree(this.#commit, path);
    if (tree === undefined) throw new Failure(`git does not list the files of the commit ${this.#commit.slice(0, 7)}; check the repository out anew`);
    return tree;
  }
}

/** Of what lies in a folder with the name of a policy, that folder: for the broker it stands before a file of the other name. */
function folderOfPolicy(entry: TreeEntry): TreeEntry {
  const [path] = /^(?:.*?\/)?access-token\.ya?ml(?=\/)/s.exec(entry.path) ?? [];
  return path === undefined ? entry : { mode: '040000', object: '', path };
}
