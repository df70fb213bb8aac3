import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../src/failure.ts';
import { HttpError } from '../src/http.ts';
import { fetchIdToken, unverifiedClaims } from '../src/id-token.ts';
import { Secret } from '../src/secret.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';

const endpoint = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner/idtoken?v=2', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' };
const good = { body: '{"count":5,"value":"a.b.c"}' };

async function failureOf(step: FakeStep): Promise<string> {
  try {
    await fetchIdToken(step.effects, 'broker');
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error.message;
  }
  return assert.fail('there is a token');
}

describe('the OIDC token', () => {
  it('is asked for with the audience, and masked', async () => {
    const step = fakeStep(endpoint, [good]);
    assert.equal((await fetchIdToken(step.effects, 'broker.octo.org')).reveal(), 'a.b.c');
    assert.deepEqual(step.requests.map(({ url }) => url), ['https://runner/idtoken?v=2&audience=broker.octo.org']);
    assert.equal(step.requests[0]?.headers['authorization'], 'Bearer request-token');
    assert.deepEqual(step.printed, ['::add-mask::a.b.c']);
  });

  it('is asked for again when the runner has a hiccup', async () => {
    const step = fakeStep(endpoint, [{ status: 502 }, new HttpError('GET https://runner/idtoken: reset', true), good]);
    assert.equal((await fetchIdToken(step.effects, 'broker')).reveal(), 'a.b.c');
    assert.deepEqual(step.printed, [
      "The runner's OIDC endpoint: answered 502; trying again in 0.5 s (1 of 4 tries)",
      "The runner's OIDC endpoint: GET https://runner/idtoken: reset; trying again in 1.0 s (2 of 4 tries)",
      '::add-mask::a.b.c',
    ]);
  });

  it('is not there when the answer has none', async () => {
    const message = 'the runner gave no OIDC token: its answer has no usable `value`';
    for (const body of ['', 'null', '[]', '{}', '{"value":""}', '{"value":7}', '{"value":"a b"}', '{"value":"a.b.c"']) {
      assert.equal(await failureOf(fakeStep(endpoint, [{ body }])), message, body);
    }
  });

  it('is not there when the runner refuses', async () => {
    assert.equal(await failureOf(fakeStep(endpoint, [{ status: 403 }])), 'the runner gave no OIDC token: its endpoint answered 403');
    const error = new HttpError('GET https://runner/idtoken: too large', false);
    assert.equal(await failureOf(fakeStep(endpoint, [error])), `the runner gave no OIDC token: ${error.message}`);
  });

  it('is not asked for where there is nobody to ask', async () => {
    for (const change of [{ ACTIONS_ID_TOKEN_REQUEST_URL: '' }, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a b' }]) {
      const step = fakeStep({ ...endpoint, ...change });
      assert.match(await failureOf(step), /^this job may not ask GitHub for an OIDC token/);
      assert.deepEqual(step.requests, []);
    }
  });
});

describe('unverified claims', () => {
  it('are the middle part of the token', () => {
    const claims = { sub: 'repo:octo-org/app:environment:Prüfung' };
    const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
    assert.deepEqual(unverifiedClaims(new Secret(token)), claims);
  });

  it('are absent where there is no such part', () => {
    for (const token of ['', 'a', 'a.b.c', '..', 'a.bnVsbA.c', 'a.W10.c']) assert.equal(unverifiedClaims(new Secret(token)), undefined, token);
  });
});
