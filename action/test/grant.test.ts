import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeGrant, outputsOf, type Grant } from '../src/grant.ts';
import { Secret } from '../src/secret.ts';

const grant: Grant = {
  kind: 'granted',
  token: new Secret('ghs_secret'),
  expiresAt: '2026-11-01T13:00:00Z',
  owner: 'octo-org',
  repositories: ['website', 'docs'],
  permissions: { contents: 'write', 'pull-requests': 'read' },
};
const hash = grant.token.hash();

describe('a grant', () => {
  it('becomes the outputs', () => {
    assert.deepEqual(Object.fromEntries(outputsOf(grant)), {
      'token-hash': hash,
      'expires-at': '2026-11-01T13:00:00Z',
      owner: 'octo-org',
      repositories: '["website","docs"]',
      permissions: '{"contents":"write","pull-requests":"read"}',
    });
  });

  it('tells the App where the broker told it', () => {
    const outputs = Object.fromEntries(outputsOf({ ...grant, repositories: 'ALL', appSlug: 'octo-app', installationId: 7 }));
    assert.equal(outputs['app-slug'], 'octo-app');
    assert.equal(outputs['installation-id'], '7');
    assert.equal(outputs['repositories'], 'ALL');
  });

  it('is described in the log', () => {
    assert.deepEqual(describeGrant(grant).split('\n'), [
      `Token hash:   ${hash}`,
      'Owner:        octo-org',
      'Repositories: website, docs',
      'Permissions:  contents: write, pull-requests: read',
      'Expires at:   2026-11-01T13:00:00Z',
    ]);
  });

  it('fits in 80 columns', () => {
    const repositories = Array.from({ length: 32 }, (_, index) => `repository-${index}`);
    const lines = describeGrant({ ...grant, repositories }).split('\n');
    assert.ok(lines.every((line) => line.length <= 80), lines.join('\n'));
    assert.equal(lines[3], '              repository-4, repository-5, repository-6, repository-7,');
    const long = 'x'.repeat(100);
    assert.ok(describeGrant({ ...grant, repositories: [long, 'docs'] }).includes(`Repositories: ${long},\n              docs\n`));
  });
});
