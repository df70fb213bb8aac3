// The files of a commit.

import type { Git } from './git.ts';
import { isOfPolicies, missing, mostBytes, policyText, unreadable } from './policy-text.ts';
import type { Answer } from './whole-core.ts';

/** The modes of files in git. */
const fileModes = ['100644', '100755', '100664'];

export class Revision {
  readonly #commit: string;
  readonly #git: Git;

  constructor(commit: string, git: Git) {
    this.#commit = commit;
    this.#git = git;
  }

  /** The files with the name of a policy or of tests of one. */
  policies(): readonly string[] {
    return (this.#git.tree(this.#commit) ?? []).map(({ path }) => path).filter(isOfPolicies);
  }

  /** The text of a file; what cannot be looked up is not missing. */
  read(path: string): Answer {
    const tree = this.#git.tree(this.#commit, path);
    if (tree === undefined) return unreadable(path, 'git does not show the commit');
    const entry = tree.find((one) => one.path === path);
    if (entry === undefined) return missing(path);
    if (!fileModes.includes(entry.mode)) return unreadable(path, 'it is a link or a folder, expected a policy file');
    const bytes = this.#git.blob(entry.object, mostBytes + 1);
    return bytes === undefined ? unreadable(path, 'git does not show it; give `actions/checkout` no `filter`') : policyText(path, bytes);
  }
}
