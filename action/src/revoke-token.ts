// The post step's story: the token of the main step is revoked when the job ends, and so are those that came after it.

import { closeStore, type ClosingEffects } from './close-store.ts';
import { wordsOf } from './failure.ts';
import { revoke, type Revocation } from './revocation.ts';
import type { Runner } from './runner.ts';
import { Secret } from './secret.ts';
import { TokenStore } from './token-store.ts';

interface Living {
  readonly token: Secret;
  readonly hash: string;
  readonly expiresAt: string;
}

/**
 * Without a token in the step's state, and with none that came later, there is nothing to do. A token that stays alive is a
 * warning, not a failed job.
 */
export async function revokeToken(effects: ClosingEffects): Promise<void> {
  const { runner } = effects;
  const token = new Secret(runner.state('token'));
  runner.conceal(token);
  const first = token.isUsable() ? [{ token, hash: runner.state('token-hash'), expiresAt: runner.state('expires-at') }] : [];
  const living = [...first, ...(await latterTokens(effects, token))];
  // All at once: where GitHub is down, each takes a minute.
  const endings = living.map((one) => ({ ...one, revocation: revoke(effects, one.token) }));
  for (const { revocation, ...one } of endings) await tell(runner, one, revocation);
}

/** The tokens that the job got after the first one. Those that nobody could revoke now are told of as far as they are known. */
async function latterTokens(effects: ClosingEffects, first: Secret): Promise<readonly Living[]> {
  const { runner } = effects;
  const directory = runner.state('refresh');
  if (directory === '') return [];
  try {
    const all = await closeStore(effects, new TokenStore(directory));
    const others = all.filter(({ token }) => token.isUsable() && token.reveal() !== first.reveal());
    // Who got them may have told the runner where it does not listen.
    for (const { token } of others) runner.mask(token);
    return others.map(({ token, expiresAt }) => ({ token, hash: token.hash(), expiresAt }));
  } catch (error) {
    runner.warning({ message: `tokens that the job got by \`access-token\` cannot be revoked and live for up to an hour: ${wordsOf(error)}` });
    return [];
  }
}

async function tell(runner: Runner, { hash, expiresAt }: Living, revocation: Promise<Revocation>): Promise<void> {
  runner.info(`Token hash: ${hash}`);
  const ended = await revocation;
  if (ended.ok) {
    runner.info(ended.wasGone ? 'The token was already gone' : 'The token is revoked');
    return;
  }
  runner.warning({
    message: `the token ${hash} could not be revoked and lives until ${expiresAt || 'an hour after it was made'}: ${ended.reason}`,
  });
}
