// What can go wrong around the steps as they are shipped: the runner's endpoint, the broker, its answer, and GitHub.

import { describe } from 'node:test';
import {
  asked, grant, granted, grantSummary, hash, json, outputs, runnerRoute, says, scenario, state, takenBack, token, tried, type Scenario,
} from './fakes/scenario.ts';
import type { Reply, Script } from './fakes/server.ts';

const [id = '', post = ''] = asked;
const again = { 'retry-after': '0' };
const idGiven = runnerRoute['GET /idtoken/1'];
const success: Scenario = { outputs, state, summary: grantSummary };
const handedOver = [says.token, ...says.grant];
const cut = 'the answer was cut short';

/** The broker gives these answers, then the token. */
function broker(...replies: Reply[]): Script {
  return { 'POST /prefix/access_tokens': [...replies, grant] };
}

function retry(who: string, what: string, count = 1): string {
  return `${who}: ${what}; trying again in N s (${count} of 4 tries)`;
}

// Each scenario has a server of its own, and some wait for a time limit: all at once.
describe('faults', { concurrency: true }, () => {
  describe('the runner’s endpoint', { concurrency: true }, () => {
    for (const status of [429, 500, 502, 503]) {
      scenario(`answers ${status}, then well`, {
        ...success,
        script: { ...broker(), 'GET /idtoken/1': [json(status, {}, again), ...idGiven] },
        stdout: [retry("The runner's OIDC endpoint", `answered ${status}`), says.idToken, says.asking, ...handedOver],
        requests: [id, id, post, tried],
      });
    }

    for (const [name, reply, reason] of [
      ['resets the connection', 'reset', 'GET SERVER/idtoken/1: read ECONNRESET'],
      ['is cut short', 'cut short', `GET SERVER/idtoken/1: ${cut}`],
      ['does not answer', 'hang', 'GET SERVER/idtoken/1: no answer within N s'],
    ] as const) {
      scenario(`${name}, then answers well`, {
        ...success,
        script: { ...broker(), 'GET /idtoken/1': [reply, ...idGiven] },
        stdout: [retry("The runner's OIDC endpoint", reason), says.idToken, says.asking, ...handedOver],
        requests: [id, id, post, tried],
      });
    }

    scenario('keeps failing', {
      script: { 'GET /idtoken/1': [json(500, {}, again)] },
      exitCode: 1,
      stdout: [
        ...[1, 2, 3].map((count) => retry("The runner's OIDC endpoint", 'answered 500', count)),
        '::error::the runner gave no OIDC token: its endpoint answered 500',
      ],
      requests: [id, id, id, id],
    });

    for (const status of [400, 401, 404]) {
      scenario(`answers ${status}`, {
        script: { 'GET /idtoken/1': [json(status, {})] },
        exitCode: 1,
        stdout: [`::error::the runner gave no OIDC token: its endpoint answered ${status}`],
        requests: [id],
      });
    }

    for (const [name, body] of Object.entries({ 'no JSON': '<html>', nothing: '', 'no value': '{}', 'an empty value': '{"value":""}', 'a value of several lines': '{"value":"a\\nb"}' })) {
      scenario(`answers with ${name}`, {
        script: { 'GET /idtoken/1': [{ status: 200, body }] },
        exitCode: 1,
        stdout: ['::error::the runner gave no OIDC token: its answer has no usable `value`'],
        requests: [id],
      });
    }

    scenario('redirects', {
      script: { 'GET /idtoken/1': [json(302, {}, { location: '/elsewhere' })] },
      exitCode: 1,
      stdout: [
        '::error::the runner gave no OIDC token: GET SERVER/idtoken/1: answered with a redirect (302) to `SERVER`, which is not followed because the request carries a credential',
      ],
      requests: [id],
    });
  });

  describe('the broker', { concurrency: true }, () => {
    for (const status of [429, 502, 503, 504]) {
      scenario(`answers ${status}, then well`, {
        ...success,
        script: broker(json(status, { message: 'no' }, again)),
        stdout: [says.idToken, says.asking, retry('The broker', `answered ${status}`), ...handedOver],
        requests: [id, post, post, tried],
      });
    }

    scenario('is waited for as long as it says', {
      ...success,
      script: broker(json(429, {}, { 'retry-after': '1' })),
      stdout: [says.idToken, says.asking, retry('The broker', 'answered 429'), ...handedOver],
      requests: [id, post, post, tried],
    });

    scenario('is not waited for longer than a minute', {
      script: { 'POST /prefix/access_tokens': [json(429, { message: 'tomorrow' }, { 'retry-after': '3600' })] },
      exitCode: 1,
      stdout: [
        says.idToken,
        says.asking,
        'The broker: answered 429 and asks to wait for 3600 s, which is longer than a step waits',
        '::error title=The broker answered 429::tomorrow',
      ],
      summary: '### The broker answered 429\n\n```text\ntomorrow\n```',
      requests: asked,
    });

    for (const [name, reply, reason] of [
      ['resets the connection', 'reset', 'POST SERVER/prefix/access_tokens: read ECONNRESET'],
      ['is cut short', 'cut short', `POST SERVER/prefix/access_tokens: ${cut}`],
      ['does not answer', 'hang', 'POST SERVER/prefix/access_tokens: no answer within N s'],
    ] as const) {
      scenario(`${name}, then answers well to another OIDC token`, {
        ...success,
        script: broker(reply),
        stdout: [says.idToken, says.asking, retry('The broker', reason), says.idToken, ...handedOver],
        requests: [id, post, id, post, tried],
      });
    }

    for (const [name, body, reason] of [
      ['garbage', '\u0000\u0001<html>', "the broker's answer is not JSON, or was cut short"],
      ['a page', '<!doctype html><title>Log in</title>', "the answer is a page and not one of a broker's: is `app-server` the URL of your broker?"],
      ['half an answer', '{"token":"ghs_', "the broker's answer is not JSON, or was cut short"],
      ['no token', '{"expires_at":"2026-11-01T13:00:00Z"}', "the broker's answer has no token"],
      ['null', 'null', "the broker's answer has no token"],
    ] as const) {
      scenario(`answers with ${name}`, {
        script: { 'POST /prefix/access_tokens': [{ status: 200, body }] },
        exitCode: 1,
        stdout: [says.idToken, says.asking, `::error::${reason}`],
        requests: asked,
      });
    }

    const asked2 = 'asked for were `contents: write`, `issues: read`';
    for (const [name, change, reason] of [
      ['more permissions', { permissions: { contents: 'write', issues: 'read', secrets: 'write' } }, `the token's permissions are \`contents: write\`, \`issues: read\`, \`secrets: write\`, ${asked2}`],
      ['fewer permissions', { permissions: { contents: 'write' } }, `the token's permissions are \`contents: write\`, ${asked2}`],
      ['higher permissions', { permissions: { contents: 'write', issues: 'write' } }, `the token's permissions are \`contents: write\`, \`issues: write\`, ${asked2}`],
      ['other repositories', { repositories: ['website', 'infra'] }, 'the token reaches `infra`, `website`, asked for was `docs`, `website`'],
      ['all repositories', { repositories: undefined }, 'the token reaches all repositories, asked for was `docs`, `website`'],
      ['another owner', { owner: 'octocat' }, 'the token is for the owner `octocat`, asked for was `octo-org`'],
      ['another end', { expires_at: '2099-01-01T00:00:00Z\n::error::x' }, "the token's `expires_at` is no time: expected for example `2026-12-31T12:00:00Z`, found `2099-01-01T00:00:00Z\ufffd::error::x`"],
    ] as const) {
      scenario(`grants ${name} than asked: the token is revoked`, {
        script: { 'POST /prefix/access_tokens': [json(200, { ...granted, ...change })], 'DELETE /api/v3/installation/token': [{ status: 204 }] },
        exitCode: 1,
        stdout: [says.idToken, says.asking, says.token, `The token ${hash} was revoked`, `::error::${reason}`],
        state: { token: '', 'token-hash': hash },
        requests: takenBack,
      });
    }

    scenario('grants something else while GitHub is down: the post step tries again', {
      script: { 'POST /prefix/access_tokens': [json(200, { ...granted, owner: 'octocat' })], 'DELETE /api/v3/installation/token': [json(503, {}, again)] },
      exitCode: 1,
      stdout: [
        says.idToken,
        says.asking,
        says.token,
        ...[1, 2, 3].map((count) => retry('GitHub', 'answered 503', count)),
        `::warning::the token ${hash} could not be revoked yet: GitHub answered 503`,
        '::error::the token is for the owner `octocat`, asked for was `octo-org`',
      ],
      state: { token, 'token-hash': hash },
      requests: [...takenBack, ...[1, 2, 3].map(() => takenBack[2] ?? '')],
    });
  });

  describe('the post step', { concurrency: true }, () => {
    const revoke = 'DELETE /api/v3/installation/token';
    const first = `Token hash: ${hash}`;
    const lives = (reason: string): string => `::warning::the token ${hash} could not be revoked and lives until 2026-11-01T13:00:00Z: ${reason}`;
    const step = 'post';

    scenario('revokes', { step, script: { [revoke]: [{ status: 204 }] }, stdout: [first, 'The token is revoked'], requests: [revoke], bearers: [token] });
    scenario('has nothing to do', { step, environment: { STATE_token: '' } });

    for (const [name, status] of [['was revoked or has expired', 401], ['is not known', 404]] as const) {
      scenario(`finds that the token ${name} already`, {
        step,
        script: { [revoke]: [json(status, { message: 'Bad credentials' })] },
        stdout: [first, 'The token was already gone'],
        requests: [revoke],
      });
    }

    for (const [name, reply, reason] of [
      ['fails', json(500, {}, again), 'answered 500'],
      ['is down', json(503, {}, again), 'answered 503'],
      ['limits the rate', json(429, {}, again), 'answered 429'],
      ['resets the connection', 'reset', 'DELETE SERVER/api/v3/installation/token: read ECONNRESET'],
      ['is cut short', 'cut short', `DELETE SERVER/api/v3/installation/token: ${cut}`],
      ['does not answer', 'hang', 'DELETE SERVER/api/v3/installation/token: no answer within N s'],
    ] as const) {
      scenario(`outlives a GitHub that ${name} once`, {
        step,
        script: { [revoke]: [reply, { status: 204 }] },
        stdout: [first, retry('GitHub', reason), 'The token is revoked'],
        requests: [revoke, revoke],
      });
    }

    scenario('only warns when GitHub stays down', {
      step,
      script: { [revoke]: [json(503, {}, again)] },
      stdout: [first, ...[1, 2, 3].map((count) => retry('GitHub', 'answered 503', count)), lives('GitHub answered 503')],
      requests: [revoke, revoke, revoke, revoke],
    });

    for (const status of [200, 400, 403, 422]) {
      scenario(`only warns when GitHub answers ${status}`, {
        step,
        script: { [revoke]: [json(status, {})] },
        stdout: [first, lives(`GitHub answered ${status}`)],
        requests: [revoke],
      });
    }

    scenario('only warns when the API is at no URL', {
      step,
      inputs: { 'github-api-url': 'nowhere' },
      stdout: [first, lives('input `github-api-url`: expected an `https` URL, got `nowhere`')],
    });
  });
});
