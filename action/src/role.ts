// Taking a role of AWS with the job's OIDC token, so that requests to a broker behind AWS can be signed.

import type * as aws from './aws.ts';
import type { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import { HttpError, mayCarrySecrets, type HttpRequest, type HttpResponse } from './http.ts';
import { fetchIdToken, unverifiedClaims } from './id-token.ts';
import { userAgent } from './identity.ts';
import { withRetries } from './retry.ts';
import { Secret } from './secret.ts';

export interface AwsEffects extends Effects {
  /** Loaded where it is needed: most brokers have nothing before them. */
  readonly loadAws: () => Promise<typeof aws>;
}

/** A role that the job has. */
export interface Role {
  /** The headers of a request, signed for now. */
  readonly sign: (request: HttpRequest) => Promise<Readonly<Record<string, string>>>;
  /** Why AWS did not let a request through, if it did not. */
  readonly refusal: (response: HttpResponse) => string | undefined;
}

/** What AWS knows GitHub's OIDC tokens for it by. <https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws> */
const audience = 'sts.amazonaws.com';

/** Rejects with an `HttpError` where STS cannot be reached, and with a `Failure` where it refuses. `left`: milliseconds for it. */
export async function assumeRole(effects: AwsEffects, auth: aws.Auth, left: () => number): Promise<Role> {
  const { runner, http, clock, random } = effects;
  const url = endpointOf(runner.variable('AWS_ENDPOINT_URL_STS').trim());
  const { stsUrl, stsBody, readStsAnswer, signed, gatewayRefusal } = await effects.loadAws();
  const idToken = await fetchIdToken(effects, audience, left());
  const subject = (unverifiedClaims(idToken) as { sub?: unknown } | undefined)?.sub;
  const caller = { subject: typeof subject === 'string' ? subject : '', runId: runner.variable('GITHUB_RUN_ID') };
  runner.info(`Asking AWS for the role ${auth.roleArn}`);
  const request: HttpRequest = {
    method: 'POST',
    url: stsUrl(auth.region, url),
    headers: { accept: 'text/xml', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
    body: stsBody(auth, idToken.reveal(), caller),
  };
  const response = await withRetries(
    { clock, random },
    {
      total: left(),
      attempt: async (timeLimit) => {
        const answer = await http(request, timeLimit);
        const outcome = readStsAnswer(auth, caller, answer);
        if (!outcome.ok && outcome.isTransient) throw new HttpError(outcome.reason, true);
        return answer;
      },
      isTransient: (status) => status === 429 || status >= 500,
      onNotice: (notice) => {
        runner.info(`AWS STS: ${notice}`);
      },
    },
  );
  const outcome = readStsAnswer(auth, caller, response);
  if (!outcome.ok) {
    if (response.status === 429 || response.status >= 500) throw new HttpError(outcome.reason, true);
    throw new Failure(`the role of AWS cannot be had: ${outcome.reason}${outcome.fix === undefined ? '' : `\n${outcome.fix}`}`);
  }
  const { credentials } = outcome;
  for (const secret of Object.values<string>({ ...credentials })) runner.mask(new Secret(secret));
  return {
    sign: (toSign) => signed(toSign, auth, credentials, clock.now()),
    refusal: (answer) => gatewayRefusal(auth, answer),
  };
}

/** Another endpoint than AWS's own, such as one within a network. The OIDC token goes there, so it must be encrypted. */
function endpointOf(text: string): string {
  if (text === '' || mayCarrySecrets(text)) return text;
  throw new Failure('`AWS_ENDPOINT_URL_STS` must be an `https` URL');
}
