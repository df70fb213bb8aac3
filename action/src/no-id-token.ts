// Why a job can have no OIDC token, as far as its step can know, and what to do about it.

import type { Runner } from './runner.ts';

const permissions = 'permissions:\n  contents: read # and whatever else the job itself needs\n  id-token: write';

/**
 * The events for which GitHub gives a run that Dependabot started a read-only token.
 *
 * <https://docs.github.com/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions>
 */
const dependabotEvents = [
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'push',
  'create',
  'deployment',
  'deployment_status',
];

/** Whether the runner has an endpoint for OIDC tokens for this job. */
export function hasIdTokenEndpoint(runner: Runner): boolean {
  return runner.variable('ACTIONS_ID_TOKEN_REQUEST_URL') !== '' && runner.variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN') !== '';
}

/** Where there is no such endpoint: the reason, and on the lines that follow what to do, unless the step does it already. */
export function whyNoIdToken(runner: Runner): string {
  const eventName = runner.variable('GITHUB_EVENT_NAME');
  const event = runner.event();
  // `pull_request_target` runs with the permissions of the base repository.
  if (eventName.startsWith('pull_request') && eventName !== 'pull_request_target' && isFromFork(event)) {
    const reason = `GitHub gives no OIDC token to a \`${eventName}\` workflow of a fork, so this step cannot get an access token here`;
    // The workflow may run for other events, too, which have no `pull_request`.
    const unlessFork = `github.event_name != '${eventName}' || github.event.pull_request.head.repo.full_name == github.repository`;
    return reason + orSkip(runner, { toSkip: 'to let the job go on without one', condition: unlessFork });
  }
  if (isOfDependabot(runner, eventName, event)) {
    const reason = `Dependabot started this run, and GitHub lets its runs ask for an OIDC token only where the job itself has these lines\n${permissions}`;
    const toSkip = 'if it has them, or to let the job go on without a token';
    return reason + orSkip(runner, { toSkip, condition: "github.actor != 'dependabot[bot]'" });
  }
  const [workflow, caller] = [runner.input('job-workflow-ref'), runner.variable('GITHUB_WORKFLOW_REF')];
  if (workflow !== '' && caller !== '' && workflow !== caller) {
    return (
      `this job of the reusable workflow \`${workflow}\` may not ask GitHub for an OIDC token; ` +
      `it can do no more than its caller allows: add these three lines to the job of \`${caller}\` that calls it\n` +
      `${permissions}\n` +
      'and to the job itself, if that has `permissions` of its own'
    );
  }
  const called = workflow === '' ? '\nif another workflow calls this one, add them to the job that calls it, too' : '';
  return `this job may not ask GitHub for an OIDC token; add these three lines to the job\n${permissions}${called}`;
}

/** How to go on where there can be no token; nothing for a workflow that says so already. */
function orSkip(runner: Runner, { toSkip, condition }: { readonly toSkip: string; readonly condition: string }): string {
  if (runner.input('if-unavailable').toLowerCase() === 'skip') return '';
  return `\n${toSkip}, give the step the input \`if-unavailable: skip\`; to leave out the step itself, give it\nif: ${condition}`;
}

interface PullRequestEvent {
  readonly repository?: { readonly full_name?: string };
  readonly pull_request?: {
    readonly head?: { readonly repo?: { readonly full_name?: string } | null };
    readonly user?: { readonly login?: string } | null;
  };
}

/** A pull request whose head repository is another one, or is gone. */
function isFromFork(event: unknown): boolean {
  const { repository, pull_request: pullRequest } = asPullRequest(event);
  return pullRequest !== undefined && pullRequest.head?.repo?.full_name !== repository?.full_name;
}

/** `GITHUB_ACTOR` stays the one who started the run when somebody else runs it again, and so do the restrictions. */
function isOfDependabot(runner: Runner, eventName: string, event: unknown): boolean {
  const dependabot = 'dependabot[bot]';
  if (runner.variable('GITHUB_ACTOR') !== dependabot) return false;
  if (eventName === 'pull_request_target') return asPullRequest(event).pull_request?.user?.login === dependabot;
  return dependabotEvents.includes(eventName);
}

function asPullRequest(event: unknown): PullRequestEvent {
  return typeof event === 'object' && event !== null ? event : {};
}
