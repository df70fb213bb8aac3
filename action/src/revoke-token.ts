// The post step's story: the token of the main step is revoked when the job ends.

import type { Effects } from './effects.ts';
import { revoke } from './revocation.ts';
import { Secret } from './secret.ts';

/** Without a token in the step's state there is nothing to do. A token that stays alive is a warning, not a failed job. */
export async function revokeToken(effects: Effects): Promise<void> {
  const { runner } = effects;
  const token = new Secret(runner.state('token'));
  if (!token.isUsable()) return;
  runner.conceal(token);

  const hash = runner.state('token-hash');
  runner.info(`Token hash: ${hash}`);
  const revocation = await revoke(effects, token);
  if (revocation.ok) {
    runner.info(revocation.wasGone ? 'The token was already gone' : 'The token is revoked');
    return;
  }
  const expiresAt = runner.state('expires-at');
  runner.warning({
    message: `the token ${hash} could not be revoked and lives until ${expiresAt || 'an hour after it was made'}: ${revocation.reason}`,
  });
}
