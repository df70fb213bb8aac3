// The one request to the broker, `POST /access_tokens`.

import type { AppServer, TokenRequest } from './core.ts';
import { Failure } from './failure.ts';
import { HttpError, type HttpResponse } from './http.ts';
import { fetchIdToken } from './id-token.ts';
import { userAgent } from './identity.ts';
import { limits, withRetries } from './retry.ts';
import { assumeRole, type AwsEffects, type Role } from './role.ts';
import { Secret } from './secret.ts';

/** What a broker answers while something else is in its way: another try may help. */
const transient = [429, 502, 503, 504];
/** What a gateway answers for a broker that is not there, or a broker that cannot do its work. */
const unreachable = [502, 503, 504];

/** What there is for a request at least, where those before it have taken the time, in milliseconds. */
const leastTime = 5_000;

/** Fails for a broker that no request could reach. */
export function requireReachable({ url }: AppServer): void {
  // What action.yml has until a fork edits it.
  if (/(?:^|\.)example\.com$/.test(new URL(url).hostname)) {
    throw new Failure(`input \`app-server\`: \`${url}\` is only an example; set it to the URL of your broker`);
  }
}

export interface Question {
  /** At least one; the next one is asked where one cannot be reached. */
  readonly appServers: readonly AppServer[];
  readonly request: TokenRequest;
  /** Called when the question is on its way, with each try. */
  readonly onSent: () => void;
}

/** An answer of whatever status, and the OIDC token that it was given to; what it means is for the core to say. */
export interface Answer {
  readonly response: HttpResponse;
  readonly idToken: Secret;
}

/** The answer of the first broker that can be reached. Whoever answers at all has the last word, whatever it is. */
export async function askBrokers(effects: AwsEffects, { appServers, ...question }: Question): Promise<Answer> {
  const { clock } = effects;
  const end = clock.elapsed() + limits.total;
  for (const [index, appServer] of appServers.entries()) {
    const isLast = index === appServers.length - 1;
    const begin = clock.elapsed();
    // Of the time that is left, each has an equal share, for all that it takes to ask it.
    const share = Math.max(end - begin, 0) / (appServers.length - index);
    const left = (): number => (appServers.length === 1 ? limits.total : Math.max(begin + share - clock.elapsed(), leastTime));
    const asked = await askBroker(effects, appServer, { ...question, left });
    if (asked instanceof HttpError) {
      if (isLast || !asked.isUnreachable) throw new Failure(`the broker gave no token: ${asked.message}`, { isTransient: asked.isTransient });
    } else if (isLast || !unreachable.includes(asked.response.status) || tokenIn(asked.response) !== undefined) {
      return asked;
    }
    const reason = asked instanceof HttpError ? asked.message : `it answered ${asked.response.status}`;
    effects.runner.warning({ message: `the broker at ${hostOf(appServer)} cannot be reached, so the next one is asked: ${reason}` });
  }
  throw new Failure('input `app-server`: there is no broker');
}

async function askBroker(
  effects: AwsEffects,
  appServer: AppServer,
  { request, onSent, left }: Omit<Question, 'appServers'> & { readonly left: () => number },
): Promise<Answer | HttpError> {
  const { runner, http, clock, random } = effects;
  http.announce?.(appServer.url);
  const role = appServer.auth === undefined ? undefined : await roleFor(effects, appServer.auth, left);
  if (role instanceof HttpError) return role;
  let idToken = await fetchIdToken(effects, appServer.audience, left());
  const wish = request.dry_run === true ? 'whether it would grant a token (a dry run)' : 'for a token';
  runner.info(`Asking ${hostOf(appServer)} ${wish}`);
  let isAnswerLost = false;
  const ask = async (timeLimit: number): Promise<HttpResponse> => {
    // An answer that was lost on its way may have had a token in it, and then the broker takes the OIDC token that
    // obtained it for used up.
    if (isAnswerLost) idToken = await fetchIdToken(effects, appServer.audience, left());
    const headers = {
      // The signature of AWS has the other header.
      [role === undefined ? 'authorization' : 'x-authorization']: `Bearer ${idToken.reveal()}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': userAgent,
    };
    const post = { method: 'POST', url: `${appServer.url}/access_tokens`, headers, body: JSON.stringify(request), onSent } as const;
    const toSend = role === undefined ? post : { ...post, headers: await role.sign(post) };
    isAnswerLost = true;
    const answer = await http(toSend, timeLimit);
    isAnswerLost = false;
    return answer;
  };
  try {
    const response = await withRetries(
      { clock, random },
      {
        total: left(),
        attempt: ask,
        isTransient: (status) => transient.includes(status),
        onNotice: (notice) => {
          runner.info(`The broker: ${notice}`);
        },
      },
    );
    const refusal = role?.refusal(response);
    if (refusal !== undefined) throw new Failure(refusal);
    return { response, idToken };
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

/** The role, or why nobody could be asked for it, which is as if the broker itself could not be reached. */
async function roleFor(effects: AwsEffects, auth: NonNullable<AppServer['auth']>, left: () => number): Promise<Role | HttpError> {
  try {
    return await assumeRole(effects, auth, left);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

function hostOf({ url }: AppServer): string {
  return new URL(url).host;
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
