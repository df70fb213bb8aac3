// The one request to the broker, `POST /access_tokens`.

import type { AppServer, TokenRequest } from './core.ts';
import type { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import { HttpError, type HttpResponse } from './http.ts';
import { userAgent } from './identity.ts';
import { withRetries } from './retry.ts';
import { Secret } from './secret.ts';

const transient = [429, 502, 503, 504];

/** Fails for a broker that no request could reach or satisfy. */
export function requireReachable({ url, auth }: AppServer): void {
  if (auth !== undefined) {
    throw new Failure('input `app-server`: signing requests for AWS is not available in this version; use a broker without `auth`');
  }
  // What action.yml has until a fork edits it.
  if (/(?:^|\.)example\.com$/.test(new URL(url).hostname)) {
    throw new Failure(`input \`app-server\`: \`${url}\` is only an example; set it to the URL of your broker`);
  }
}

export interface Question {
  readonly appServer: AppServer;
  readonly request: TokenRequest;
  readonly idToken: Secret;
  /**
   * Asks the runner for another OIDC token. An answer that was lost on its way may have had a token in it, and then the
   * broker takes the OIDC token that obtained it for used up.
   */
  readonly renewIdToken: () => Promise<Secret>;
  /** Called when the question is on its way, with each try. */
  readonly onSent: () => void;
}

/** The broker's answer, of whatever status; what it means is for the core to say. */
export async function askBroker({ runner, http, clock, random }: Effects, question: Question): Promise<HttpResponse> {
  const { request, renewIdToken, onSent } = question;
  const { url } = question.appServer;
  runner.info(`Asking ${new URL(url).host} for a token`);
  let { idToken } = question;
  let isAnswerLost = false;
  const ask = async (timeLimit: number): Promise<HttpResponse> => {
    if (isAnswerLost) idToken = await renewIdToken();
    const headers = {
      authorization: `Bearer ${idToken.reveal()}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': userAgent,
    };
    isAnswerLost = true;
    const answer = await http({ method: 'POST', url: `${url}/access_tokens`, headers, body: JSON.stringify(request), onSent }, timeLimit);
    isAnswerLost = false;
    return answer;
  };
  try {
    return await withRetries(
      { clock, random },
      {
        attempt: ask,
        isTransient: (status) => transient.includes(status),
        onRetry: (notice) => {
          runner.info(`The broker: ${notice}`);
        },
      },
    );
  } catch (error) {
    if (error instanceof HttpError) throw new Failure(`the broker gave no token: ${error.message}`);
    throw error;
  }
}

/**
 * The token in an answer, whatever else the answer is worth: from here on it has to be masked and, unless it is handed
 * on, revoked.
 */
export function tokenIn(response: HttpResponse): Secret | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(response.body);
  } catch {
    return undefined;
  }
  const token = (answer as { token?: unknown } | null)?.token;
  return typeof token === 'string' && token !== '' ? new Secret(token) : undefined;
}
