import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HttpError, type HttpRequest, type HttpResponse } from '../src/http.ts';
import { revokeToken } from '../src/revoke-token.ts';
import { Secret } from '../src/secret.ts';
import { TokenStore } from '../src/token-store.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';

const hash = new Secret('ghs_token').hash();
const environment = {
  ...inputs({ 'github-api-url': 'https://github.octo.org/api/v3' }),
  STATE_token: 'ghs_token',
  'STATE_token-hash': hash,
  'STATE_expires-at': '2026-11-01T13:00:00Z',
};

/** What is left of a use with `refresh: true` that has these tokens. */
function longJob(tokens: readonly string[]): { environment: Record<string, string>; directory: string } {
  const directory = join(mkdtempSync(join(tmpdir(), 'access-token-store-')), 'token');
  const settings = { request: { permissions: {} }, appServers: [], githubApiUrl: '', serverUrl: '', owner: '', repositories: [], waitUntilReady: true };
  const store = TokenStore.create(directory, settings);
  for (const token of tokens) store.add(new Secret(token), '2026-11-01T13:00:00Z', Date.parse('2026-11-01T12:00:00Z'));
  return { environment: { STATE_refresh: directory }, directory };
}

function bearers({ requests }: FakeStep): string[] {
  return requests.map(({ headers }) => headers['authorization']?.replace('Bearer ', '') ?? '');
}

describe('the post step', () => {
  it('does nothing without a token', async () => {
    const step = fakeStep({ STATE_token: '' });
    await revokeToken(step.effects);
    assert.deepEqual([step.requests, step.printed], [[], []]);
  });

  it('revokes the token', async () => {
    const step = fakeStep(environment, [{ status: 204 }]);
    await revokeToken(step.effects);
    assert.deepEqual(step.requests, [
      {
        method: 'DELETE',
        url: 'https://github.octo.org/api/v3/installation/token',
        headers: {
          accept: 'application/vnd.github+json',
          authorization: 'Bearer ghs_token',
          'user-agent': 'access-token-action/0.0.0',
          'x-github-api-version': '2022-11-28',
        },
      },
    ]);
    assert.deepEqual(step.printed, [`Token hash: ${hash}`, 'The token is revoked']);
  });

  it('waits for who is asking at this moment, and says who may be left', async () => {
    const { environment: state, directory } = longJob(['ghs_later']);
    writeFileSync(join(directory, 'lock-1'), `1 ${Date.parse('2026-11-01T12:00:00Z')}`);
    const step = fakeStep({ ...environment, ...state }, [{ status: 204 }, { status: 204 }]);
    await revokeToken(step.effects);
    assert.deepEqual(bearers(step), ['ghs_token', 'ghs_later']);
    const said = step.printed.filter((line) => !line.startsWith('::add-mask::'));
    assert.deepEqual(said.slice(0, 2), [
      'Waiting for a process that is asking for a token, for at most 60 s',
      '::warning::a process that runs `access-token` at this moment may leave a token alive: it is still asking',
    ]);
    assert.equal(step.sleeps.reduce((sum, pause) => sum + pause), 60_000);
  });

  it('is content with a token that is already gone', async () => {
    for (const status of [401, 404]) {
      const step = fakeStep(environment, [{ status }]);
      await revokeToken(step.effects);
      assert.deepEqual(step.printed, [`Token hash: ${hash}`, 'The token was already gone']);
    }
  });

  it('tries again after a hiccup', async () => {
    const step = fakeStep(environment, [{ status: 500 }, new HttpError('DELETE: reset', true), { status: 204 }]);
    await revokeToken(step.effects);
    assert.deepEqual(step.printed.slice(1), [
      'GitHub: answered 500; trying again in 0.5 s (1 of 4 tries)',
      'GitHub: DELETE: reset; trying again in 1.0 s (2 of 4 tries)',
      'The token is revoked',
    ]);
  });

  it('warns, and does not fail, when the token stays alive', async () => {
    const reset = new HttpError('DELETE: reset', true);
    const warning = (reason: string): string =>
      `::warning::the token ${hash} could not be revoked and lives until 2026-11-01T13:00:00Z: ${reason}`;
    const refused = fakeStep(environment, [{ status: 403 }]);
    await revokeToken(refused.effects);
    assert.equal(refused.printed.at(-1), warning('GitHub answered 403'));
    const unreachable = fakeStep(environment, [reset, reset, reset, reset]);
    await revokeToken(unreachable.effects);
    assert.equal(unreachable.printed.at(-1), warning('DELETE: reset'));
    const lost = fakeStep({ ...environment, ...inputs({ 'github-api-url': 'nowhere' }) });
    await revokeToken(lost.effects);
    assert.equal(lost.printed.at(-1), warning('input `github-api-url`: expected an `https` URL, got `nowhere`'));
  });

  it('revokes the tokens of a long job all at once', async () => {
    const { environment: long } = longJob(['ghs_second', 'ghs_third']);
    const step = fakeStep({ ...environment, ...long });
    let all: (() => void) | undefined;
    const isThere = new Promise<void>((resolve) => { all = resolve; });
    const http = async (request: HttpRequest): Promise<HttpResponse> => {
      step.requests.push(request);
      if (step.requests.length === 3) all?.();
      await isThere;
      return { status: 204, headers: {}, body: '' };
    };
    await revokeToken({ ...step.effects, http });
    assert.deepEqual(bearers(step), ['ghs_token', 'ghs_second', 'ghs_third']);
  });

  it('revokes them where the first one is gone, and where nothing can be written', async () => {
    const { environment: long, directory } = longJob(['ghs_second']);
    mkdirSync(join(directory, 'closed'));
    const step = fakeStep({ ...environment, ...long, STATE_token: '' }, [{ status: 204 }]);
    await revokeToken(step.effects);
    assert.deepEqual(bearers(step), ['ghs_second']);
    const [warning = '', ...said] = step.printed.filter((line) => !line.startsWith('::add-mask::'));
    assert.match(warning, /^::warning::a process that runs `access-token` at this moment may leave a token alive: EISDIR/);
    assert.deepEqual(said, [`Token hash: ${new Secret('ghs_second').hash()}`, 'The token is revoked']);
  });

  it('falls back on the runner’s own API URL, and on github.com', async () => {
    for (const [variables, url] of [
      [{ GITHUB_API_URL: 'https://octo.ghe.com' }, 'https://octo.ghe.com/installation/token'],
      [{}, 'https://api.github.com/installation/token'],
    ] as const) {
      const step = fakeStep({ STATE_token: 'ghs_token', ...variables }, [{ status: 204 }]);
      await revokeToken(step.effects);
      assert.equal(step.requests[0]?.url, url);
    }
  });
});
