// Giving a token back: `DELETE /installation/token`.
// <https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token>

import type { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import { userAgent } from './identity.ts';
import { withRetries } from './retry.ts';
import type { Runner } from './runner.ts';
import type { Secret } from './secret.ts';

export type Revocation = { readonly ok: true; readonly wasGone: boolean } | { readonly ok: false; readonly reason: string };

/** The base URL of GitHub's REST API, without a slash at its end. Throws a `Failure` if the input is not a URL. */
export function githubApiUrl(runner: Runner): string {
  const text = runner.input('github-api-url') || runner.variable('GITHUB_API_URL') || 'https://api.github.com';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new Failure(`input \`github-api-url\`: expected an \`https\` URL, got \`${text}\``);
  }
  return text.replace(/\/+$/, '');
}

/** Revokes the token at GitHub. A failure is a value: no caller may die of it. */
export async function revoke({ runner, http, clock, random }: Effects, token: Secret): Promise<Revocation> {
  const headers = {
    authorization: `Bearer ${token.reveal()}`,
    accept: 'application/vnd.github+json',
    'user-agent': userAgent,
    'x-github-api-version': '2022-11-28',
  };
  try {
    const apiUrl = githubApiUrl(runner);
    const { status } = await withRetries(
      { clock, random },
      {
        attempt: (timeLimit) => http({ method: 'DELETE', url: `${apiUrl}/installation/token`, headers }, timeLimit),
        isTransient: (code) => code === 429 || code >= 500,
        onRetry: (notice) => {
          runner.info(`GitHub: ${notice}`);
        },
      },
    );
    if (status === 204) return { ok: true, wasGone: false };
    // Expired, or revoked by somebody else.
    if (status === 401 || status === 404) return { ok: true, wasGone: true };
    return { ok: false, reason: `GitHub answered ${status}` };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
