// The main step's story: from the inputs of the step to a token in its outputs, or to a reason why there is none.

import { askBrokers, requireReachable, tokenIn } from './broker.ts';
import type { Core, Granted, Inputs, Outcome, Prepared, RunContext, TokenRequest } from './core.ts';
import type { Effects } from './effects.ts';
import { Failure, wordsOf } from './failure.ts';
import { githubApiUrl } from './github.ts';
import { describeGrant, outputsOf, type Grant } from './grant.ts';
import { announceIdToken, unverifiedClaims } from './id-token.ts';
import { hasIdTokenEndpoint, whyNoIdToken } from './no-id-token.ts';
import { offerRefresh, prepareRefresh, withdrawRefresh, type CommandHost, type Place } from './offer-refresh.ts';
import { refuseBothForms, translatedPermissions } from './other-actions.ts';
import { waitUntilReady } from './readiness.ts';
import { refusal } from './refusal.ts';
import { revoke } from './revocation.ts';
import type { AwsEffects } from './role.ts';
import type { Runner } from './runner.ts';
import { Secret } from './secret.ts';
import type { Settings } from './token-store.ts';
import { decisionSummary, grantSummary, refusalSummary, subjectsTitle } from './summary.ts';

export interface RequestEffects extends AwsEffects {
  readonly loadCore: () => Core;
  /** What runs the command of `refresh: true`. */
  readonly command: CommandHost;
}

/** Throws a `Failure` whenever the workflow does not get exactly the token that it asked for, or in a dry run would not. */
export async function requestToken(effects: RequestEffects): Promise<void> {
  const { runner } = effects;
  runner.requireFiles('GITHUB_OUTPUT', 'GITHUB_STATE');
  githubApiUrl(runner);
  announceIdToken(effects);
  const core = effects.loadCore();
  const context = contextOf(runner);
  const { request, appServers, ...wishes } = accepted(runner, core.prepare(inputsOf(runner), context));
  if (wishes.refresh) runner.requireFiles('GITHUB_PATH', 'GITHUB_ENV');
  appServers.forEach(requireReachable);
  if (wishes.ifUnavailable === 'skip' && !hasIdTokenEndpoint(runner)) {
    runner.notice({ title: 'No access token', message: `this step ends without one: ${whyNoIdToken(runner)}` });
    runner.setOutput('token', '');
    return;
  }

  const place = wishes.refresh ? prepareRefresh(runner, effects.command, wishes.id) : undefined;
  const { response, idToken } = await askBrokers(effects, {
    appServers,
    request,
    onSent: () => {
      if (wishes.waitUntilReady && request.dry_run !== true) effects.http.announce?.(githubApiUrl(runner));
      warmUp(core, request);
    },
  });
  const token = tokenIn(response);
  if (token !== undefined) runner.mask(token);

  try {
    if (token?.isUsable() === true) keepForPost(runner, token);
    const outcome = core.settle({
      request,
      repository: context.repository,
      claims: unverifiedClaims(idToken),
      status: response.status,
      body: response.body,
      contentType: response.headers['content-type'],
    });
    if (outcome.kind === 'wouldGrant') {
      tellDecision(runner, outcome.reasons);
      return;
    }
    const grant = grantOf(runner, outcome, token);
    const { waitUntilReady: shallWait } = wishes;
    if (place !== undefined) offer(effects, grant, place, { request, appServers, repository: context.repository, waitUntilReady: shallWait });
    handOver(runner, grant);
    if (place !== undefined) runner.info(`A good token at any time: access-token --id ${place.id}`);
  } catch (error) {
    // First, so that no step gets by it what is about to be revoked.
    if (place !== undefined) withdraw(runner, place);
    if (token?.isUsable() === true) await takeBack(effects, token);
    throw error;
  }
  // The post step revokes what is in its state.
  if (wishes.skipTokenRevoke) runner.saveState('token', '');
  if (token !== undefined && wishes.waitUntilReady) await waitUntilReady(effects, token);
}

/**
 * Does once, for nothing, what the answer will need, while the broker decides: loading `node:crypto` and compiling what
 * the core reads answers with take 5 ms each.
 */
function warmUp(core: Core, request: TokenRequest): void {
  new Secret('').hash();
  core.settle({ request, status: 200, body: '{"token":"none"}' });
}

function inputsOf(runner: Runner): Inputs {
  return {
    permissions: runner.input('permissions'),
    repository: runner.input('repository'),
    repositories: runner.input('repositories'),
    owner: runner.input('owner'),
    appServer: runner.input('app-server'),
    scope: runner.input('scope'),
    skipTokenRevoke: runner.input('skip-token-revoke'),
    dryRun: runner.input('dry-run'),
    ifUnavailable: runner.input('if-unavailable'),
    waitUntilReady: runner.input('wait-until-ready'),
    refresh: runner.input('refresh'),
    id: runner.input('id'),
  };
}

function contextOf(runner: Runner): RunContext {
  return {
    repository: runner.variable('GITHUB_REPOSITORY') || undefined,
    eventName: runner.variable('GITHUB_EVENT_NAME') || undefined,
  };
}

function accepted(runner: Runner, prepared: Prepared): Extract<Prepared, { ok: true }> {
  refuseBothForms(runner);
  if (prepared.ok) return prepared;
  const translated = runner.input('permissions') === '' ? translatedPermissions(runner) : undefined;
  throw new Failure(
    prepared.problems.map(({ input, message, help: ofCore }) => {
      const help = input === 'permissions' ? (translated ?? ofCore) : ofCore;
      return { message: `input \`${input}\`: ${message}${help === undefined ? '' : `\n${help}`}` };
    }),
  );
}

/** A dry run's yes: what grants each part of the request. */
function tellDecision(runner: Runner, reasons: readonly string[]): void {
  runner.info(['The broker would grant this:', ...reasons.map((reason) => `- ${reason}`)].join('\n'));
  runner.info('This was a dry run: no token was made, and the outputs are empty');
  runner.summarize(decisionSummary(reasons));
}

/** The grant, if the outcome is one and is about the token in our hands. */
function grantOf(runner: Runner, outcome: Exclude<Outcome, { kind: 'wouldGrant' }>, token: Secret | undefined): Grant {
  switch (outcome.kind) {
    case 'granted':
      return grantWith(outcome, token);
    case 'refused': {
      runner.summarize(refusalSummary(outcome));
      const { subjects = [] } = outcome;
      if (subjects.length > 0) runner.group(subjectsTitle, subjects);
      throw refusal(outcome);
    }
    case 'mismatch':
    case 'malformed':
      throw new Failure(outcome.message);
  }
}

function grantWith(granted: Granted, token: Secret | undefined): Grant {
  if (token?.isUsable() === true && token.reveal() === granted.token) return { ...granted, token };
  throw new Failure('the token in the answer of the broker is not usable');
}

function keepForPost(runner: Runner, token: Secret): void {
  runner.saveState('token', token.reveal());
  runner.saveState('token-hash', token.hash());
}

function handOver(runner: Runner, grant: Grant): void {
  runner.saveState('expires-at', grant.expiresAt);
  for (const [name, value] of outputsOf(grant)) runner.setOutput(name, value);
  runner.setOutput('token', grant.token.reveal());
  runner.info(describeGrant(grant));
  runner.summarize(grantSummary(grant));
  if (grant.appSlug !== undefined && grant.gitEmail === undefined) {
    runner.notice({ message: 'the broker could not find out whom commits are attributed to, so the outputs `git-name` and `git-email` are empty' });
  }
}

type Asking = Pick<Settings, 'request' | 'appServers' | 'repository' | 'waitUntilReady'>;

/** Leaves the command `access-token` to the steps that follow. */
function offer({ runner, clock }: RequestEffects, grant: Grant, place: Place, asking: Asking): void {
  const { owner, repositories, token, expiresAt } = grant;
  const serverUrl = runner.variable('GITHUB_SERVER_URL') || 'https://github.com';
  const settings = { ...asking, githubApiUrl: githubApiUrl(runner), serverUrl, owner, repositories };
  offerRefresh(runner, place, { settings, token, expiresAt }, clock.now());
}

function withdraw(runner: Runner, place: Place): void {
  try {
    withdrawRefresh(place);
  } catch (error) {
    runner.warning({ message: `the command \`access-token\` may work until the job ends, although this step fails: ${wordsOf(error)}` });
  }
}

/** A token that did not reach the workflow is revoked at once; where that fails, the post step tries again. */
async function takeBack(effects: Effects, token: Secret): Promise<void> {
  const { runner } = effects;
  const revocation = await revoke(effects, token);
  if (revocation.ok) {
    runner.info(`The token ${token.hash()} was revoked`);
    forget(runner);
  } else {
    runner.warning({ message: `the token ${token.hash()} could not be revoked yet: ${revocation.reason}` });
  }
}

/** What led here may be that state cannot be written. Then that is told, and the post step finds the token gone. */
function forget(runner: Runner): void {
  try {
    runner.saveState('token', '');
  } catch {
    // Told by who calls.
  }
}
