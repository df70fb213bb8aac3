// The job's own OIDC token: what the broker knows the caller by.

import type { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import { HttpError, type HttpResponse } from './http.ts';
import { userAgent } from './identity.ts';
import { hasIdTokenEndpoint, whyNoIdToken } from './no-id-token.ts';
import { limits, withRetries } from './retry.ts';
import { Secret } from './secret.ts';

/** Has the way to the runner's endpoint ready by when it is asked, as far as that can be. */
export function announceIdToken({ runner, http }: Pick<Effects, 'runner' | 'http'>): void {
  http.announce?.(runner.variable('ACTIONS_ID_TOKEN_REQUEST_URL'));
}

/**
 * Asks the runner for an OIDC token for this audience.
 *
 * Same request as the `getIDToken` of `@actions/core`:
 * <https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>. Takes at most so many
 * milliseconds.
 */
export async function fetchIdToken({ runner, http, clock, random }: Effects, audience: string, total: number = limits.total): Promise<Secret> {
  const requestUrl = runner.variable('ACTIONS_ID_TOKEN_REQUEST_URL');
  const requestToken = new Secret(runner.variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN'));
  if (!hasIdTokenEndpoint(runner) || !requestToken.isUsable()) throw new Failure(whyNoIdToken(runner));
  runner.conceal(requestToken);

  const url = `${requestUrl}${requestUrl.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`;
  const headers = { authorization: `Bearer ${requestToken.reveal()}`, accept: 'application/json', 'user-agent': userAgent };
  let response: HttpResponse;
  try {
    response = await withRetries(
      { clock, random },
      {
        total,
        attempt: (timeLimit) => http({ method: 'GET', url, headers }, timeLimit),
        isTransient,
        onNotice: (notice) => {
          runner.info(`The runner's OIDC endpoint: ${notice}`);
        },
      },
    );
  } catch (error) {
    if (error instanceof HttpError) throw new Failure(`the runner gave no OIDC token: ${error.message}`, { isTransient: error.isTransient });
    throw error;
  }
  const { status, body } = response;
  if (status !== 200) throw new Failure(`the runner gave no OIDC token: its endpoint answered ${status}`, { isTransient: isTransient(status) });
  const token = valueOf(body);
  if (token === undefined) throw new Failure('the runner gave no OIDC token: its answer has no usable `value`');
  runner.mask(token);
  return token;
}

function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

/** The claims of a token that nobody verified: good for a hint, never for a decision. `undefined` if it has none. */
export function unverifiedClaims(token: Secret): object | undefined {
  const payload = token.reveal().split('.')[1] ?? '';
  return objectOf(Buffer.from(payload, 'base64url').toString('utf8'));
}

function valueOf(body: string): Secret | undefined {
  const value = (objectOf(body) as { value?: unknown } | undefined)?.value;
  const token = typeof value === 'string' ? new Secret(value) : undefined;
  return token?.isUsable() === true ? token : undefined;
}

function objectOf(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
