// A checkout as `actions/checkout` makes one: a real git repository in a folder of its own.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files by their paths; `undefined` deletes one. */
export type Files = Readonly<Record<string, string | Buffer | undefined>>;

export class FakeCheckout {
  readonly folder: string;

  constructor(folder = mkdtempSync(join(tmpdir(), 'access-token-checkout-'))) {
    this.folder = folder;
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const full = join(this.folder, path);
      if (text === undefined) {
        rmSync(full);
        continue;
      }
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
  }

  /** Commits the files as they are, and says which commit that is. */
  commit(files: Files): string {
    if (this.git('rev-parse', '--is-inside-work-tree') === undefined) this.git('init', '--quiet', '--initial-branch', 'main');
    this.write(files);
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'change');
    return this.head();
  }

  head(): string {
    return this.git('rev-parse', 'HEAD')?.trim() ?? '';
  }

  /** What git prints; `undefined` where it fails. */
  git(...parameters: string[]): string | undefined {
    const { status, stdout } = spawnSync('git', ['-c', 'protocol.file.allow=always', ...parameters], {
      cwd: this.folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CEILING_DIRECTORIES: dirname(this.folder),
        GIT_AUTHOR_NAME: 'octocat',
        GIT_AUTHOR_EMAIL: 'octocat@users.noreply.github.com',
        GIT_COMMITTER_NAME: 'octocat',
        GIT_COMMITTER_EMAIL: 'octocat@users.noreply.github.com',
      },
    });
    return status === 0 ? stdout : undefined;
  }

  /** The same checkout with so many commits only, as `fetch-depth` makes it. */
  shallow(depth: number): FakeCheckout {
    return this.#clone('--depth', String(depth));
  }

  /** The same checkout with these folders only, as `sparse-checkout` makes it; without a filter, what lies nowhere is in git all the same. */
  sparse(folders: readonly string[], ...filter: string[]): FakeCheckout {
    this.git('config', 'uploadpack.allowFilter', 'true');
    const clone = this.#clone('--sparse', ...filter);
    clone.git('sparse-checkout', 'set', ...folders);
    return clone;
  }

  #clone(...parameters: string[]): FakeCheckout {
    const clone = new FakeCheckout();
    clone.git('clone', '--quiet', ...parameters, `file://${this.folder}`, '.');
    return clone;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
