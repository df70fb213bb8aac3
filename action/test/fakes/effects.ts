// The effects of a story, faked: a runner whose output is kept, answers from a script, and a clock that only sleeping moves.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClosingEffects } from '../../src/close-store.ts';
import { HttpError, type HttpRequest, type HttpResponse } from '../../src/http.ts';
import type { RequestEffects } from '../../src/request-token.ts';
import { Runner } from '../../src/runner.ts';
import { fakeCore } from './core.ts';
import { entriesOf } from './step.ts';

export interface FakeStep {
  readonly effects: RequestEffects & ClosingEffects;
  readonly printed: string[];
  readonly requests: HttpRequest[];
  readonly sleeps: number[];
  readonly outputs: () => Record<string, string>;
  readonly state: () => Record<string, string>;
  readonly summary: () => string;
  readonly exported: () => Record<string, string>;
  /** What `RUNNER_TEMP` is. */
  readonly temporary: string;
}

type Answer = Partial<HttpResponse> | HttpError;

/** A step with this environment, whose requests get these answers one after the other. */
export function fakeStep(environment: Record<string, string>, answers: readonly Answer[] = []): FakeStep {
  const folder = mkdtempSync(join(tmpdir(), 'access-token-fake-'));
  const file = (name: string): string => join(folder, name);
  for (const name of ['output', 'state', 'summary', 'path', 'environment']) writeFileSync(file(name), '');
  const files = {
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_PATH: file('path'),
    GITHUB_ENV: file('environment'),
    RUNNER_TEMP: folder,
  };
  const step = { printed: [] as string[], requests: [] as HttpRequest[], sleeps: [] as number[] };
  const left = [...answers];
  let time = 0;
  const effects: RequestEffects & ClosingEffects = {
    runner: new Runner({ environment: { ...files, ...environment }, write: (text) => step.printed.push(text.trimEnd()), uuid: randomUUID }),
    http: (request) => {
      step.requests.push(request);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`nobody expected ${request.method} ${request.url}`);
      return answer instanceof HttpError
        ? Promise.reject(answer)
        : Promise.resolve({ status: 200, headers: {}, body: '', ...answer });
    },
    clock: {
      elapsed: () => time,
      now: () => Date.parse('2026-11-01T12:00:00Z') + time,
      sleep: (milliseconds) => {
        step.sleeps.push(milliseconds);
        time += milliseconds;
        return Promise.resolve();
      },
    },
    random: () => 0.5,
    loadCore: () => fakeCore,
    loadAws: () => import('../../src/aws.ts'),
    command: { node: 'node', script: 'refresh.js', platform: process.platform },
    pid: process.pid,
    isAlive: () => true,
  };
  return {
    ...step,
    effects,
    outputs: () => entriesOf(readFileSync(file('output'), 'utf8')),
    state: () => entriesOf(readFileSync(file('state'), 'utf8')),
    summary: () => readFileSync(file('summary'), 'utf8'),
    exported: () => entriesOf(readFileSync(file('environment'), 'utf8')),
    temporary: folder,
  };
}
