// The post step's story: the token of the main step is revoked when the job ends, and so are those that came after it.

import { closeStore } from './close-store.ts';
import type { Effects } from './effects.ts';
import type { LockEffects } from './lock.ts';
import { revoke } from './revocation.ts';
import { Secret } from './secret.ts';
import { TokenStore } from './token-store.ts';

export interface PostEffects extends Effects, Omit<LockEffects, 'clock'> {}

interface Living {
  readonly token: Secret;
  readonly hash: string;
  readonly expiresAt: string;
}

/** Without a token in the step's state there is nothing to do. A token that stays alive is a warning, not a failed job. */
export async function revokeToken(effects: PostEffects): Promise<void> {
  const { runner } = effects;
  const token = new Secret(runner.state('token'));
  if (!token.isUsable()) return;
  runner.conceal(token);
  const first = { token, hash: runner.state('token-hash'), expiresAt: runner.state('expires-at') };
  for (const living of [first, ...(await latterTokens(effects, token))]) await end(effects, living);
}

/** The tokens that the job got after the first one. Those that nobody could revoke now are told of as far as they are known. */
async function latterTokens(effects: PostEffects, first: Secret): Promise<readonly Living[]> {
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
    const reason = error instanceof Error ? error.message : String(error);
    runner.warning({ message: `tokens that the job got by \`access-token\` cannot be revoked and live for up to an hour: ${reason}` });
    return [];
  }
}

async function end(effects: Effects, { token, hash, expiresAt }: Living): Promise<void> {
  const { runner } = effects;
  runner.info(`Token hash: ${hash}`);
  const revocation = await revoke(effects, token);
  if (revocation.ok) {
    runner.info(revocation.wasGone ? 'The token was already gone' : 'The token is revoked');
    return;
  }
  runner.warning({
    message: `the token ${hash} could not be revoked and lives until ${expiresAt || 'an hour after it was made'}: ${revocation.reason}`,
  });
}
