// What a use of the action with `refresh: true` leaves for the rest of its job, in a directory that only the job's user can
// read: how to ask again, and the tokens that are still to be revoked.

import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppServer, Repositories, TokenRequest } from './core.ts';
import { Failure } from './failure.ts';
import { writePrivate } from './private-file.ts';
import { Secret } from './secret.ts';

/** Everything that another token takes, besides an OIDC token. Nothing of it is secret. */
export interface Settings {
  readonly request: TokenRequest;
  readonly appServers: readonly AppServer[];
  /** `owner/name` of the repository that the workflow runs in. */
  readonly repository?: string | undefined;
  readonly githubApiUrl: string;
  /** Where git finds the repositories: `https://github.com`. */
  readonly serverUrl: string;
  readonly owner: string;
  readonly repositories: Repositories;
  readonly waitUntilReady: boolean;
}

interface Kept {
  readonly token: string;
  readonly expiresAt: string;
  /** Git was refused with it: it is not given out any more, but still to be revoked. */
  readonly isRefused?: true;
}

/** How long before its end a token is given out no more, in milliseconds. */
export const spareTime = 10 * 60_000;
/** The most tokens that are kept; those of six hours are seven. */
const mostTokens = 256;

/** INVARIANT: who changes the tokens holds the lock of the directory; each change replaces the file as a whole. */
export class TokenStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directory, or fails if there is one. */
  static create(directory: string, settings: Settings): TokenStore {
    mkdirSync(directory, { mode: 0o700 });
    const store = new TokenStore(directory);
    store.#write('settings.json', settings);
    store.#write('tokens.json', []);
    return store;
  }

  settings(): Settings {
    return this.#read('settings.json') as Settings;
  }

  /** A token that is good for a while. */
  current(now: number): Secret | undefined {
    const kept = this.#tokens().findLast(({ isRefused, expiresAt }) => isRefused !== true && Date.parse(expiresAt) - spareTime > now);
    return kept === undefined ? undefined : new Secret(kept.token);
  }

  /** When this token ends; `undefined` if it is not among them. */
  expiryOf(token: Secret): string | undefined {
    return this.#tokens().find((kept) => kept.token === token.reveal())?.expiresAt;
  }

  /** All tokens that may be alive. */
  tokens(): readonly Secret[] {
    return this.#tokens().map(({ token }) => new Secret(token));
  }

  /** Adds a token, and forgets those that have ended. */
  add(token: Secret, expiresAt: string, now: number): void {
    const alive = this.#tokens().filter((kept) => !(Date.parse(kept.expiresAt) + spareTime < now));
    if (alive.length >= mostTokens) throw new Failure(`this job has ${mostTokens} tokens that may be alive: expected no more than that`);
    this.#write('tokens.json', [...alive, { token: token.reveal(), expiresAt }]);
  }

  /** Gives this token out no more. */
  refuse(token: string): void {
    this.#write('tokens.json', this.#tokens().map((kept) => (kept.token === token ? { ...kept, isRefused: true } : kept)));
  }

  /** From now on no token is added: who gets one on the way revokes it. */
  close(): void {
    writePrivate(join(this.directory, 'closed'), '');
  }

  isClosed(): boolean {
    return existsSync(join(this.directory, 'closed'));
  }

  /** Takes everything away but that it is closed: who comes late must see that. */
  empty(): void {
    for (const name of readdirSync(this.directory)) if (name !== 'closed') rmSync(join(this.directory, name), { force: true });
  }

  #tokens(): readonly Kept[] {
    return this.#read('tokens.json') as readonly Kept[];
  }

  #read(name: string): unknown {
    const path = join(this.directory, name);
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      if (this.isClosed()) throw new Failure('the job is at its end and its tokens are revoked: expected to be called by a step before that');
      throw new Failure(`\`${path}\` cannot be read, which the action wrote for this job: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #write(name: string, value: unknown): void {
    const draft = join(this.directory, `${name}.${process.pid}`);
    writePrivate(draft, JSON.stringify(value));
    renameSync(draft, join(this.directory, name));
  }
}
