// A new token takes a moment until all of GitHub knows it; a step that uses it at once would be refused.

import type { Effects } from './effects.ts';
import { wordsOf } from './failure.ts';
import { githubApiUrl, githubHeaders } from './github.ts';
import { HttpError } from './http.ts';
import type { Secret } from './secret.ts';

/**
 * How long GitHub is asked, how long after the first time it is asked again (then the pause doubles), and what is left for the last
 * time. In milliseconds.
 */
export const patience = { total: 5_000, firstPause: 100, lastTry: 500 } as const;

/** What GitHub Enterprise Server answers with status 404 where its rate limits are switched off; it knows the token then. */
const noRateLimits = 'Rate limiting is not enabled';

/**
 * Asks GitHub for something that is free and needs a valid token, until it knows the token. A courtesy: where that cannot
 * be found out, a warning says so.
 *
 * <https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user>
 */
export async function waitUntilReady(effects: Effects, token: Secret): Promise<void> {
  const { runner, clock } = effects;
  const begin = clock.elapsed();
  const end = begin + patience.total;
  for (let pause: number = patience.firstPause; ; pause *= 2) {
    const obstacle = await look(effects, token, end - clock.elapsed());
    if (obstacle === undefined) {
      if (pause > patience.firstPause) runner.info(`GitHub knows the token after ${seconds(clock.elapsed() - begin)}`);
      return;
    }
    const left = end - patience.lastTry - clock.elapsed();
    if (!obstacle.mayPass || left <= 0) {
      runner.warning({ message: `the token may not work at once: after ${seconds(clock.elapsed() - begin)}, ${obstacle.reason}` });
      return;
    }
    await clock.sleep(Math.min(pause, left));
  }
}

interface Obstacle {
  readonly reason: string;
  readonly mayPass: boolean;
}

/** What stands between the token and its use; nothing when GitHub knows it. */
async function look({ runner, http }: Effects, token: Secret, timeLimit: number): Promise<Obstacle | undefined> {
  try {
    const url = `${githubApiUrl(runner)}/rate_limit`;
    const { status, body } = await http({ method: 'GET', url, headers: githubHeaders(token) }, timeLimit);
    if (status === 200 || (status === 404 && body.includes(noRateLimits))) return undefined;
    return { reason: `GitHub answered ${status} to it`, mayPass: status >= 401 };
  } catch (error) {
    return { reason: `GitHub could not be asked: ${wordsOf(error)}`, mayPass: error instanceof HttpError && error.isTransient };
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
