import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hasIdTokenEndpoint, whyNoIdToken } from '../src/no-id-token.ts';
import { fakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';

const workflow = 'octo-org/app/.github/workflows/build.yml@refs/heads/main';
const own = { GITHUB_WORKFLOW_REF: workflow, ...inputs({ 'job-workflow-ref': workflow }) };
const lines = 'permissions:\n  contents: read # and whatever else the job itself needs\n  id-token: write';

function why(environment: Record<string, string>, event?: object): string {
  const { runner } = fakeStep({}).effects;
  const GITHUB_EVENT_PATH = runner.variable('GITHUB_OUTPUT');
  writeFileSync(GITHUB_EVENT_PATH, JSON.stringify(event ?? {}));
  return whyNoIdToken(fakeStep({ ...own, GITHUB_EVENT_PATH, ...environment }).effects.runner);
}

function pullRequest(repo: object | null, login = 'octocat'): object {
  return { repository: { full_name: 'octo-org/app' }, pull_request: { head: { repo }, user: { login } } };
}

const ownRepository = { full_name: 'octo-org/app' };
const missing = `this job may not ask GitHub for an OIDC token; add these three lines to the job\n${lines}`;

describe('a job without an OIDC token', () => {
  it('is known by what the runner does not set', () => {
    const endpoint = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' };
    assert.ok(hasIdTokenEndpoint(fakeStep(endpoint).effects.runner));
    assert.ok(!hasIdTokenEndpoint(fakeStep({ ...endpoint, ACTIONS_ID_TOKEN_REQUEST_URL: '' }).effects.runner));
    assert.ok(!hasIdTokenEndpoint(fakeStep({ ...endpoint, ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }).effects.runner));
  });

  it('lacks a permission, and is shown the lines to add', () => {
    assert.equal(why({}), missing);
    assert.equal(why({ GITHUB_EVENT_NAME: 'push' }), missing);
    assert.equal(why({ GITHUB_EVENT_NAME: 'pull_request' }, pullRequest(ownRepository)), missing);
    assert.equal(why({ GITHUB_EVENT_NAME: 'pull_request_target' }, pullRequest({ full_name: 'octocat/app' })), missing);
    assert.equal(why({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: '/nowhere' }), missing);
  });

  it('may be of a fork', () => {
    for (const repo of [{ full_name: 'octocat/app' }, null]) {
      for (const event of ['pull_request', 'pull_request_review', 'pull_request_review_comment']) {
        assert.equal(
          why({ GITHUB_EVENT_NAME: event }, pullRequest(repo)),
          `GitHub gives no OIDC token to a \`${event}\` workflow of a fork, so this step cannot get an access token here\n` +
            'to let the job go on without one, give the step the input `if-unavailable: skip`; to leave out the step itself, give it\n' +
            `if: github.event_name != '${event}' || github.event.pull_request.head.repo.full_name == github.repository`,
        );
      }
    }
  });

  it('is not told how to skip the step where that is what happens', () => {
    const skip = inputs({ 'job-workflow-ref': workflow, 'if-unavailable': ' Skip ' });
    assert.equal(
      why({ ...skip, GITHUB_EVENT_NAME: 'pull_request' }, pullRequest({ full_name: 'octocat/app' })),
      'GitHub gives no OIDC token to a `pull_request` workflow of a fork, so this step cannot get an access token here',
    );
    assert.equal(
      why({ ...skip, GITHUB_EVENT_NAME: 'push', GITHUB_ACTOR: 'dependabot[bot]' }),
      `Dependabot started this run, and GitHub lets its runs ask for an OIDC token only where the job itself has these lines\n${lines}`,
    );
  });

  it('may be one that Dependabot started', () => {
    const told =
      'Dependabot started this run, and GitHub lets its runs ask for an OIDC token only where the job itself has these lines\n' +
      `${lines}\n` +
      'if it has them, or to let the job go on without a token, give the step the input `if-unavailable: skip`; to leave out the step itself, give it\n' +
      "if: github.actor != 'dependabot[bot]'";
    const actor = { GITHUB_ACTOR: 'dependabot[bot]' };
    for (const event of ['push', 'pull_request', 'pull_request_review', 'create', 'deployment', 'deployment_status']) {
      assert.equal(why({ ...actor, GITHUB_EVENT_NAME: event }, pullRequest(ownRepository, 'dependabot[bot]')), told, event);
    }
    const target = { ...actor, GITHUB_EVENT_NAME: 'pull_request_target' };
    assert.equal(why(target, pullRequest(ownRepository, 'dependabot[bot]')), told);
    assert.equal(why(target, pullRequest(ownRepository, 'octocat')), missing);
    assert.equal(why({ ...actor, GITHUB_EVENT_NAME: 'schedule' }), missing);
    assert.equal(why({ ...actor, GITHUB_ACTOR: 'octocat', GITHUB_EVENT_NAME: 'push' }), missing);
  });

  it('may be of a reusable workflow whose caller allows too little', () => {
    const called = 'octo-org/workflows/.github/workflows/deploy.yml@refs/tags/v1';
    assert.equal(
      why(inputs({ 'job-workflow-ref': called })),
      `this job of the reusable workflow \`${called}\` may not ask GitHub for an OIDC token; it can do no more than its caller allows: ` +
        `add these three lines to the job of \`${workflow}\` that calls it\n${lines}\nand to the job itself, if that has \`permissions\` of its own`,
    );
  });

  it('may be of one where the runner does not tell', () => {
    assert.equal(why(inputs({ 'job-workflow-ref': '' })), `${missing}\nif another workflow calls this one, add them to the job that calls it, too`);
  });
});
