// What AWS wants before it lets a request through to the broker: how a role's credentials are asked for, what the answer
// means, and the signature. Pure, and a bundle of its own, which only a broker with `auth` loads.

import { AwsV4Signer } from 'aws4fetch';
import type { AppServer } from './core.ts';
import type { HttpRequest, HttpResponse } from './http.ts';

export type Auth = NonNullable<AppServer['auth']>;

/** Of a role, for 15 minutes. All three are secret. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export type StsAnswer =
  | { readonly ok: true; readonly credentials: Credentials }
  /** `isTransient`: another try may help. */
  | { readonly ok: false; readonly isTransient: boolean; readonly reason: string; readonly fix?: string };

/** Who asks for a role, as far as messages and AWS's own log name them. */
export interface Caller {
  /** The subject of the OIDC token, if it has one. */
  readonly subject: string;
  readonly runId: string;
}

/** The least that STS gives: a step needs a minute. */
const durationSeconds = '900';

/** Problems that STS reports with a status that says otherwise. */
const transientCodes = ['IDPCommunicationError', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded'];

/**
 * The domain of each partition's services, by how its regions begin.
 *
 * <https://docs.aws.amazon.com/general/latest/gr/sts.html>; the others are those that the AWS SDKs have in
 * `partitions.json`.
 */
const domains: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
];

/**
 * The endpoint of STS in a region: the one without a region is only in `us-east-1`, and other partitions have none.
 *
 * `override` is what `AWS_ENDPOINT_URL_STS` says, as all tools of AWS have it.
 */
export function stsUrl(region: string, override = ''): string {
  if (override !== '') return override.endsWith('/') ? override : `${override}/`;
  const domain = domains.find(([begin]) => region.startsWith(begin))?.[1] ?? 'amazonaws.com';
  return `https://sts.${region}.${domain}/`;
}

/** <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html> */
export function stsBody({ roleArn }: Auth, idToken: string, { runId }: Caller): string {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    // What CloudTrail names the session by: 2 to 64 characters of `[\w+=,.@-]`.
    RoleSessionName: `access-token-${runId.replaceAll(/\W/g, '') || 'job'}`.slice(0, 64),
    WebIdentityToken: idToken,
    DurationSeconds: durationSeconds,
  });
  return body.toString();
}

export function readStsAnswer(auth: Auth, caller: Caller, { status, body }: Pick<HttpResponse, 'status' | 'body'>): StsAnswer {
  if (status === 200) {
    const credentials = {
      accessKeyId: textOf(body, 'AccessKeyId'),
      secretAccessKey: textOf(body, 'SecretAccessKey'),
      sessionToken: textOf(body, 'SessionToken'),
    };
    if (Object.values(credentials).every(isHeaderValue)) return { ok: true, credentials };
    return { ok: false, isTransient: false, reason: 'the answer of AWS STS has no credentials' };
  }
  const [code, message] = [textOf(body, 'Code'), textOf(body, 'Message')];
  const words = [code, message].filter((text) => text !== '').join(': ');
  const reason = `AWS STS answered ${status}${words === '' ? '' : ` (${words})`}`;
  const fix = fixOf(auth, caller, code, message);
  return { ok: false, isTransient: transientCodes.includes(code), reason, ...(fix === undefined ? {} : { fix }) };
}

/** The headers of the request, with the signature. */
export async function signed(request: HttpRequest, auth: Auth, credentials: Credentials, now: number): Promise<Record<string, string>> {
  const datetime = new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const { method, url, headers, body = '' } = request;
  const { region, service } = auth;
  const signer = new AwsV4Signer({ method, url, headers: { ...headers }, body, ...credentials, region, service, datetime });
  return Object.fromEntries((await signer.sign()).headers);
}

/** Why AWS did not let a request through to the broker, or nothing if it did: the broker has no such header. */
export function gatewayRefusal(auth: Auth, { status, headers, body }: HttpResponse): string | undefined {
  const kind = headers['x-amzn-errortype']?.replace(/:.*/s, '').trim();
  if (status < 400 || status > 499 || kind === undefined || kind === '') return undefined;
  const message = messageOf(body);
  const reason = `AWS refused the request before it reached the broker (${[kind, message].filter((text) => text !== '').join(': ')})`;
  const actions = auth.service === 'lambda' ? '`lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` on the function' : '`execute-api:Invoke` on the API';
  if (/expired|not yet current/i.test(message)) return `${reason}\nset the clock of the runner: a signature counts for a few minutes`;
  if (/signature/i.test(kind + message)) return `${reason}\n\`auth.region\` and \`auth.service\` must be those of the URL; a proxy must not change the request`;
  return `${reason}\nthe role \`${auth.roleArn}\` needs ${actions}`;
}

function fixOf({ roleArn, region }: Auth, { subject }: Caller, code: string, message: string): string | undefined {
  const account = roleArn.split(':')[4] ?? '';
  if (code === 'AccessDenied') {
    return (
      `the trust policy of \`${roleArn}\` must allow \`sts:AssumeRoleWithWebIdentity\` to this job` +
      (subject === '' ? '' : `, whose \`sub\` is \`${subject}\``)
    );
  }
  if (code === 'InvalidIdentityToken' && /audience/i.test(message)) {
    return `the identity provider for GitHub in the account ${account} must list the audience \`sts.amazonaws.com\``;
  }
  if (code === 'InvalidIdentityToken' && /provider/i.test(message)) {
    return `the account ${account} needs an OIDC identity provider for GitHub, with the audience \`sts.amazonaws.com\``;
  }
  if (code.startsWith('ExpiredToken')) return 'the OIDC token was new: the clocks of the runner, of GitHub and of AWS differ; run the job again';
  if (code === 'RegionDisabledException') return `activate STS for the region \`${region}\` in the account ${account}, or use another region`;
  return undefined;
}

/**
 * The text of the first element of this name, in the XML that STS answers with: nothing in these has elements or attributes
 * of its own, so no parser is needed for them.
 */
function textOf(xml: string, name: string): string {
  const begin = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, begin);
  if (begin < 0 || end < 0) return '';
  const entities: Record<string, string> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };
  const text = xml.slice(begin + name.length + 2, end).trim();
  return text.replaceAll(/&(amp|apos|gt|lt|quot);/g, (whole, entity: string) => entities[entity] ?? whole);
}

/** API Gateway and Lambda write the key in both ways. */
function messageOf(body: string): string {
  try {
    const { message, Message = message } = JSON.parse(body) as { message?: unknown; Message?: unknown };
    return typeof Message === 'string' ? Message : '';
  } catch {
    return '';
  }
}

function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
