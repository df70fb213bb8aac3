// Everything a story touches outside itself, as one object, so that a test can pass fakes.

import { systemClock } from './clock.ts';
import { reportFailure } from './failure.ts';
import { nodeHttp, type Http } from './http.ts';
import type { RetryEffects } from './retry.ts';
import { Runner, type RunnerHost } from './runner.ts';

export interface Effects extends RetryEffects {
  readonly runner: Runner;
  readonly http: Http;
}

/** The runner of this process. */
export function processHost(): RunnerHost {
  return {
    environment: process.env,
    write: (text) => {
      process.stdout.write(text);
    },
    // Loaded where it is needed: the post step has nothing to write, and loading takes 5 ms.
    uuid: () => process.getBuiltinModule('node:crypto').randomUUID(),
  };
}

/** The effects of a process that a runner started. */
export function processEffects(): Effects {
  return {
    runner: new Runner(processHost()),
    http: nodeHttp(process.env),
    clock: systemClock,
    random: () => Math.random(),
  };
}

/** Runs a story to its end: whatever it throws, even while loading, ends as an error annotation and exit code 1. */
export async function tell<E extends { readonly runner: Runner }>(story: (effects: E) => Promise<void>, effects: E): Promise<void> {
  const fail = (thrown: unknown): void => {
    process.exitCode = 1;
    reportFailure(effects.runner, thrown);
  };
  process.on('uncaughtException', fail);
  await story(effects).catch(fail);
}

/**
 * Ends a process that has told its story: it need not wait for connections to close and for what V8 still optimizes. What was
 * printed leaves first, since Windows writes to pipes in the background.
 */
export function leave(): void {
  process.stdout.write('', () => process.exit());
}
