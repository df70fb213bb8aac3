// A dry run: the main step as it is shipped asks for the decision only.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestToken as runMainStep } from '../src/request-token.ts';
import { fakeCore } from './fakes/core.ts';
import { fakeStep } from './fakes/effects.ts';
import { inputs } from './fakes/step.ts';
import { asked, claims, grant, hash, json, says, scenario, takenBack } from './fakes/scenario.ts';

const dry = { 'dry-run': 'true' };
const asking = 'Asking HOST whether it would grant a token (a dry run)';
const pattern = { subject: claims.sub, pattern: 'repo:octo-org/app:ref:refs/heads/*' };
const decision = {
  granted: true,
  by: [
    { permission: 'contents', level: 'write', repository: 'website', policy: 'octo-org/website', statement: 1, description: 'Deployments', ...pattern },
    { permission: 'issues', level: 'read', policy: 'octo-org/.github-access-token', statement: 2, subject: claims.sub, pattern: claims.sub },
  ],
};
const reasons = [
  'contents: write on website: statement 1 (Deployments) in the policy of octo-org/website, by the pattern ' +
    'repo:octo-org/app:ref:refs/heads/*, which matches repo:octo-org/app:ref:refs/heads/main',
  'issues: read: statement 2 in the policy of octo-org/.github-access-token, by the subject repo:octo-org/app:ref:refs/heads/main',
];

describe('a dry run', () => {
  scenario('that would be granted says by what, and has no token', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [json(200, decision)] },
    stdout: [
      says.idToken,
      asking,
      'The broker would grant this:',
      ...reasons.map((reason) => `- ${reason}`),
      'This was a dry run: no token was made, and the outputs are empty',
    ],
    summary: `### Access token would be granted\n\n\`\`\`text\n${reasons.join('\n')}\n\`\`\``,
    requests: asked,
  });

  scenario('that would be refused fails as the real thing', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [json(403, { message: `Issues:\n- octo-org/website:\n  - no\nEffective OIDC token subjects:\n- ${claims.sub}`, issues: [{ code: 'no-installation' }] })] },
    exitCode: 1,
    stdout: [
      says.idToken,
      asking,
      '::group::What this job counts as (its effective subjects)',
      claims.sub,
      '::endgroup::',
      '::error title=Access token refused::Issues:%0A- octo-org/website:%0A  - no',
      '::notice title=What to do about it::Install the GitHub App for `octo-org`.',
    ],
    summary:
      '### Access token refused\n\n```text\nIssues:\n- octo-org/website:\n  - no\n```\n\n```text\nInstall the GitHub App for `octo-org`.\n```\n\n' +
      `<details><summary>What this job counts as (its effective subjects)</summary>\n\n\`\`\`text\n${claims.sub}\n\`\`\`\n\n</details>`,
    requests: asked,
  });

  scenario('revokes the token of a broker that knows no dry runs', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [grant], 'DELETE /api/v3/installation/token': [{ status: 204 }] },
    exitCode: 1,
    stdout: [
      says.idToken,
      asking,
      says.token,
      `The token ${hash} was revoked`,
      '::error::the broker made a token although only its decision was asked for: it knows no dry runs',
    ],
    state: { token: '', 'token-hash': hash },
    requests: takenBack,
  });

  for (const [name, body] of Object.entries({ 'a no without a reason': { granted: false }, 'no decision': {}, 'a list': [] })) {
    scenario(`fails when the answer is ${name}`, {
      inputs: dry,
      script: { 'POST /prefix/access_tokens': [json(200, body)] },
      exitCode: 1,
      stdout: [says.idToken, asking, "::error::the broker's answer does not say whether it would grant the request"],
      requests: asked,
    });
  }

  scenario('prints hostile words without obeying', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [json(200, { granted: true, by: [{ permission: 'a\n::error::b', level: '##[x]', policy: '```' }] })] },
    stdout: [
      says.idToken,
      asking,
      'The broker would grant this:',
      '- a',
      ': :error::b: # #[x]: statement ? in the policy of ```, by the subject ?',
      'This was a dry run: no token was made, and the outputs are empty',
    ],
    summary: '### Access token would be granted\n\n````text\na\n: :error::b: # #[x]: statement ? in the policy of ```, by the subject ?\n````',
    requests: asked,
  });

  scenario('is none where the broker does not say by what', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [json(200, { granted: true, by: [] })] },
    exitCode: 1,
    stdout: [says.idToken, asking, "::error::the broker's answer does not say what would grant the request"],
    requests: asked,
  });

  scenario('outlives a busy broker', {
    inputs: dry,
    script: { 'POST /prefix/access_tokens': [json(503, {}, { 'retry-after': '0' }), json(200, decision)] },
    stdout: [
      says.idToken,
      asking,
      'The broker: answered 503; trying again in N s (1 of 4 tries)',
      'The broker would grant this:',
      ...reasons.map((reason) => `- ${reason}`),
      'This was a dry run: no token was made, and the outputs are empty',
    ],
    summary: `### Access token would be granted\n\n\`\`\`text\n${reasons.join('\n')}\n\`\`\``,
    requests: [...asked, asked[1] ?? ''],
  });

  scenario('is asked for in one of two words', {
    inputs: { 'dry-run': 'please' },
    exitCode: 1,
    stdout: ['::error::input `dry-run`: expected `true` or `false`, found `please`'],
  });

  it('says so in the request', async () => {
    const environment = {
      ...inputs({ permissions: 'contents:write', 'app-server': 'https://broker.octo.org', 'dry-run': 'true' }),
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner/idtoken',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    };
    const step = fakeStep(environment, [{ body: '{"value":"a.b.c"}' }, { body: '{"granted":true}' }]);
    await runMainStep({ ...step.effects, loadCore: () => ({ ...fakeCore, settle: () => ({ kind: 'wouldGrant', reasons: [] }) }) });
    assert.equal(step.requests[1]?.body, '{"permissions":{"contents":"write"},"dry_run":true}');
    assert.deepEqual([step.outputs(), step.state(), step.requests.length], [{}, {}, 2]);
  });
});
