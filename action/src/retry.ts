// When to try a request again, and when to stop.

import type { Clock } from './clock.ts';
import { HttpError, type HttpResponse } from './http.ts';

export interface RetryEffects {
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
}

/** What is tried: one attempt within its time limit, the statuses worth another try, and who is told about it. */
export interface Tries {
  readonly attempt: (timeLimit: number) => Promise<HttpResponse>;
  readonly isTransient: (status: number) => boolean;
  readonly onNotice: (notice: string) => void;
  /** How long the whole may take, in milliseconds, if that is less than usual. */
  readonly total?: number;
}

/** The whole takes at most 60 s, of which one try takes at most 15 s. */
export const limits = { tries: 4, total: 60_000, oneTry: 15_000, firstDelay: 1_000, longestDelay: 16_000 } as const;

/**
 * The first answer that is not transient, or else the last one.
 *
 * Waits with exponential backoff and full jitter, or as long as the server's `retry-after` says. Rejects with the last
 * `HttpError` if there was no answer at all.
 */
export async function withRetries({ clock, random }: RetryEffects, tries: Tries): Promise<HttpResponse> {
  const end = clock.elapsed() + Math.min(limits.total, tries.total ?? limits.total);
  for (let count = 1; ; count += 1) {
    const outcome = await outcomeOf(tries.attempt(Math.min(limits.oneTry, end - clock.elapsed())));
    const problem = outcome instanceof HttpError ? outcome.message : `answered ${outcome.status}`;
    const isTransient = outcome instanceof HttpError ? outcome.isTransient : tries.isTransient(outcome.status);
    const delay = delayAfter(outcome, random() * Math.min(limits.longestDelay, limits.firstDelay * 2 ** (count - 1)), clock);
    if (!isTransient || count === limits.tries || clock.elapsed() + delay >= end) {
      if (isTransient && delay > limits.total) {
        tries.onNotice(`${problem} and asks to wait for ${Math.ceil(delay / 1000)} s, which is longer than a step waits`);
      }
      if (outcome instanceof HttpError) throw outcome;
      return outcome;
    }
    tries.onNotice(`${problem}; trying again in ${(delay / 1000).toFixed(1)} s (${count} of ${limits.tries} tries)`);
    await clock.sleep(delay);
  }
}

async function outcomeOf(attempt: Promise<HttpResponse>): Promise<HttpResponse | HttpError> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

/** The server's `retry-after` in seconds or as a date (RFC 9110, 10.2.3), else the backoff. */
function delayAfter(outcome: HttpResponse | HttpError, backoff: number, clock: Clock): number {
  const retryAfter = outcome instanceof HttpError ? undefined : outcome.headers['retry-after']?.trim();
  if (retryAfter === undefined || retryAfter === '') return backoff;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  // `Date.parse` takes `-1` and `1.5` for dates, too.
  const date = /^[A-Z][a-z]{2}/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(date) ? backoff : Math.max(0, date - clock.now());
}
