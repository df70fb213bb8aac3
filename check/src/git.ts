// The program `git`, asked about the checkout. It only reads, and never asks the network.

import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** The most that git may answer, in bytes; the names of some million files. */
const longestAnswer = 256 * 1024 * 1024;

/** A file of a commit. */
export interface TreeEntry {
  /** Such as `100644` for a file and `120000` for a link. */
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

export class Git {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#environment = environment;
  }

  /** Everything that git keeps here or would take up; `undefined` where there is no git, or the folder is no repository of its own. */
  files(): readonly string[] | undefined {
    if (!this.isRepository()) return undefined;
    return this.#text('ls-files', '-z', '--cached', '--others', '--exclude-standard')?.split('\0').filter((path) => path !== '');
  }

  /** Whether the folder is the top of a repository. */
  isRepository(): boolean {
    return this.#text('rev-parse', '--show-prefix')?.trim() === '';
  }

  /** The full name of a commit that is at hand. */
  commit(revision: string): string | undefined {
    // SECURITY: what begins with a hyphen would be read as an option.
    if (revision.startsWith('-')) return undefined;
    return this.#text('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)?.trim();
  }

  /** The parents of a commit, as it names them, whether they are at hand or not: in a shallow clone they are not. */
  parents(commit: string): readonly string[] {
    const [head = ''] = (this.#text('cat-file', 'commit', commit) ?? '').split('\n\n');
    return [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent ?? '');
  }

  /** Whether a commit is another one or comes before it, as far as that is at hand. */
  contains(later: string, earlier: string): boolean {
    return later === earlier || this.#text('merge-base', '--is-ancestor', earlier, later) !== undefined;
  }

  /** Where two commits parted, as far as that is at hand. */
  mergeBase(one: string, other: string): string | undefined {
    return this.#text('merge-base', one, other)?.trim();
  }

  /** The files of a commit: all, or the one of this path. */
  tree(commit: string, path?: string): readonly TreeEntry[] | undefined {
    const which = path === undefined ? ['-r', commit] : [commit, '--', path];
    const lines = this.#text('--literal-pathspecs', 'ls-tree', '-z', '--full-tree', ...which)?.split('\0');
    return lines?.flatMap((line) => {
      const [, mode, object, name] = /^(\d{6}) \w+ ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
      return mode === undefined || object === undefined || name === undefined ? [] : [{ mode, object, path: name }];
    });
  }

  /** The beginning of what an object holds, of this length at most. */
  blob(object: string, length: number): Buffer | undefined {
    const { status, stdout, error } = this.#run(length, 'cat-file', 'blob', object);
    const isCut = error !== undefined && 'code' in error && error.code === 'ENOBUFS';
    return status === 0 || isCut ? stdout.subarray(0, length) : undefined;
  }

  #text(...parameters: string[]): string | undefined {
    const { status, stdout } = this.#run(longestAnswer, ...parameters);
    return status === 0 ? stdout.toString('utf8') : undefined;
  }

  #run(maxBuffer: number, ...parameters: string[]): { status: number | null; stdout: Buffer; error?: Error } {
    const environment = {
      ...this.#environment,
      // A repository further up is not the checkout.
      GIT_CEILING_DIRECTORIES: dirname(real(this.#folder)),
      // What a partial clone lacks is not fetched; an older git only knows the second.
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
    };
    // In a container the checkout is often another user's, which git refuses. What it could run for reading, it may not, and
    // files of a change that look like a repository are none.
    const settings = ['safe.directory=*', 'safe.bareRepository=explicit', 'core.fsmonitor=false', 'core.quotePath=false'];
    const before = ['-C', this.#folder, ...settings.flatMap((setting) => ['-c', setting])];
    // Without the program there is no output, whatever the types say.
    const run: { status: number | null; stdout: Buffer | null; error?: Error } = spawnSync('git', [...before, ...parameters], {
      // SECURITY: Windows looks for a program in this folder first, and in the checkout a stranger may have put a `git.exe`.
      cwd: dirname(process.execPath),
      env: environment,
      maxBuffer,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { ...run, stdout: run.stdout ?? Buffer.alloc(0) };
  }
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
