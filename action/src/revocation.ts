// Giving a token back: `DELETE /installation/token`.
// <https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token>

import type { Effects } from './effects.ts';
import { wordsOf } from './failure.ts';
import { githubApiUrl, githubHeaders } from './github.ts';
import { withRetries } from './retry.ts';
import type { Secret } from './secret.ts';

export type Revocation = { readonly ok: true; readonly wasGone: boolean } | { readonly ok: false; readonly reason: string };

/** Revokes the token at GitHub. A failure is a value: no caller may die of it. */
export async function revoke({ runner, http, clock, random }: Effects, token: Secret): Promise<Revocation> {
  try {
    const apiUrl = githubApiUrl(runner);
    const { status } = await withRetries(
      { clock, random },
      {
        attempt: (timeLimit) => http({ method: 'DELETE', url: `${apiUrl}/installation/token`, headers: githubHeaders(token) }, timeLimit),
        isTransient: (code) => code === 429 || code >= 500,
        onNotice: (notice) => {
          runner.info(`GitHub: ${notice}`);
        },
      },
    );
    if (status === 204) return { ok: true, wasGone: false };
    // Expired, or revoked by somebody else.
    if (status === 401 || status === 404) return { ok: true, wasGone: true };
    return { ok: false, reason: `GitHub answered ${status}` };
  } catch (error) {
    return { ok: false, reason: wordsOf(error) };
  }
}
