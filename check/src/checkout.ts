// The checkout: what its commit has, and beside that what git does not keep.

import type { Folder } from './folder.ts';
import type { Git } from './git.ts';
import { isOfPolicies, mostBytes, type Content } from './policy-text.ts';
import { Revision } from './revision.ts';

export class Checkout {
  readonly #folder: Folder;
  readonly #git: Git;
  readonly #head: Revision | undefined;
  readonly #differing = new Set<string>();

  constructor(folder: Folder, git: Git) {
    this.#folder = folder;
    this.#git = git;
    const head = git.isRepository() ? git.commit('HEAD') : undefined;
    this.#head = head === undefined ? undefined : new Revision(head, git, folder);
  }

  /**
   * The files with the name of a policy or of tests of one, from the folder of the checkout, with `/`.
   *
   * What git keeps, it keeps in spite of a `.gitignore`, and so does the broker: a change cannot hide its policy that way.
   */
  policies(): readonly string[] {
    const here = (this.#git.files() ?? this.#folder.files()).filter((path) => isOfPolicies(path) && this.#folder.has(path));
    return [...new Set([...here, ...(this.#head?.policies() ?? [])])].sort();
  }

  /**
   * What is at a path.
   *
   * SECURITY: of what the commit has, that counts, as for the broker. In the folder it may look otherwise: a `.gitattributes` can have
   * it written in another encoding, and where letter case does not count, another file can lie in its place.
   */
  read(path: string): Content {
    const entry = this.#head?.entry(path);
    if (this.#head === undefined || entry === undefined) return this.#folder.read(path);
    const content = this.#head.read(entry);
    // What is too long is told without a look at the whole of it.
    const isWhole = content.kind === 'file' && content.bytes.length <= mostBytes;
    if (isWhole && this.#folder.has(entry.path) && this.#folder.committed(entry) === undefined) this.#differing.add(entry.path);
    return content;
  }

  /** What was read from the commit although it lies otherwise in the folder. */
  differing(): readonly string[] {
    return [...this.#differing];
  }
}
