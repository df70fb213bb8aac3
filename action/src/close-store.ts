// The end of a use of the action with `refresh: true`.

import { acquire, type LockEffects } from './lock.ts';
import type { Secret } from './secret.ts';
import type { TokenStore } from './token-store.ts';

/** How long another process may take that asks for a token at this moment, in milliseconds. */
const patience = 60_000;

export interface KeptSecret {
  readonly token: Secret;
  readonly expiresAt: string;
}

/**
 * Closes the store; gives all tokens that may be alive.
 *
 * INVARIANT: it is closed first. Who adds a token looks afterwards whether it is closed, and holds the lock until the token is
 * written; so each token is either in the store when this has the lock, or revoked by who got it.
 */
export async function closeStore(effects: LockEffects, store: TokenStore): Promise<readonly KeptSecret[]> {
  store.close();
  await acquire(store.directory, patience, effects);
  const tokens = store.tokens().map((token) => ({ token, expiresAt: store.expiryOf(token) ?? '' }));
  store.empty();
  return tokens;
}
