// A token that is good now: the one that is there, or a new one of the same kind.

import { askBrokers, tokenIn } from './broker.ts';
import type { Core, Outcome } from './core.ts';
import { Failure, wordsOf } from './failure.ts';
import { announceIdToken, unverifiedClaims } from './id-token.ts';
import { acquire, type Hold, type LockEffects } from './lock.ts';
import { waitUntilReady } from './readiness.ts';
import { refusal } from './refusal.ts';
import { revoke } from './revocation.ts';
import type { AwsEffects } from './role.ts';
import type { Secret } from './secret.ts';
import type { TokenStore } from './token-store.ts';

export interface RefreshEffects extends AwsEffects, LockEffects {
  readonly loadCore: () => Core;
}

/** How long another process may take that asks already, and how long where the old token would do; in milliseconds. */
const patience = { all: 120_000, some: 20_000 } as const;

/** How long a token must be good that is given out where no other can be had, in milliseconds. */
const leastTime = 2 * 60_000;

/** The token that the store has, or a new one. Of several processes that need a new one, one asks and the others wait. */
export async function validToken(effects: RefreshEffects, store: TokenStore): Promise<Secret> {
  const token = ready(effects, store);
  if (token !== undefined) return token;
  const time = store.current(effects.clock.now(), leastTime) === undefined ? patience.all : patience.some;
  const hold = await acquire(store.directory, time, effects);
  if (hold === undefined) {
    const message = `another process has been asking for this token for ${time / 1000} s: expected it to be done by then`;
    return lastResort(effects, store, new Failure(message, { isTransient: true }));
  }
  try {
    return ready(effects, store) ?? (await ask(effects, store, hold));
  } catch (error) {
    return lastResort(effects, store, error);
  } finally {
    hold.release();
  }
}

/** The old token, as long as it is good, where a new one cannot be had at this moment. */
function lastResort({ runner, clock }: RefreshEffects, store: TokenStore, error: unknown): Secret {
  const isTransient = error instanceof Failure && error.help.isTransient === true;
  const token = isTransient && !store.isClosed() ? store.current(clock.now(), leastTime) : undefined;
  if (token === undefined) throw error;
  runner.conceal(token);
  const minutes = Math.floor(((store.endOf(token) ?? 0) - clock.now()) / 60_000);
  runner.warning({ message: `the token that is given out ends in ${minutes} min, since there is no new one: ${wordsOf(error)}` });
  return token;
}

function ready({ runner, clock }: RefreshEffects, store: TokenStore): Secret | undefined {
  if (store.isClosed()) throw new Failure('the job is at its end and its tokens are revoked: expected to be called by a step before that');
  const token = store.current(clock.now());
  if (token !== undefined) runner.conceal(token);
  return token;
}

async function ask(given: RefreshEffects, store: TokenStore, hold: Hold): Promise<Secret> {
  const { request, appServers, repository, githubApiUrl, waitUntilReady: shallWait } = store.settings();
  const effects = { ...given, runner: given.runner.withInput('github-api-url', githubApiUrl) };
  const { runner, clock } = effects;
  announceIdToken(effects);
  // Before there is a token: from the answer on, every moment until it is in the store is one in which it could be lost.
  const core = effects.loadCore();
  const onSent = (): void => {
    if (shallWait) effects.http.announce?.(githubApiUrl);
  };
  const { response, idToken } = await askBrokers(effects, { appServers, request, onSent });
  const token = tokenIn(response);
  if (token !== undefined) runner.mask(token);
  try {
    const outcome = core.settle({
      request,
      repository,
      claims: unverifiedClaims(idToken),
      status: response.status,
      body: response.body,
      contentType: response.headers['content-type'],
    });
    const { expiresAt, text } = grantedBy(outcome);
    if (token?.isUsable() !== true || token.reveal() !== text) throw new Failure('the token in the answer of the broker is not usable');
    // The post step has looked, or another process has taken this one for dead: nobody else would revoke the token.
    if (store.isClosed()) throw new Failure('the job came to its end while a token was on its way');
    if (!hold.isHeld()) throw new Failure('another process asked for this token at the same time: expected to be the only one', { isTransient: true });
    store.add(token, expiresAt, clock.now());
  } catch (error) {
    if (token?.isUsable() === true) await revoke(effects, token);
    throw error;
  }
  if (shallWait) await waitUntilReady(effects, token);
  return token;
}

function grantedBy(outcome: Outcome): { readonly expiresAt: string; readonly text: string } {
  switch (outcome.kind) {
    case 'granted':
      return { expiresAt: outcome.expiresAt, text: outcome.token };
    case 'refused':
      throw refusal(outcome);
    case 'wouldGrant':
      throw new Failure('the broker answered with a decision, expected a token');
    case 'mismatch':
    case 'malformed':
      throw new Failure(outcome.message);
  }
}
