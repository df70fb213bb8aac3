// AWS on the loopback interface: an STS that gives credentials for a job's OIDC token, and a gateway that lets through only
// what is signed with them. The signature is checked as AWS describes it, with nothing of what made it:
// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answering, Reply } from './server.ts';

export const role = 'arn:aws:iam::123456789012:role/broker';
export const credentials = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi==',
};

export function stsGrant({ accessKeyId, secretAccessKey, sessionToken } = credentials): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>${accessKeyId}</AccessKeyId>
      <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken>
      <Expiration>2026-11-01T12:15:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`,
  };
}

export function stsError(status: number, code: string, message: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

/** An STS that is asked exactly for this role, with this OIDC token. */
export function sts(idToken: string, runId = 'job'): Answering {
  return (request, body) => {
    assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: `access-token-${runId}`,
      WebIdentityToken: idToken,
      DurationSeconds: '900',
    });
    return stsGrant();
  };
}

/** A gateway before a broker that answers with this. */
export function gateway({ region = 'eu-central-1', service = 'lambda', bearer }: Signed, reply: Reply): Answering {
  return (request, body) => {
    const fault = faultOf(request, body, region, service);
    if (fault !== undefined) return refused('InvalidSignatureException', fault);
    if (request.headers['x-authorization'] !== `Bearer ${bearer}`) return { status: 401, body: '{"message":"no bearer"}' };
    return reply;
  };
}

interface Signed {
  readonly region?: string;
  readonly service?: string;
  readonly bearer: string;
}

export function refused(kind: string, message: string): Reply {
  return { status: 403, headers: { 'x-amzn-errortype': kind }, body: JSON.stringify({ message }) };
}

function faultOf(request: IncomingMessage, body: string, region: string, service: string): string | undefined {
  const { headers, method = '', url = '' } = request;
  const form = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/;
  const [, credential = '', signedHeaders = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  const date = String(headers['x-amz-date']);
  if (!/^\d{8}T\d{6}Z$/.test(date)) return `no date: ${date}`;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  if (credential !== `${credentials.accessKeyId}/${scope}`) return 'the credential is for something else';
  if (headers['x-amz-security-token'] !== credentials.sessionToken) return 'no session token';
  const names = signedHeaders.split(';');
  for (const name of ['host', 'x-amz-date', 'x-amz-security-token', 'x-authorization']) {
    if (!names.includes(name)) return `${name} is not signed`;
  }
  const [path = '', query = ''] = url.split('?');
  const canonical = [
    method,
    [...Buffer.from(path)].map(uriEncoded).join(''),
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'The request signature does not match';
}

/** All but unreserved characters and `/` is encoded: once more, since a path comes encoded already. */
function uriEncoded(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[\w.~/-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
