import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpError, type HttpResponse } from '../src/http.ts';
import { patience, waitUntilReady } from '../src/readiness.ts';
import { Secret } from '../src/secret.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';
import { asked, grant, grantSummary, hash, idToken, json, outputs, requestToken, says, scenario, state, token, tried } from './fakes/scenario.ts';

type Answer = Partial<HttpResponse> | HttpError;

async function wait(...answers: Answer[]): Promise<FakeStep> {
  const step = fakeStep(inputs({ 'github-api-url': 'https://github.octo.org/api/v3' }), answers);
  await waitUntilReady(step.effects, new Secret('ghs_token'));
  return step;
}

const unknown = { status: 401, body: '{"message":"Bad credentials"}' };
const reset = new HttpError('GET https://github.octo.org/api/v3/rate_limit: reset', true);

describe('waiting until GitHub knows a token', () => {
  it('asks once when it does, and says nothing', async () => {
    const step = await wait({ status: 200 });
    assert.deepEqual(step.requests.map(({ method, url, headers }) => [method, url, headers['authorization']]), [
      ['GET', 'https://github.octo.org/api/v3/rate_limit', 'Bearer ghs_token'],
    ]);
    assert.deepEqual([step.sleeps, step.printed], [[], []]);
  });

  it('asks again while it does not, quickly at first', async () => {
    const step = await wait(unknown, { status: 403 }, { status: 404, body: '{"message":"Not Found"}' }, { status: 200 });
    assert.deepEqual(step.sleeps, [100, 200, 400]);
    assert.deepEqual(step.printed, ['GitHub knows the token after 0.7 s']);
  });

  it('ends after five seconds with a warning', async () => {
    const step = await wait(...Array<Answer>(7).fill(unknown));
    assert.deepEqual(step.sleeps, [100, 200, 400, 800, 1600, 1400]);
    assert.equal(step.sleeps.reduce((sum, pause) => sum + pause), patience.total - patience.lastTry);
    assert.deepEqual(step.printed, ['::warning::the token may not work at once: after 4.5 s, GitHub answered 401 to it']);
  });

  it('outlives lost connections and failures of GitHub', async () => {
    assert.deepEqual((await wait(reset, { status: 500 }, { status: 429 }, { status: 200 })).printed, ['GitHub knows the token after 0.7 s']);
    assert.deepEqual((await wait(...Array<Answer>(7).fill(reset))).printed, [
      `::warning::the token may not work at once: after 4.5 s, GitHub could not be asked: ${reset.message}`,
    ]);
  });

  it('does not insist where another try cannot help', async () => {
    const redirected = new HttpError('GET https://github.octo.org/api/v3/rate_limit: answered with a redirect (301)', false);
    const step = await wait(redirected);
    assert.deepEqual([step.sleeps, step.printed.length, step.requests.length], [[], 1, 1]);
  });

  it('is a courtesy, whatever fails', async () => {
    const step = fakeStep(inputs({ 'github-api-url': 'https://github.octo.org/api/v3' }));
    await waitUntilReady({ ...step.effects, http: () => Promise.reject(new URIError('URI malformed')) }, new Secret('ghs_token'));
    assert.deepEqual(step.printed, ['::warning::the token may not work at once: after 0.0 s, GitHub could not be asked: URI malformed']);
  });

  it('takes a server without rate limits for one that knows the token', async () => {
    assert.deepEqual((await wait({ status: 404, body: '{"message":"Rate limiting is not enabled."}' })).printed, []);
  });
});

describe('the main step, with a new token', () => {
  const granted = { outputs, state, summary: grantSummary };
  const said = [says.idToken, says.asking, says.token, ...says.grant];

  scenario('ends when GitHub knows it', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(401, {}), json(404, { message: 'Not Found' }), json(200, {})] },
    stdout: [...said, 'GitHub knows the token after N s'],
    requests: [...asked, tried, tried, tried],
    bearers: [requestToken, idToken, token, token, token],
  });

  scenario('outlives a GitHub that is down', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(502, {}), 'reset', 'cut short', json(200, {})] },
    stdout: [...said, 'GitHub knows the token after N s'],
    requests: [...asked, tried, tried, tried, tried],
  });

  scenario('warns when GitHub does not know it in time', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(401, {})] },
    stdout: [...said, '::warning::the token may not work at once: after N s, GitHub answered 401 to it'],
    requests: [...asked, tried, tried, tried, tried, tried, tried, tried],
  });

  scenario('warns when GitHub does not answer', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: ['hang'] },
    stdout: [
      ...said,
      '::warning::the token may not work at once: after N s, GitHub could not be asked: GET SERVER/api/v3/rate_limit: no answer within N s',
    ],
    requests: [...asked, tried],
  });

  scenario('follows no redirect with it', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(302, {}, { location: '/elsewhere' })] },
    stdout: [
      ...said,
      '::warning::the token may not work at once: after N s, GitHub could not be asked: GET SERVER/api/v3/rate_limit: ' +
        'answered with a redirect (302) to `SERVER`, which is not followed because the request carries a credential',
    ],
    requests: [...asked, tried],
  });

  scenario('does not ask where rate limits are switched off', {
    ...granted,
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(404, { message: 'Rate limiting is not enabled.' })] },
    stdout: said,
    requests: [...asked, tried],
  });

  scenario('does not wait where the workflow does not want that', {
    ...granted,
    inputs: { 'wait-until-ready': 'false' },
    script: { 'POST /prefix/access_tokens': [grant] },
    stdout: said,
    requests: asked,
  });

  scenario('waits for one that shall outlive the job, too', {
    ...granted,
    state: { ...state, token: '' },
    inputs: { 'skip-token-revoke': 'true' },
    script: { 'POST /prefix/access_tokens': [grant], [tried]: [json(401, {}), json(200, {})] },
    stdout: [...said, 'GitHub knows the token after N s'],
    requests: [...asked, tried, tried],
  });

  scenario('refuses a word that is neither true nor false', {
    inputs: { 'wait-until-ready': 'maybe' },
    exitCode: 1,
    stdout: ['::error::input `wait-until-ready`: expected `true` or `false`, found `maybe`'],
  });

  scenario('does not try one that it takes back', {
    script: {
      'POST /prefix/access_tokens': [json(200, { token, expires_at: '2026-11-01T13:00:00Z', owner: 'octocat', permissions: {} })],
      'DELETE /api/v3/installation/token': [{ status: 204 }],
    },
    exitCode: 1,
    stdout: [
      says.idToken,
      says.asking,
      says.token,
      `The token ${hash} was revoked`,
      "::error::the token's permissions are none, asked for were `contents: write`, `issues: read`",
    ],
    state: { token: '', 'token-hash': hash },
    requests: [...asked, 'DELETE /api/v3/installation/token'],
  });
});
