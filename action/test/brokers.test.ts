// Several brokers: the main step as it is shipped, with a second broker at `/standby`.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpError, type HttpRequest, type HttpResponse } from '../src/http.ts';
import { requestToken } from '../src/request-token.ts';
import { fakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';
import { asked, grant, grantSummary, idToken, json, outputs, says, scenario, state, tried, type Scenario } from './fakes/scenario.ts';

const both = { 'app-server': '- SERVER/prefix\n- SERVER/standby # the other one' };
const [id = '', first = ''] = asked;
const second = 'POST /standby/access_tokens';
const again = { 'retry-after': '0' };
const runner = {
  GITHUB_REPOSITORY: 'octo-org/app',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner/idtoken?v=2',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
};
const success: Scenario = { outputs, state, summary: grantSummary };

function retries(what: string): string[] {
  return [1, 2, 3].map((count) => `The broker: ${what}; trying again in N s (${count} of 4 tries)`);
}

describe('several brokers', () => {
  scenario('are one where the first answers', {
    inputs: both,
    script: { 'POST /prefix/access_tokens': [grant] },
    ...success,
    stdout: [says.idToken, says.asking, says.token, ...says.grant],
    requests: [id, first, tried],
  });

  for (const status of [502, 503, 504]) {
    scenario(`are asked in turn when the first keeps answering ${status}`, {
      inputs: both,
      script: { 'POST /prefix/access_tokens': [json(status, { message: 'no' }, again)], 'POST /standby/access_tokens': [grant] },
      ...success,
      stdout: [
        says.idToken,
        says.asking,
        ...retries(`answered ${status}`),
        `::warning::the broker at HOST cannot be reached, so the next one is asked: it answered ${status}`,
        says.idToken,
        says.asking,
        says.token,
        ...says.grant,
      ],
      requests: [id, first, first, first, first, id, second, tried],
    });
  }

  it('have a minute together', async () => {
    const step = fakeStep({ ...inputs({ permissions: 'contents:write', 'app-server': ['one', 'two', 'three'].map((name) => `https://${name}.octo.org`).join(' ') }), ...runner });
    const limits: number[] = [];
    const http = (request: HttpRequest, timeLimit: number): Promise<HttpResponse> => {
      if (request.method === 'GET') return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify({ value: idToken }) });
      limits.push(timeLimit);
      return step.effects.clock.sleep(timeLimit).then(() => Promise.reject(new HttpError('no answer', true)));
    };
    await assert.rejects(requestToken({ ...step.effects, http }), /the broker gave no token: no answer/);
    assert.equal(limits[0], 15_000);
    assert.equal(step.sleeps.reduce((sum, pause) => sum + pause) <= 60_000, true);
    const asked = step.printed.filter((line) => line.startsWith('Asking ')).map((line) => line.split(' ')[1]);
    assert.deepEqual(asked, ['one.octo.org', 'two.octo.org', 'three.octo.org']);
  });

  it('leave time for the next one, whatever took that of the first', async () => {
    const step = fakeStep({ ...inputs({ permissions: 'contents:write', 'app-server': 'aws https://one.octo.org https://two.octo.org' }), ...runner });
    const limits: [string, number][] = [];
    const http = (request: HttpRequest, timeLimit: number): Promise<HttpResponse> => {
      if (request.method === 'GET') return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify({ value: idToken }) });
      limits.push([new URL(request.url).host, timeLimit]);
      return step.effects.clock.sleep(timeLimit).then(() => Promise.reject(new HttpError('no answer', true)));
    };
    await assert.rejects(requestToken({ ...step.effects, http }), /the broker gave no token: no answer/);
    // AWS STS takes all of the first broker's share, and all of the second's.
    assert.ok(limits.every(([host, limit]) => host === 'sts.eu-central-1.amazonaws.com' && limit > 0), JSON.stringify(limits));
    assert.equal(step.printed.filter((line) => line.startsWith('Asking AWS')).length, 2);
    assert.ok(step.sleeps.reduce((sum, pause) => sum + pause) <= 60_000);
  });

  scenario('are asked in turn when nobody listens at the first', {
    inputs: { 'app-server': 'http://127.0.0.1:1, SERVER/standby' },
    script: { 'POST /standby/access_tokens': [grant] },
    ...success,
    stdout: [
      says.idToken,
      'Asking 127.0.0.1:1 for a token',
      ...retries('POST http://127.0.0.1:1/access_tokens: connect ECONNREFUSED 127.0.0.1:1').flatMap((line) => [line, says.idToken]),
      '::warning::the broker at 127.0.0.1:1 cannot be reached, so the next one is asked: POST http://127.0.0.1:1/access_tokens: connect ECONNREFUSED 127.0.0.1:1',
      says.idToken,
      says.asking,
      says.token,
      ...says.grant,
    ],
    requests: [id, id, id, id, id, second, tried],
  });

  for (const status of [400, 401, 404, 500]) {
    scenario(`leave the last word to the first when it answers ${status}`, {
      inputs: both,
      script: { 'POST /prefix/access_tokens': [json(status, { message: 'no' })], 'POST /standby/access_tokens': [grant] },
      exitCode: 1,
      stdout: [
        says.idToken,
        says.asking,
        `::error title=The broker answered ${status}::no${status === 404 ? '%0A`app-server` is the broker\'s base URL: `/access_tokens` is added to it' : ''}`,
      ],
      summary: `### The broker answered ${status}\n\n\`\`\`text\nno${status === 404 ? '\n`app-server` is the broker\'s base URL: `/access_tokens` is added to it' : ''}\n\`\`\``,
      requests: [id, first],
    });
  }

  scenario('leave the last word to the first when it is too busy for this repository', {
    inputs: both,
    script: { 'POST /prefix/access_tokens': [json(429, { message: 'too often' }, again)], 'POST /standby/access_tokens': [grant] },
    exitCode: 1,
    stdout: [says.idToken, says.asking, ...retries('answered 429'), '::error title=The broker answered 429::too often'],
    summary: '### The broker answered 429\n\n```text\ntoo often\n```',
    requests: [id, first, first, first, first],
  });

  scenario('leave the last word to the first when its answer is of no use', {
    inputs: both,
    script: { 'POST /prefix/access_tokens': [{ status: 200, body: '<html>' }], 'POST /standby/access_tokens': [grant] },
    exitCode: 1,
    stdout: [says.idToken, says.asking, "::error::the answer is a page and not one of a broker's: is `app-server` the URL of your broker?"],
    requests: [id, first],
  });

  scenario('fail with the last one when none can be reached', {
    inputs: both,
    script: {
      'POST /prefix/access_tokens': [json(503, { message: 'down' }, again)],
      'POST /standby/access_tokens': [json(502, { message: 'down, too' }, again)],
    },
    exitCode: 1,
    stdout: [
      says.idToken,
      says.asking,
      ...retries('answered 503'),
      '::warning::the broker at HOST cannot be reached, so the next one is asked: it answered 503',
      says.idToken,
      says.asking,
      ...retries('answered 502'),
      '::error title=The broker answered 502::down, too',
    ],
    summary: '### The broker answered 502\n\n```text\ndown, too\n```',
    requests: [id, first, first, first, first, id, second, second, second, second],
  });

  scenario('are refused together where one is no URL', {
    inputs: { 'app-server': 'SERVER/prefix, standby' },
    exitCode: 1,
    stdout: ['::error::input `app-server`: expected a URL that begins with `https://`, found `standby`'],
  });
});
