import assert from 'node:assert/strict';
import { EOL } from 'node:os';
import { describe, it } from 'node:test';
import type { Core, Exchange } from '../src/core.ts';
import { Failure } from '../src/failure.ts';
import { HttpError, type HttpRequest } from '../src/http.ts';
import { requestToken, type RequestEffects } from '../src/request-token.ts';
import { Secret } from '../src/secret.ts';
import { fakeCore } from './fakes/core.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';

const environment = {
  ...inputs({ permissions: 'contents:write', 'app-server': 'https://broker.octo.org/prefix', 'github-api-url': 'https://github.octo.org/api/v3/' }),
  GITHUB_REPOSITORY: 'octo-org/app',
  GITHUB_EVENT_NAME: 'push',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner/idtoken?v=2',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
};
const claims = { sub: 'repo:octo-org/app:ref:refs/heads/main' };
const idToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const id = { body: JSON.stringify({ value: idToken }) };
const granted = {
  token: 'ghs_token',
  expires_at: '2026-11-01T13:00:00Z',
  owner: 'octo-org',
  repositories: ['app'],
  permissions: { contents: 'write' },
};
const grant = { body: JSON.stringify(granted) };
const hash = new Secret('ghs_token').hash();
const revoked = { status: 204 };
const ready = { status: 200, body: '{}' };

async function failureOf(step: FakeStep, change: Partial<RequestEffects> = {}): Promise<Failure> {
  try {
    await requestToken({ ...step.effects, ...change });
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail('there is a token');
}

function paths(step: FakeStep): string[] {
  return step.requests.map(({ method, url }) => `${method} ${url}`);
}

const tried = 'GET https://github.octo.org/api/v3/rate_limit';
const asked = ['GET https://runner/idtoken?v=2&audience=broker.octo.org', 'POST https://broker.octo.org/prefix/access_tokens'];
const takenBack = [...asked, 'DELETE https://github.octo.org/api/v3/installation/token'];

describe('a token that is granted', () => {
  it('has the way to each host ready while something else is done', async () => {
    const step = fakeStep(environment, [id, grant, ready]);
    const done: string[] = [];
    const http = Object.assign(
      (request: HttpRequest, timeLimit: number) => {
        done.push(request.method);
        request.onSent?.();
        return step.effects.http(request, timeLimit);
      },
      { announce: (url: string) => done.push(url) },
    );
    const loadCore = (): Core => {
      done.push('the core');
      return fakeCore;
    };
    await requestToken({ ...step.effects, http, loadCore });
    assert.deepEqual(done, [
      'https://runner/idtoken?v=2',
      'the core',
      'https://broker.octo.org/prefix',
      'GET',
      'POST',
      'https://github.octo.org/api/v3',
      'GET',
    ]);
  });

  it('is asked for with the caller’s OIDC token and handed over', async () => {
    const step = fakeStep(environment, [id, grant, ready]);
    await requestToken(step.effects);
    assert.deepEqual(paths(step), [...asked, tried]);
    const [, post] = step.requests;
    assert.equal(post?.headers['authorization'], `Bearer ${idToken}`);
    assert.equal(post.headers['content-type'], 'application/json');
    assert.equal(post.body, '{"permissions":{"contents":"write"}}');
    assert.deepEqual(step.outputs(), {
      token: 'ghs_token',
      'token-hash': hash,
      'expires-at': '2026-11-01T13:00:00Z',
      owner: 'octo-org',
      repositories: '["app"]',
      permissions: '{"contents":"write"}',
    });
    assert.deepEqual(step.state(), { token: 'ghs_token', 'token-hash': hash, 'expires-at': '2026-11-01T13:00:00Z' });
    assert.match(step.summary(), /### Access token\n/);
  });

  it('is masked before anything else is said about it', async () => {
    const step = fakeStep(environment, [id, grant, ready]);
    await requestToken(step.effects);
    const masks = new Secret(idToken).forms().map((form) => `::add-mask::${form}`);
    assert.deepEqual(step.printed.slice(0, 3), [masks.join(EOL), 'Asking broker.octo.org for a token', '::add-mask::ghs_token']);
    assert.doesNotMatch(step.printed.slice(3).join('\n'), /ghs_/);
  });

  it('stays alive where the workflow wants that', async () => {
    const step = fakeStep({ ...environment, ...inputs({ 'skip-token-revoke': 'true' }) }, [id, grant, ready]);
    await requestToken(step.effects);
    assert.equal(step.outputs()['token'], 'ghs_token');
    assert.equal(step.state()['token'], '');
  });

  it('is told to the core with all that the core needs', async () => {
    const exchanges: Exchange[] = [];
    const core: Core = { ...fakeCore, settle: (exchange) => (exchanges.push(exchange), fakeCore.settle(exchange)) };
    const headers = { 'content-type': 'application/json' };
    await requestToken({ ...fakeStep(environment, [id, { ...grant, headers }, ready]).effects, loadCore: () => core });
    const request = { permissions: { contents: 'write' } };
    assert.deepEqual(exchanges, [{ request, repository: 'octo-org/app', claims, status: 200, body: grant.body, contentType: 'application/json' }]);
  });

  it('is asked for with another OIDC token after an answer was lost, and with the same one after an answer', async () => {
    const lost = new HttpError('POST https://broker.octo.org/prefix/access_tokens: socket hang up', true);
    const second = { body: JSON.stringify({ value: `${idToken}2` }) };
    const step = fakeStep(environment, [id, lost, second, { status: 503 }, grant, ready]);
    await requestToken(step.effects);
    assert.deepEqual(paths(step), [...asked, ...asked, asked[1], tried]);
    const bearers = step.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['authorization']);
    assert.deepEqual(bearers, [`Bearer ${idToken}`, `Bearer ${idToken}2`, `Bearer ${idToken}2`]);
  });

  it('comes after a busy broker', async () => {
    const answers = [429, 502, 503].map((status) => ({ status, headers: { 'retry-after': '1' } }));
    const step = fakeStep(environment, [id, ...answers, grant, ready]);
    await requestToken(step.effects);
    assert.deepEqual(step.sleeps, [1000, 1000, 1000]);
    assert.ok(step.printed.includes('The broker: answered 429; trying again in 1.0 s (1 of 4 tries)'));
  });
});

describe('a token that is not granted', () => {
  it('fails with the broker’s words and the core’s hint', async () => {
    const body = JSON.stringify({ message: 'Issues:\n- octo-org', requestId: 'r-1' });
    const step = fakeStep(environment, [id, { status: 403, body }]);
    const failure = await failureOf(step);
    assert.deepEqual(failure.problems, [{ title: 'Access token refused', message: 'Issues:\n- octo-org' }]);
    assert.deepEqual(failure.help, { hint: 'statements:\n  - subjects: ["ref:refs/heads/main"]', requestId: 'r-1', isTransient: false });
    assert.deepEqual(step.printed.slice(-3), ['::group::What this job counts as (its effective subjects)', 'repo:octo-org/app:pull_request', '::endgroup::']);
    assert.match(step.summary(), /### Access token refused/);
    assert.deepEqual(step.outputs(), {});
    assert.deepEqual(step.state(), {});
  });

  it('is not asked for again', async () => {
    for (const status of [400, 401, 403, 404, 500]) {
      const step = fakeStep(environment, [id, { status, body: '{"message":"no"}' }]);
      await failureOf(step);
      assert.deepEqual(paths(step), asked, String(status));
    }
  });

  it('tells when the broker cannot be reached', async () => {
    const error = new HttpError('POST https://broker.octo.org/prefix/access_tokens: connect ECONNREFUSED', true);
    const failure = await failureOf(fakeStep(environment, [id, error, id, error, id, error, id, error]));
    assert.equal(failure.message, `the broker gave no token: ${error.message}`);
  });
});

describe('several brokers', () => {
  const both = { ...environment, ...inputs({ permissions: 'contents:write', 'app-server': 'https://one.octo.org https://two.octo.org/p', 'github-api-url': 'https://github.octo.org/api/v3/' }) };
  const first = ['GET https://runner/idtoken?v=2&audience=one.octo.org', 'POST https://one.octo.org/access_tokens'];
  const second = ['GET https://runner/idtoken?v=2&audience=two.octo.org', 'POST https://two.octo.org/p/access_tokens'];
  const refused = new HttpError('POST https://one.octo.org/access_tokens: connect ECONNREFUSED', true);
  const idOf = (name: string): { body: string } => ({ body: JSON.stringify({ value: `${idToken}${name}` }) });

  it('are one where the first answers', async () => {
    const step = fakeStep(both, [id, grant, ready]);
    await requestToken(step.effects);
    assert.deepEqual(paths(step).slice(0, 2), first);
    assert.ok(!paths(step).includes(second[1] ?? ''));
  });

  it('are asked in turn while none can be reached, each with an OIDC token of its own', async () => {
    const lost = [idOf('1'), refused, idOf('1'), refused, idOf('1'), refused, idOf('1'), refused];
    const step = fakeStep(both, [...lost, idOf('2'), grant, ready]);
    await requestToken(step.effects);
    assert.deepEqual(paths(step).slice(0, 10), [...first, ...first, ...first, ...first, ...second]);
    const bearer = step.requests.find(({ url }) => url === 'https://two.octo.org/p/access_tokens')?.headers['authorization'];
    assert.equal(bearer, `Bearer ${idToken}2`);
    assert.ok(step.printed.includes(`::warning::the broker at one.octo.org cannot be reached, so the next one is asked: ${refused.message}`));
    assert.equal(step.outputs()['token'], 'ghs_token');
  });

  it('are asked in turn when the first stays unavailable', async () => {
    for (const status of [502, 503, 504]) {
      const busy = { status, headers: { 'retry-after': '0' } };
      const step = fakeStep(both, [id, busy, busy, busy, busy, id, grant, ready]);
      await requestToken(step.effects);
      assert.equal(paths(step)[6], second[1]);
    }
  });

  it('leave the last word to whoever answers', async () => {
    for (const status of [400, 401, 403, 404, 429, 500]) {
      const answer = { status, body: '{"message":"no"}', headers: { 'retry-after': '0' } };
      const step = fakeStep(both, [id, answer, answer, answer, answer]);
      await failureOf(step);
      assert.ok(paths(step).every((path) => !path.includes('two.octo.org')), String(status));
    }
    const step = fakeStep(both, [id, new HttpError('POST https://one.octo.org: the answer is larger than 1 MiB', false)]);
    assert.equal((await failureOf(step)).message, 'the broker gave no token: POST https://one.octo.org: the answer is larger than 1 MiB');
  });

  it('fail with the last one when none can be reached', async () => {
    const other = new HttpError('POST https://two.octo.org/p/access_tokens: connect ECONNREFUSED', true);
    const step = fakeStep(both, [refused, refused, refused, refused, other, other, other, other].flatMap((error) => [id, error]));
    assert.equal((await failureOf(step)).message, `the broker gave no token: ${other.message}`);
  });

  it('do not hide a token that a failure has in it', async () => {
    const odd = { status: 503, body: '{"token":"ghs_odd"}', headers: { 'retry-after': '0' } };
    const step = fakeStep(both, [id, odd, odd, odd, odd, revoked]);
    await failureOf(step);
    assert.equal(step.requests.at(-1)?.headers['authorization'], 'Bearer ghs_odd');
  });
});

describe('a token that does not reach the workflow', () => {
  it('is revoked when it is not what was asked', async () => {
    const body = JSON.stringify({ ...granted, permissions: { contents: 'read' } });
    const step = fakeStep(environment, [id, { body }, revoked]);
    assert.equal((await failureOf(step)).message, 'the token is not what was asked for');
    assert.deepEqual(paths(step), takenBack);
    assert.equal(step.requests[2]?.headers['authorization'], 'Bearer ghs_token');
    assert.equal(step.printed.at(-1), `The token ${hash} was revoked`);
    assert.deepEqual(step.outputs(), {});
    assert.equal(step.state()['token'], '');
  });

  it('is revoked when the answer is malformed', async () => {
    const step = fakeStep(environment, [id, { body: '{"token":"ghs_token"}' }, revoked]);
    assert.equal((await failureOf(step)).message, 'the answer of the broker has no token');
    assert.deepEqual(paths(step), takenBack);
  });

  it('is revoked when the answer is no success', async () => {
    const step = fakeStep(environment, [id, { status: 500, body: '{"token":"ghs_token"}' }, revoked]);
    await failureOf(step);
    assert.deepEqual(paths(step), takenBack);
    assert.deepEqual(step.outputs(), {});
  });

  it('is revoked when the core breaks', async () => {
    const step = fakeStep(environment, [id, grant, revoked]);
    const settle = (): never => {
      throw new Error('unreachable');
    };
    await assert.rejects(requestToken({ ...step.effects, loadCore: () => ({ ...fakeCore, settle }) }), /unreachable/);
    assert.deepEqual(paths(step), takenBack);
  });

  it('stays in the state for the post step when it cannot be revoked', async () => {
    const step = fakeStep(environment, [id, { body: '{"token":"ghs_token"}' }, { status: 403 }]);
    await failureOf(step);
    assert.equal(step.printed.at(-1), `::warning::the token ${hash} could not be revoked yet: GitHub answered 403`);
    assert.equal(step.state()['token'], 'ghs_token');
  });

  it('is revoked even where the workflow wants it alive', async () => {
    const skipping = { ...environment, ...inputs({ 'skip-token-revoke': 'true' }) };
    const step = fakeStep(skipping, [id, { body: '{"token":"ghs_token"}' }, revoked]);
    await failureOf(step);
    assert.deepEqual(paths(step), takenBack);
  });

  it('is nothing when no header could carry it', async () => {
    const step = fakeStep(environment, [id, { body: JSON.stringify({ ...granted, token: 'ghs\ntoken' }) }]);
    assert.equal((await failureOf(step)).message, 'the token in the answer of the broker is not usable');
    assert.deepEqual(paths(step), asked);
    assert.deepEqual(step.outputs(), {});
  });
});

describe('before any request', () => {
  async function failsWithoutRequests(change: Record<string, string>): Promise<Failure> {
    const step = fakeStep({ ...environment, ...change });
    const failure = await failureOf(step);
    assert.deepEqual(step.requests, []);
    return failure;
  }

  it('wrong inputs are told, each with its help', async () => {
    const { problems } = await failsWithoutRequests(inputs({ permissions: '' }));
    assert.deepEqual(problems, [{ message: 'input `permissions`: expected at least one permission\nwrite `contents: read`' }]);
  });

  it('an API URL is refused that is none, or where a token would travel in the clear', async () => {
    for (const url of ['api.github.com', 'ftp://api.github.com', 'https://', 'http://github.octo.org/api/v3', 'http://localhost.octo.org']) {
      const { message } = await failsWithoutRequests(inputs({ 'github-api-url': url }));
      assert.equal(message, `input \`github-api-url\`: expected an \`https\` URL, got \`${url}\``);
    }
  });

  it('missing files of the runner are told', async () => {
    assert.match((await failsWithoutRequests({ GITHUB_STATE: '' })).message, /^the runner does not set `GITHUB_STATE`/);
  });

  it('the example of a broker is told apart from a broker', async () => {
    const { message } = await failsWithoutRequests(inputs({ 'app-server': 'https://access-token.example.com' }));
    assert.equal(message, 'input `app-server`: `https://access-token.example.com` is only an example; set it to the URL of your broker');
  });
});
