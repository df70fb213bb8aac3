// The job's own OIDC token: what the broker knows the caller by.

import type { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import { HttpError, type HttpResponse } from './http.ts';
import { userAgent } from './identity.ts';
import { withRetries } from './retry.ts';
import type { Runner } from './runner.ts';
import { Secret } from './secret.ts';

/**
 * Asks the runner for an OIDC token for this audience.
 *
 * Same request as the `getIDToken` of `@actions/core`:
 * <https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>.
 */
export async function fetchIdToken({ runner, http, clock, random }: Effects, audience: string): Promise<Secret> {
  const requestUrl = runner.variable('ACTIONS_ID_TOKEN_REQUEST_URL');
  const requestToken = new Secret(runner.variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN'));
  if (requestUrl === '' || !requestToken.isUsable()) throw noIdToken(runner);
  runner.conceal(requestToken);

  const url = `${requestUrl}${requestUrl.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`;
  const headers = { authorization: `Bearer ${requestToken.reveal()}`, accept: 'application/json', 'user-agent': userAgent };
  let response: HttpResponse;
  try {
    response = await withRetries(
      { clock, random },
      {
        attempt: (timeLimit) => http({ method: 'GET', url, headers }, timeLimit),
        isTransient: (status) => status === 429 || status >= 500,
        onRetry: (notice) => {
          runner.info(`The runner's OIDC endpoint: ${notice}`);
        },
      },
    );
  } catch (error) {
    if (error instanceof HttpError) throw new Failure(`the runner gave no OIDC token: ${error.message}`);
    throw error;
  }
  if (response.status !== 200) throw new Failure(`the runner gave no OIDC token: its endpoint answered ${response.status}`);
  const token = valueOf(response.body);
  if (token === undefined) throw new Failure('the runner gave no OIDC token: its answer has no usable `value`');
  runner.mask(token);
  return token;
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

function noIdToken(runner: Runner): Failure {
  const eventName = runner.variable('GITHUB_EVENT_NAME');
  // `pull_request_target` runs with the permissions of the base repository.
  if (eventName.startsWith('pull_request') && eventName !== 'pull_request_target' && isFromFork(runner.event())) {
    return new Failure(
      `GitHub gives no OIDC token to a \`${eventName}\` workflow of a fork, so this step cannot get an access token here\n` +
        'to skip the step for forks, give it\n' +
        'if: github.event.pull_request.head.repo.full_name == github.repository',
    );
  }
  return new Failure(
    'this job may not ask GitHub for an OIDC token; add these three lines to the job\n' +
      'permissions:\n' +
      '  contents: read # and whatever else the job itself needs\n' +
      '  id-token: write',
  );
}

interface PullRequestEvent {
  readonly repository?: { readonly full_name?: string };
  readonly pull_request?: { readonly head?: { readonly repo?: { readonly full_name?: string } | null } };
}

/** A pull request whose head repository is another one, or is gone. */
function isFromFork(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { repository, pull_request: pullRequest } = event as PullRequestEvent;
  return pullRequest !== undefined && pullRequest.head?.repo?.full_name !== repository?.full_name;
}
