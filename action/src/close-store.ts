// The end of a use of the action with `refresh: true`.

import type { Effects } from './effects.ts';
import { wordsOf } from './failure.ts';
import { acquire, type LockEffects } from './lock.ts';
import type { KeptSecret, TokenStore } from './token-store.ts';

export interface ClosingEffects extends Effects, LockEffects {}

/** How long another process may take that asks for a token at this moment, in milliseconds. */
const patience = 60_000;

/**
 * Closes the store; gives all tokens that may be alive. Where nothing can be written, as on a full disk, they are read all the
 * same.
 *
 * INVARIANT: it is closed first. Who adds a token looks afterwards whether it is closed, and holds the lock until the token is
 * written; so each token is either in the store when this has the lock, or revoked by who got it.
 */
export async function closeStore(effects: ClosingEffects, store: TokenStore): Promise<readonly KeptSecret[]> {
  const { runner } = effects;
  const obstacle = await obstacleTo(async () => {
    store.close();
    if ((await acquire(store.directory, 0, effects)) !== undefined) return;
    runner.info(`Waiting for a process that is asking for a token, for at most ${patience / 1000} s`);
    if ((await acquire(store.directory, patience, effects)) === undefined) throw new Error('it is still asking');
  });
  const tokens = store.tokens();
  if (obstacle !== undefined) {
    runner.warning({ message: `a process that runs \`access-token\` at this moment may leave a token alive: ${obstacle}` });
  }
  const remains = await obstacleTo(() => { store.empty(); });
  if (remains !== undefined) runner.warning({ message: `what is in \`${store.directory}\` cannot be deleted: ${remains}` });
  return tokens;
}

/** Why something could not be done; nothing when it was. */
async function obstacleTo(act: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}
