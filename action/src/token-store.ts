// What a use of the action with `refresh: true` leaves for the rest of its job, in a directory that only the job's user can
// read: how to ask again, and the tokens that are still to be revoked.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppServer, Repositories, TokenRequest } from './core.ts';
import { Failure, wordsOf } from './failure.ts';
import { replacePrivate, writePrivate } from './private-file.ts';
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

/** A token, and when it ends by GitHub's clock. */
export interface KeptSecret {
  readonly token: Secret;
  readonly expiresAt: string;
}

interface Kept {
  readonly token: string;
  readonly expiresAt: string;
  /** When it ends by the clock of this machine, in milliseconds since 1970. */
  readonly endsAt: number;
  /** Git was refused with it: it is not given out any more, but still to be revoked. */
  readonly isRefused?: true;
}

/** How long before its end a token is given out no more, in milliseconds. */
const spareTime = 10 * 60_000;
/** How long a token lives, in milliseconds. <https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app> */
const lifetime = 60 * 60_000;
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

  /** A token that is good for a while, or for as many milliseconds. */
  current(now: number, left: number = spareTime): Secret | undefined {
    const kept = this.#tokens().findLast(({ isRefused, endsAt }) => isRefused !== true && endsAt - left > now);
    return kept === undefined ? undefined : new Secret(kept.token);
  }

  /** When this token ends by the clock of this machine; `undefined` if it is not among them. */
  endOf(token: Secret): number | undefined {
    return this.#tokens().find((kept) => kept.token === token.reveal())?.endsAt;
  }

  /** All tokens that may be alive. */
  tokens(): readonly KeptSecret[] {
    return this.#tokens().map(({ token, expiresAt }) => ({ token: new Secret(token), expiresAt }));
  }

  /** Adds a new token, and forgets those that have ended by this machine's clock and by GitHub's, since one may be wrong. */
  add(token: Secret, expiresAt: string, now: number): void {
    const madeAt = Date.parse(expiresAt) - lifetime;
    const alive = this.#tokens().filter((kept) => !(kept.endsAt < now && Date.parse(kept.expiresAt) < madeAt));
    if (alive.length >= mostTokens) throw new Failure(`this job has ${mostTokens} tokens that may be alive: expected no more than that`);
    this.#write('tokens.json', [...alive, { token: token.reveal(), expiresAt, endsAt: endHere(expiresAt, now) }]);
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
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isGone && this.isClosed()) throw new Failure('the job is at its end and its tokens are revoked: expected to be called by a step before that');
      throw new Failure(`\`${path}\` cannot be read, which the action wrote for this job: ${wordsOf(error)}`);
    }
  }

  #write(name: string, value: unknown): void {
    replacePrivate(join(this.directory, name), JSON.stringify(value));
  }
}

/**
 * When a new token ends by the clock of this machine, which may be wrong by hours: within its lifetime from now, and not before
 * it could be given out at all.
 */
function endHere(expiresAt: string, now: number): number {
  const end = Date.parse(expiresAt);
  return end > now + spareTime && end < now + lifetime ? end : now + lifetime;
}
