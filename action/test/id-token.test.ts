import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
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

/** A file for GITHUB_EVENT_PATH. */
function eventFile(event: object): string {
  const path = fakeStep({}).effects.runner.variable('GITHUB_OUTPUT');
  writeFileSync(path, JSON.stringify(event));
  return path;
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

  it('needs a permission, and the error shows the lines to add', async () => {
    const lines = [
      'this job may not ask GitHub for an OIDC token; add these three lines to the job',
      'permissions:',
      '  contents: read # and whatever else the job itself needs',
      '  id-token: write',
    ].join('\n');
    const ownPullRequest = { repository: { full_name: 'octo-org/app' }, pull_request: { head: { repo: { full_name: 'octo-org/app' } } } };
    assert.equal(await failureOf(fakeStep({})), lines);
    assert.equal(await failureOf(fakeStep({ ...endpoint, ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' })), lines);
    assert.equal(await failureOf(fakeStep({ GITHUB_EVENT_NAME: 'pull_request' })), lines);
    assert.equal(await failureOf(fakeStep({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: eventFile(ownPullRequest) })), lines);
  });

  it('does not exist for a pull request of a fork', async () => {
    const lines = (event: string): string =>
      [
        `GitHub gives no OIDC token to a \`${event}\` workflow of a fork, so this step cannot get an access token here`,
        'to skip the step for forks, give it',
        'if: github.event.pull_request.head.repo.full_name == github.repository',
      ].join('\n');
    for (const repo of [{ full_name: 'octocat/app' }, null]) {
      const GITHUB_EVENT_PATH = eventFile({ repository: { full_name: 'octo-org/app' }, pull_request: { head: { repo } } });
      for (const GITHUB_EVENT_NAME of ['pull_request', 'pull_request_review']) {
        assert.equal(await failureOf(fakeStep({ GITHUB_EVENT_NAME, GITHUB_EVENT_PATH })), lines(GITHUB_EVENT_NAME));
      }
      const target = await failureOf(fakeStep({ GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_EVENT_PATH }));
      assert.match(target, /id-token: write/);
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
