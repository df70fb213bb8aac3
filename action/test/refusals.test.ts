// What a workflow gets to see when it gets no token: the main step as it is shipped.

import { describe } from 'node:test';
import { asked, claims, idToken, json, requestToken, says, scenario, type Scenario } from './fakes/scenario.ts';

const subjects = [claims.sub, 'repo:octo-org@65/app@7:ref:refs/heads/main'];
const issue = { owner: 'octo-org', repository: 'website', permission: 'contents', level: 'write', code: 'not-granted-by-repository-policy' };
const words = 'Issues:\n- octo-org/website:\n  - contents: write - Not authorized';
const denial = {
  requestId: 'request-1',
  status: 403,
  error: 'Forbidden',
  message: `${words}\nEffective OIDC token subjects:\n${subjects.map((subject) => `- ${subject}`).join('\n')}`,
  issues: [issue],
  effective_subjects: subjects,
};
const hint = [
  'To allow `contents: write`, add to the list `statements` of `.github/access-token.yaml` in `octo-org/website`:',
  '',
  '  - subjects:',
  '      - repo:octo-org/app:ref:refs/heads/main',
  '    permissions:',
  '      contents: write',
].join('\n');
const noEndpoint = { ACTIONS_ID_TOKEN_REQUEST_URL: '' };
const workflow = 'octo-org/app/.github/workflows/build.yml@refs/heads/main';
const data = (text: string): string => text.replaceAll('\n', '%0A');
const block = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;

function denied(body: object): Pick<Scenario, 'script' | 'exitCode' | 'requests'> {
  return { script: { 'POST /prefix/access_tokens': [json(403, body)] }, exitCode: 1, requests: asked };
}

describe('a denial', () => {
  scenario('shows the reasons, what to do, and folded away what the job counts as', {
    ...denied(denial),
    stdout: [
      says.idToken,
      says.asking,
      '::group::What this job counts as (its effective subjects)',
      ...subjects,
      '::endgroup::',
      `::error title=Access token refused::${data(words)}`,
      `::notice title=What to do about it::${data(hint)}`,
      'Request id: request-1',
    ],
    summary: [
      '### Access token refused',
      block(words),
      block(hint),
      `<details><summary>What this job counts as (its effective subjects)</summary>\n\n${block(subjects.join('\n'))}\n\n</details>`,
    ].join('\n\n'),
    bearers: [requestToken, idToken],
  });

  scenario('by a broker that says little is completed from the claims', {
    ...denied({ status: 403, message: 'no' }),
    stdout: [
      says.idToken,
      says.asking,
      '::group::What this job counts as (its effective subjects)',
      claims.sub,
      '::endgroup::',
      '::error title=Access token refused::no',
      `::notice title=What to do about it::${data(`${guess('docs')}\n\n${guess('website')}`)}`,
    ],
    summary: [
      '### Access token refused',
      block('no'),
      block(`${guess('docs')}\n\n${guess('website')}`),
      `<details><summary>What this job counts as (its effective subjects)</summary>\n\n${block(claims.sub)}\n\n</details>`,
    ].join('\n\n'),
  });

  const page = "the answer is not one of a broker's: is `app-server` the URL of your broker, and does what stands before it let this job through?";
  scenario('by what stands before the broker is no denial, and gets no advice on policies', {
    script: { 'POST /prefix/access_tokens': [{ status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Forbidden</html>' }] },
    exitCode: 1,
    requests: asked,
    stdout: [says.idToken, says.asking, `::error title=The broker answered 403::${page}`],
    summary: `### The broker answered 403\n\n${block(page)}`,
  });
});

function guess(repository: string): string {
  return [
    `To allow \`contents: write\`, \`issues: read\`, add to the list \`statements\` of \`.github/access-token.yaml\` in \`octo-org/${repository}\`:`,
    '',
    '  - subjects:',
    '      - repo:octo-org/app:ref:refs/heads/main',
    '    permissions:',
    '      contents: write',
    '      issues: read',
  ].join('\n');
}

const lines = 'permissions:\n  contents: read # and whatever else the job itself needs\n  id-token: write';
const fork = { repository: { full_name: 'octo-org/app' }, pull_request: { head: { repo: { full_name: 'octocat/app' } } } };
const skipOr = 'give the step the input `if-unavailable: skip`; to leave out the step itself, give it';
/** `orElse` is what only those are told who have not chosen to skip. */
const reasons: Record<string, { change: Pick<Scenario, 'environment' | 'inputs' | 'event'>; told: string; orElse?: string }> = {
  'the job lacks the permission': {
    change: { environment: { ...noEndpoint, GITHUB_WORKFLOW_REF: workflow }, inputs: { 'job-workflow-ref': workflow } },
    told: `this job may not ask GitHub for an OIDC token; add these three lines to the job\n${lines}`,
  },
  'the job lacks the permission on a runner that does not tell its workflow': {
    change: { environment: { ...noEndpoint, GITHUB_WORKFLOW_REF: workflow } },
    told:
      `this job may not ask GitHub for an OIDC token; add these three lines to the job\n${lines}\n` +
      'if another workflow calls this one, add them to the job that calls it, too',
  },
  'the pull request comes from a fork': {
    change: { environment: { ...noEndpoint, GITHUB_EVENT_NAME: 'pull_request' }, event: fork },
    told: 'GitHub gives no OIDC token to a `pull_request` workflow of a fork, so this step cannot get an access token here',
    orElse:
      `\nto let the job go on without one, ${skipOr}\n` +
      "if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository",
  },
  'Dependabot started the run': {
    change: { environment: { ...noEndpoint, GITHUB_ACTOR: 'dependabot[bot]' } },
    told: `Dependabot started this run, and GitHub lets its runs ask for an OIDC token only where the job itself has these lines\n${lines}`,
    orElse: `\nif it has them, or to let the job go on without a token, ${skipOr}\nif: github.actor != 'dependabot[bot]'`,
  },
  'the caller of the reusable workflow lacks the permission': {
    change: {
      environment: { ...noEndpoint, GITHUB_WORKFLOW_REF: workflow },
      inputs: { 'job-workflow-ref': 'octo-org/workflows/.github/workflows/deploy.yml@refs/tags/v1' },
    },
    told:
      'this job of the reusable workflow `octo-org/workflows/.github/workflows/deploy.yml@refs/tags/v1` may not ask GitHub for an OIDC token; ' +
      `it can do no more than its caller allows: add these three lines to the job of \`${workflow}\` that calls it\n${lines}\n` +
      'and to the job itself, if that has `permissions` of its own',
  },
};

describe('a job without an OIDC token', () => {
  for (const [name, { change, told, orElse = '' }] of Object.entries(reasons)) {
    scenario(`fails and says so: ${name}`, { ...change, exitCode: 1, stdout: [`::error::${data(told + orElse)}`] });

    scenario(`is skipped where the workflow wants that: ${name}`, {
      ...change,
      inputs: { ...change.inputs, 'if-unavailable': 'skip' },
      stdout: [`::notice title=No access token::this step ends without one: ${data(told)}`],
      outputs: { token: '' },
    });
  }

  scenario('fails where the inputs are wrong, even if it were skipped', {
    environment: noEndpoint,
    inputs: { 'if-unavailable': 'skip', permissions: 'contents: own' },
    exitCode: 1,
    stdout: ['::error::input `permissions`: `contents` has no level `own`: expected `read` or `write`'],
  });

  scenario('names what is meant by wrong inputs', {
    inputs: { permissions: 'contents: wirte', repository: 'octo-org/website.git', repositories: 'https://github.com/octo-org/docs' },
    exitCode: 1,
    stdout: [
      '::error::input `permissions`: `contents` has no level `wirte`: expected `read` or `write`; did you mean `write`?',
      '::error::input `repository`: `octo-org/website.git` is no repository: expected a name without `.git`%0Adid you mean `octo-org/website`?',
      '::error::input `repositories`: `https://github.com/octo-org/docs` is no repository: expected `owner/name`%0Adid you mean `octo-org/docs`?',
    ],
  });
});

describe('where the workflow skips what is not available', () => {
  const skip = { inputs: { 'if-unavailable': 'skip' }, exitCode: 1 };

  scenario('a denial still fails', {
    ...skip,
    script: { 'POST /prefix/access_tokens': [json(401, { message: 'the token expired 75 seconds ago' })] },
    stdout: [says.idToken, says.asking, '::error title=The broker answered 401::the token expired 75 seconds ago'],
    summary: `### The broker answered 401\n\n${block('the token expired 75 seconds ago')}`,
    requests: asked,
  });

  scenario('a runner that refuses still fails', {
    ...skip,
    script: { 'GET /idtoken/1': [json(403, {})] },
    stdout: ['::error::the runner gave no OIDC token: its endpoint answered 403'],
    requests: asked.slice(0, 1),
  });

  scenario('another word than `skip` is refused', {
    inputs: { 'if-unavailable': 'ignore' },
    exitCode: 1,
    stdout: ['::error::input `if-unavailable`: expected `fail` or `skip`, found `ignore`'],
  });
});
