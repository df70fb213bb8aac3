// A broker behind AWS: what is asked of STS, the signature, and the main step as it is shipped.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gatewayRefusal, readStsAnswer, signed, stsBody, stsUrl, type Auth } from '../src/aws.ts';
import { gateway, refused, role, sts, stsError, stsGrant } from './fakes/aws.ts';
import { certificateFor } from './fakes/certificate.ts';
import { startProxy } from './fakes/proxy.ts';
import { assertNothingLeaks, claims, grant, grantSummary, idToken, json, outputs, requestToken, runnerRoute, says, scenario, state, tried, type Scenario } from './fakes/scenario.ts';
import { startServer } from './fakes/server.ts';
import { inputs, runStep } from './fakes/step.ts';

const auth: Auth = { type: 'aws', roleArn: role, region: 'eu-central-1', service: 'lambda' };
const caller = { subject: claims.sub, runId: '7' };

describe('the endpoint of STS', () => {
  it('is that of the region, in its partition', () => {
    for (const [region, url] of [
      ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com/'],
      ['us-east-1', 'https://sts.us-east-1.amazonaws.com/'],
      ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com/'],
      ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn/'],
      ['cn-northwest-1', 'https://sts.cn-northwest-1.amazonaws.com.cn/'],
      ['us-iso-east-1', 'https://sts.us-iso-east-1.c2s.ic.gov/'],
      ['us-isob-east-1', 'https://sts.us-isob-east-1.sc2s.sgov.gov/'],
      ['eu-isoe-west-1', 'https://sts.eu-isoe-west-1.cloud.adc-e.uk/'],
      ['us-isof-south-1', 'https://sts.us-isof-south-1.csp.hci.ic.gov/'],
      ['eusc-de-east-1', 'https://sts.eusc-de-east-1.amazonaws.eu/'],
    ] as const) {
      assert.equal(stsUrl(region), url);
    }
  });

  it('is another one where the environment says so', () => {
    assert.equal(stsUrl('eu-central-1', 'https://sts.octo-org.test'), 'https://sts.octo-org.test/');
    assert.equal(stsUrl('eu-central-1', 'https://vpce.octo-org.test/path/'), 'https://vpce.octo-org.test/path/');
  });
});

describe('what is asked of STS', () => {
  const nameFor = (runId: string): string | null => new URLSearchParams(stsBody(auth, 'a.b.c', { ...caller, runId })).get('RoleSessionName');

  it('has a name for the session that CloudTrail takes', () => {
    assert.equal(nameFor('123'), 'access-token-123');
    assert.equal(nameFor(''), 'access-token-job');
    assert.equal(nameFor('1 2/3:4&'), 'access-token-1234');
    assert.equal(nameFor('9'.repeat(100)), `access-token-${'9'.repeat(51)}`);
  });
});

describe('an answer of STS', () => {
  const read = (status: number, code: string, message: string) => readStsAnswer(auth, caller, stsError(status, code, message) as { status: number; body: string });

  it('without all three credentials is none', () => {
    for (const body of ['', '<html>', '<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>', '<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><SessionToken>c\nd</SessionToken>']) {
      assert.deepEqual(readStsAnswer(auth, caller, { status: 200, body }), { ok: false, isTransient: false, reason: 'the answer of AWS STS has no credentials' });
    }
  });

  it('says what went wrong, and what to do about it', () => {
    for (const [status, code, message, fix] of [
      [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', `the trust policy of \`${role}\` must allow \`sts:AssumeRoleWithWebIdentity\` to this job, whose \`sub\` is \`${claims.sub}\``],
      [400, 'InvalidIdentityToken', 'Incorrect token audience', 'the identity provider for GitHub in the account 123456789012 must list the audience `sts.amazonaws.com`'],
      [400, 'InvalidIdentityToken', 'No OpenIDConnect provider found in your account', 'the account 123456789012 needs an OIDC identity provider for GitHub, with the audience `sts.amazonaws.com`'],
      [400, 'ExpiredTokenException', 'Token expired', 'the OIDC token was new: the clocks of the runner, of GitHub and of AWS differ; run the job again'],
      [403, 'RegionDisabledException', 'STS is not activated in this region', 'activate STS for the region `eu-central-1` in the account 123456789012, or use another region'],
      [400, 'ValidationError', 'something', undefined],
    ] as const) {
      const found = read(status, code, message);
      assert.deepEqual(found, { ok: false, isTransient: false, reason: `AWS STS answered ${status} (${code}: ${message})`, ...(fix === undefined ? {} : { fix }) });
    }
    assert.deepEqual(readStsAnswer(auth, caller, { status: 502, body: '' }), { ok: false, isTransient: false, reason: 'AWS STS answered 502' });
  });

  it('may be worth another try', () => {
    for (const code of ['IDPCommunicationError', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded']) {
      assert.deepEqual(read(400, code, 'x'), { ok: false, isTransient: true, reason: `AWS STS answered 400 (${code}: x)` });
    }
  });

  it('may have written out characters', () => {
    const found = read(400, 'ValidationError', '&quot;a&quot; &lt;b&gt; &amp;amp; &apos;');
    assert.equal(found.ok ? '' : found.reason, 'AWS STS answered 400 (ValidationError: "a" <b> &amp; \')');
  });
});

// The vectors that AWS publishes, as far as they are requests that an action could make:
// <https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4>, `header-signed-request.txt` of each.
describe('a signature of AWS', () => {
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: '' };
  const now = Date.parse('2015-08-30T12:36:00Z');
  const ofSuite = { ...auth, region: 'us-east-1', service: 'service' } as unknown as Auth;
  const unreserved = '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const vectors = [
    ['get-vanilla', 'GET', '/', {}, '', 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['get-unreserved', 'GET', unreserved, {}, '', 'host;x-amz-date', '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f'],
    ['get-vanilla-query-order-key-case', 'GET', '/?Param2=value2&Param1=value1', {}, '', 'host;x-amz-date', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
    ['get-vanilla-with-session-token', 'GET', '/', {}, '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267', 'host;x-amz-date;x-amz-security-token', '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8'],
    ['post-vanilla', 'POST', '/', {}, '', 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['post-header-key-sort', 'POST', '/', { 'My-Header1': 'value1' }, '', 'host;my-header1;x-amz-date', 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c'],
  ] as const;

  for (const [name, method, path, headers, sessionToken, signedHeaders, signature] of vectors) {
    it(`is that of AWS's vector ${name}`, async () => {
      const request = { method, url: `https://example.amazonaws.com${path}`, headers };
      const { authorization } = await signed(request, ofSuite, { ...keys, sessionToken }, now);
      const credential = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
      assert.equal(authorization, `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`);
    });
  }
});

describe('a refusal by the gateway', () => {
  const read = (status: number, kind: string | undefined, body: string, other = auth) => gatewayRefusal(other, { status, headers: { 'x-amzn-errortype': kind }, body });

  it('is told from one by the broker', () => {
    assert.equal(read(403, undefined, '{"message":"Forbidden"}'), undefined);
    assert.equal(read(200, 'x', ''), undefined);
    assert.equal(read(502, 'InternalServerErrorException', ''), undefined);
  });

  it('says what to do about it', () => {
    const begin = 'AWS refused the request before it reached the broker';
    assert.equal(read(403, 'AccessDeniedException', '{"Message":"Forbidden"}'), `${begin} (AccessDeniedException: Forbidden)\nthe role \`${role}\` needs \`lambda:InvokeFunctionUrl\` and \`lambda:InvokeFunction\` on the function`);
    assert.equal(read(403, 'AccessDeniedException:http://x', '', { ...auth, service: 'execute-api' }), `${begin} (AccessDeniedException)\nthe role \`${role}\` needs \`execute-api:Invoke\` on the API`);
    assert.equal(read(403, 'InvalidSignatureException', '{"message":"no match"}'), `${begin} (InvalidSignatureException: no match)\n\`auth.region\` and \`auth.service\` must be those of the URL; a proxy must not change the request`);
    assert.equal(read(403, 'InvalidSignatureException', '{"message":"Signature expired: 1 is now earlier than 2"}'), `${begin} (InvalidSignatureException: Signature expired: 1 is now earlier than 2)\nset the clock of the runner: a signature counts for a few minutes`);
  });
});

describe('a broker behind AWS', () => {
  const environment = { AWS_ENDPOINT_URL_STS: 'SERVER/sts/', GITHUB_RUN_ID: '42' };
  const server = (url: string, service = 'lambda'): string => JSON.stringify({ url, auth: { type: 'aws', roleArn: role, region: 'eu-central-1', service } });
  const behind = { environment, inputs: { 'app-server': server('SERVER/prefix') } };
  const askingRole = `Asking AWS for the role ${role}`;
  const idOfSts = 'GET /idtoken/1?api-version=2.0&audience=sts.amazonaws.com';
  const idOfBroker = 'GET /idtoken/1?api-version=2.0&audience=127.0.0.1';
  const [toSts, toBroker] = ['POST /sts/', 'POST /prefix/access_tokens'];
  const asking = [says.idToken, askingRole, says.role, says.idToken, says.asking];
  const success: Scenario = { outputs, state, summary: grantSummary };
  const ask = { bearer: idToken };

  for (const service of ['lambda', 'execute-api']) {
    scenario(`gets a signed request, with its bearer beside the signature (${service})`, {
      environment,
      inputs: { 'app-server': server('SERVER/prefix', service) },
      script: { [toSts]: [sts(idToken, '42')], [toBroker]: [gateway({ ...ask, service }, grant)] },
      ...success,
      stdout: [...asking, says.token, ...says.grant],
      requests: [idOfSts, toSts, idOfBroker, toBroker, tried],
    });
  }

  scenario('is signed for with its whole path', {
    environment,
    inputs: { 'app-server': server('SERVER/a%20b/~c/(d)') },
    script: { [toSts]: [sts(idToken, '42')], 'POST /a%20b/~c/(d)/access_tokens': [gateway(ask, { status: 503, headers: { 'retry-after': '0' } }), json(400, { message: 'far enough' })] },
    exitCode: 1,
    stdout: [...asking, 'The broker: answered 503; trying again in N s (1 of 4 tries)', '::error title=The broker answered 400::far enough'],
    summary: '### The broker answered 400\n\n```text\nfar enough\n```',
    requests: [idOfSts, toSts, idOfBroker, 'POST /a%20b/~c/(d)/access_tokens', 'POST /a%20b/~c/(d)/access_tokens'],
  });

  scenario('is asked again with a new signature, and not with a new role', {
    ...behind,
    script: { [toSts]: [sts(idToken, '42')], [toBroker]: [gateway(ask, { status: 502, headers: { 'retry-after': '0' } }), gateway(ask, grant)] },
    ...success,
    stdout: [...asking, 'The broker: answered 502; trying again in N s (1 of 4 tries)', says.token, ...says.grant],
    requests: [idOfSts, toSts, idOfBroker, toBroker, toBroker, tried],
  });

  for (const [title, status, code, message, fix] of [
    ['does not trust the job', 403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', `the trust policy of \`${role}\` must allow \`sts:AssumeRoleWithWebIdentity\` to this job, whose \`sub\` is \`${claims.sub}\``],
    ['knows another audience', 400, 'InvalidIdentityToken', 'Incorrect token audience', 'the identity provider for GitHub in the account 123456789012 must list the audience `sts.amazonaws.com`'],
    ['finds the token too old', 400, 'ExpiredTokenException', 'Token expired', 'the OIDC token was new: the clocks of the runner, of GitHub and of AWS differ; run the job again'],
  ] as const) {
    scenario(`is not asked where AWS ${title}`, {
      ...behind,
      script: { [toSts]: [stsError(status, code, message)] },
      exitCode: 1,
      stdout: [says.idToken, askingRole, `::error::the role of AWS cannot be had: AWS STS answered ${status} (${code}: ${message})%0A${fix}`],
      requests: [idOfSts, toSts],
    });
  }

  scenario('is asked once AWS is there again', {
    ...behind,
    script: { [toSts]: [{ status: 503, headers: { 'retry-after': '0' } }, sts(idToken, '42')], [toBroker]: [gateway(ask, grant)] },
    ...success,
    stdout: [says.idToken, askingRole, 'AWS STS: answered 503; trying again in N s (1 of 4 tries)', says.role, says.idToken, says.asking, says.token, ...says.grant],
    requests: [idOfSts, toSts, toSts, idOfBroker, toBroker, tried],
  });

  scenario('is not asked where the answer of AWS has no credentials', {
    ...behind,
    script: { [toSts]: [{ status: 200, body: '<html>' }] },
    exitCode: 1,
    stdout: [says.idToken, askingRole, '::error::the role of AWS cannot be had: the answer of AWS STS has no credentials'],
    requests: [idOfSts, toSts],
  });

  scenario('is not asked where the answer of AWS is too large', {
    ...behind,
    script: { [toSts]: [{ status: 200, body: 'x'.repeat(1024 * 1024 + 1) }] },
    exitCode: 1,
    stdout: [says.idToken, askingRole, '::error::the broker gave no token: POST SERVER/sts/: the answer is larger than 1 MiB'],
    requests: [idOfSts, toSts],
  });

  scenario('is told from the gateway that refuses', {
    ...behind,
    script: { [toSts]: [sts(idToken, '42')], [toBroker]: [refused('AccessDeniedException', 'Forbidden')] },
    exitCode: 1,
    stdout: [...asking, `::error::AWS refused the request before it reached the broker (AccessDeniedException: Forbidden)%0Athe role \`${role}\` needs \`lambda:InvokeFunctionUrl\` and \`lambda:InvokeFunction\` on the function`],
    requests: [idOfSts, toSts, idOfBroker, toBroker],
  });

  scenario('refuses what was signed for another region', {
    ...behind,
    script: { [toSts]: [stsGrant()], [toBroker]: [gateway({ ...ask, region: 'us-east-1' }, grant)] },
    exitCode: 1,
    stdout: [...asking, '::error::AWS refused the request before it reached the broker (InvalidSignatureException: the credential is for something else)%0A`auth.region` and `auth.service` must be those of the URL; a proxy must not change the request'],
    requests: [idOfSts, toSts, idOfBroker, toBroker],
  });

  scenario('is one of several', {
    environment,
    inputs: { 'app-server': `[${server('http://127.0.0.1:1')}, SERVER/prefix]` },
    script: { [toSts]: [sts(idToken, '42')], [toBroker]: [grant] },
    ...success,
    stdout: [
      says.idToken, askingRole, says.role, says.idToken, 'Asking 127.0.0.1:1 for a token',
      ...[1, 2, 3].flatMap((count) => [`The broker: POST http://127.0.0.1:1/access_tokens: connect ECONNREFUSED 127.0.0.1:1; trying again in N s (${count} of 4 tries)`, says.idToken]),
      '::warning::the broker at 127.0.0.1:1 cannot be reached, so the next one is asked: POST http://127.0.0.1:1/access_tokens: connect ECONNREFUSED 127.0.0.1:1',
      says.idToken, says.asking, says.token, ...says.grant,
    ],
    requests: [idOfSts, toSts, idOfBroker, idOfBroker, idOfBroker, idOfBroker, idOfBroker, toBroker, tried],
  });

  scenario('sends no token to an endpoint that is not encrypted', {
    ...behind,
    environment: { AWS_ENDPOINT_URL_STS: 'http://sts.octo-org.test' },
    exitCode: 1,
    stdout: ['::error::`AWS_ENDPOINT_URL_STS` must be an `https` URL'],
    requests: [],
  });

  scenario('must be of the region that its URL says', {
    inputs: { 'app-server': server('https://x.lambda-url.us-east-1.on.aws') },
    exitCode: 1,
    stdout: ['::error::input `app-server`: `auth.region` is `eu-central-1`, but the URL is of the region `us-east-1`'],
    requests: [],
  });

  it('alone needs what signs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-dist-'));
    for (const name of ['main.js', 'core.wasm', 'package.json']) copyFileSync(join('dist', name), join(folder, name));
    const fake = await startServer({ ...runnerRoute, [toBroker]: [grant], [toSts]: [stsGrant()] });
    const given = { permissions: 'contents: write, issues: read', repositories: 'website, docs', 'github-api-url': `${fake.url}/api/v3` };
    const job = { GITHUB_REPOSITORY: 'octo-org/app', ACTIONS_ID_TOKEN_REQUEST_URL: `${fake.url}/idtoken/1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken, AWS_ENDPOINT_URL_STS: `${fake.url}/sts/` };
    try {
      const plain = await runStep('main', { ...job, ...inputs({ ...given, 'app-server': `${fake.url}/prefix` }) }, folder);
      assert.deepEqual([plain.exitCode, plain.outputs], [0, outputs]);
      const signing = await runStep('main', { ...job, ...inputs({ ...given, 'app-server': server(`${fake.url}/prefix`) }) }, folder);
      assert.equal(signing.exitCode, 1);
      assert.match(signing.stdout.join('\n'), /^::error::the action's `aws\.js` cannot be loaded: [^\n]*%0Ause a release of the action whose `dist` is complete$/m);
    } finally {
      await fake.close();
    }
  });

  it('is reached at its own names, through a proxy', async () => {
    const hosts = ['x.lambda-url.eu-central-1.on.aws', 'sts.eu-central-1.amazonaws.com', 'octo-org.test'] as const;
    const certificate = certificateFor(...hosts);
    const authority = join(mkdtempSync(join(tmpdir(), 'access-token-authority-')), 'ca.pem');
    writeFileSync(authority, certificate.cert);
    const fake = await startServer({ ...runnerRoute, 'POST /': [sts(idToken)], 'POST /access_tokens': [gateway(ask, grant)] }, certificate);
    const proxy = await startProxy(Number(new URL(fake.url).port));
    try {
      const run = await runStep('main', {
        ...inputs({
          permissions: 'contents: write, issues: read',
          repositories: 'website, docs',
          'app-server': `{url: "https://${hosts[0]}/", auth: {type: aws, roleArn: "${role}"}}`,
          'github-api-url': 'https://octo-org.test/api/v3',
        }),
        GITHUB_REPOSITORY: 'octo-org/app',
        ACTIONS_ID_TOKEN_REQUEST_URL: 'https://octo-org.test/idtoken/1?api-version=2.0',
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        HTTPS_PROXY: `http://${proxy.host}`,
        NODE_EXTRA_CA_CERTS: authority,
      });
      assertNothingLeaks(run);
      assert.equal(run.exitCode, 0, run.stdout.join('\n'));
      assert.deepEqual(run.outputs, outputs);
      assert.deepEqual(proxy.asked, [hosts[2], hosts[1], hosts[2], hosts[0], hosts[2]].map((host) => `CONNECT ${host}:443`));
    } finally {
      await proxy.close();
      await fake.close();
    }
  });
});
