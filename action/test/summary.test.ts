import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../src/secret.ts';
import { grantSummary, refusalSummary } from '../src/summary.ts';

describe('the summary of a grant', () => {
  const grant = {
    kind: 'granted',
    token: new Secret('ghs_secret'),
    expiresAt: '2026-11-01T13:00:00Z',
    owner: 'octo-org',
    repositories: ['website', 'docs'],
    permissions: { contents: 'write' },
  } as const;

  it('is a table', () => {
    assert.deepEqual(grantSummary(grant).split('\n'), [
      '### Access token',
      '',
      '| | |',
      '| --- | --- |',
      '| Token hash | <code>N1RvhvEUH+MVqBW+DqBMWI8ydS8h7rJsqQJnLKCJqcY=</code> |',
      '| Owner | <code>octo-org</code> |',
      '| Repositories | <code>website</code><br><code>docs</code> |',
      '| Permissions | <code>contents: write</code> |',
      '| Expires at | <code>2026-11-01T13:00:00Z</code> |',
      '',
    ]);
  });

  it('gives no meaning to what others wrote', () => {
    const hostile = '<img src=x>|`a`|\\|**b**|[c](http://d)\n\n# e &amp; @octocat';
    const row = grantSummary({ ...grant, expiresAt: hostile }).split('\n').find((line) => line.startsWith('| Expires'));
    const cell = /^\| Expires at \| <code>(.*)<\/code> \|$/.exec(row ?? '')?.[1];
    assert.ok(cell !== undefined, row);
    assert.match(cell, /^(?:[\w ,:=+-]|&#\d+;)+$/);
    assert.equal(cell.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))), hostile);
  });
});

describe('the summary of a refusal', () => {
  it('shows the words of the broker and the hint', () => {
    const summary = refusalSummary({ kind: 'refused', status: 403, isDenial: true, message: 'Issues:\n- octo-org', hint: 'statements:' });
    assert.equal(summary, '### Access token refused\n\n```text\nIssues:\n- octo-org\n```\n\n```text\nstatements:\n```\n');
  });

  it('folds the subjects away', () => {
    const summary = refusalSummary({ kind: 'refused', status: 403, isDenial: true, message: 'no', subjects: ['repo:a', 'repo:b'] });
    const folded = '<details><summary>What this job counts as (its effective subjects)</summary>\n\n```text\nrepo:a\nrepo:b\n```\n\n</details>\n';
    assert.equal(summary, `### Access token refused\n\n\`\`\`text\nno\n\`\`\`\n\n${folded}`);
  });

  it('has a fence that its text cannot close', () => {
    const summary = refusalSummary({ kind: 'refused', status: 403, isDenial: true, message: '```\n`````\n# out' });
    assert.equal(summary, '### Access token refused\n\n``````text\n```\n`````\n# out\n``````\n');
  });
});
