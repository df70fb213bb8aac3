import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpError, type HttpResponse } from '../src/http.ts';
import { withRetries } from '../src/retry.ts';

type Answer = { status: number; retryAfter?: string; takes?: number } | HttpError;

/** Runs the answers past the retries and tells what happened; a clock that only sleeping and answering moves. */
async function tried(answers: readonly Answer[], random = 0.5, total = 60_000): Promise<{ result: number | string; sleeps: number[]; limits: number[]; notices: string[] }> {
  let [time, count] = [0, 0];
  const [sleeps, limits, notices]: [number[], number[], string[]] = [[], [], []];
  const clock = {
    elapsed: () => time,
    now: () => Date.parse('2026-11-01T12:00:00Z') + time,
    sleep: (milliseconds: number) => {
      sleeps.push(milliseconds);
      time += milliseconds;
      return Promise.resolve();
    },
  };
  const attempt = (timeLimit: number): Promise<HttpResponse> => {
    limits.push(timeLimit);
    const answer = answers[count++];
    if (answer === undefined) throw new Error('one try too many');
    if (answer instanceof HttpError) {
      time += answer.message === 'slow' ? timeLimit : 0;
      return Promise.reject(answer);
    }
    time += answer.takes ?? 0;
    return Promise.resolve({ status: answer.status, headers: { 'retry-after': answer.retryAfter }, body: '' });
  };
  const isTransient = (status: number): boolean => status === 429 || status === 503;
  let result: number | string;
  try {
    result = (await withRetries({ clock, random: () => random }, { attempt, isTransient, onNotice: (notice) => notices.push(notice), total })).status;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    result = error.message;
  }
  assert.equal(count, limits.length);
  return { result, sleeps, limits, notices };
}

const slow = new HttpError('slow', true);
const reset = new HttpError('reset', true);

describe('retries', () => {
  it('stop at the first good answer', async () => {
    const { result, sleeps, limits, notices } = await tried([{ status: 503 }, reset, { status: 200 }]);
    assert.equal(result, 200);
    assert.deepEqual(sleeps, [500, 1000]);
    assert.deepEqual(limits, [15_000, 15_000, 15_000]);
    assert.deepEqual(notices, ['answered 503; trying again in 0.5 s (1 of 4 tries)', 'reset; trying again in 1.0 s (2 of 4 tries)']);
  });

  it('leave every other status alone', async () => {
    for (const status of [200, 400, 401, 403, 500]) assert.deepEqual((await tried([{ status }])).sleeps, []);
  });

  it('leave an error alone that will not pass', async () => {
    assert.equal((await tried([new HttpError('too large', false)])).result, 'too large');
  });

  it('end after four tries with what came last', async () => {
    assert.equal((await tried([reset, reset, reset, { status: 503 }])).result, 503);
    assert.equal((await tried([{ status: 503 }, reset, reset, reset])).result, 'reset');
  });

  it('spread over the whole of a growing delay', async () => {
    assert.deepEqual((await tried([reset, reset, reset, reset], 0)).sleeps, [0, 0, 0]);
    assert.deepEqual((await tried([reset, reset, reset, reset], 0.999)).sleeps, [999, 1998, 3996]);
  });

  it('wait as long as the server says', async () => {
    const date = 'Sun, 01 Nov 2026 12:00:09 GMT';
    assert.deepEqual((await tried([{ status: 429, retryAfter: '7' }, { status: 200 }])).sleeps, [7_000]);
    assert.deepEqual((await tried([{ status: 429, retryAfter: '0' }, { status: 200 }])).sleeps, [0]);
    assert.deepEqual((await tried([{ status: 429, retryAfter: date }, { status: 200 }])).sleeps, [9_000]);
    assert.deepEqual((await tried([{ status: 429, retryAfter: 'Sun, 01 Nov 2026 11:00:00 GMT' }, { status: 200 }])).sleeps, [0]);
    assert.deepEqual((await tried([{ status: 429, retryAfter: 'soon' }, { status: 200 }])).sleeps, [500]);
  });

  it('do not begin a wait that would end too late', async () => {
    const notices = ['answered 429 and asks to wait for 61 s, which is longer than a step waits'];
    assert.deepEqual(await tried([{ status: 429, retryAfter: '61' }]), { result: 429, sleeps: [], limits: [15_000], notices });
    assert.deepEqual((await tried([{ status: 503, takes: 50_000 }, { status: 503, retryAfter: '30' }])).notices.length, 1);
  });

  it('take no more time than they are given', async () => {
    const { result, limits } = await tried([slow, slow], 0.5, 16_000);
    assert.equal(result, 'slow');
    assert.deepEqual(limits, [15_000, 500]);
  });

  it('take nothing else for a date', async () => {
    for (const retryAfter of ['-1', '1.5', 'soon', '2026-11-01', '']) {
      assert.deepEqual((await tried([{ status: 503, retryAfter }, { status: 200 }])).sleeps, [500], retryAfter);
    }
  });

  it('take no more than a minute in all', async () => {
    const { result, limits, sleeps } = await tried([slow, { status: 503, retryAfter: '40' }, slow]);
    assert.equal(result, 'slow');
    assert.deepEqual(limits, [15_000, 15_000, 4_500]);
    assert.deepEqual(sleeps, [500, 40_000]);
  });
});
