// What makes a release: its notes, its bill of materials, and the workflows.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

function run(script: string, ...args: readonly string[]): [number | null, string, string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return [status, stdout, stderr];
}

describe('the notes of a release', () => {
  function notes(tag: string, { changelog = '## 3.1.0 – 2026-11-01\n\n- New\n\n## 3.0.0 – 2026-10-01\n\n- Old\n', cargo = '3.1.0' } = {}): [number | null, string, string] {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-release-'));
    mkdirSync(join(folder, 'scripts'));
    cpSync('scripts/release-notes.mjs', join(folder, 'scripts/release-notes.mjs'));
    writeFileSync(join(folder, 'package.json'), '{"version": "3.1.0"}');
    writeFileSync(join(folder, 'Cargo.toml'), `[workspace.package]\nversion = "${cargo}"\n`);
    writeFileSync(join(folder, 'CHANGELOG.md'), `# Changelog\n\n${changelog}`);
    return run(join(folder, 'scripts/release-notes.mjs'), tag);
  }

  it('are those of its version in the changelog', () => {
    assert.deepEqual(notes('v3.1.0'), [0, '- New\n', '']);
  });

  it('need a tag that is a version', () => {
    for (const tag of ['', '3.1.0', 'v3.1', 'v3.1.0.0', 'v03.1.0', 'v3.1.0-', 'v3.1.0+1', 'v3']) {
      assert.deepEqual(notes(tag), [1, '', `error: expected a tag such as \`v3.0.0\`, found \`${tag}\`\n`]);
    }
  });

  it('need the same version everywhere', () => {
    assert.deepEqual(notes('v3.2.0'), [1, '', 'error: the tag is `v3.2.0`, but package.json has the version `3.1.0`\n']);
    assert.deepEqual(notes('v3.1.0', { cargo: '3.0.0' }), [1, '', 'error: the tag is `v3.1.0`, but Cargo.toml has the version `3.0.0`\n']);
    assert.deepEqual(notes('v3.1.0', { changelog: '## 3.0.0 – 2026-10-01\n' }), [1, '', 'error: CHANGELOG.md has no section `## 3.1.0 – DATE`\n']);
  });

  it('need a day', () => {
    assert.deepEqual(notes('v3.1.0', { changelog: '## 3.1.0 – unreleased\n' }), [1, '', 'error: CHANGELOG.md: `## 3.1.0 – unreleased` has no date; write the day of the release\n']);
  });
});

describe('the bill of materials', () => {
  it('names every file of dist/ and all that is within', () => {
    const [status, stdout] = run('scripts/sbom.mjs');
    assert.equal(status, 0);
    const { bomFormat, specVersion, components } = JSON.parse(stdout) as {
      bomFormat: string;
      specVersion: string;
      components: { name: string; purl?: string; type: string; hashes?: { content: string }[] }[];
    };
    assert.deepEqual([bomFormat, specVersion], ['CycloneDX', '1.6']);
    const files = components.filter(({ type }) => type === 'file');
    assert.deepEqual(files.map(({ name }) => name), readdirSync('dist').sort().map((name) => `dist/${name}`));
    for (const { name, hashes } of files) assert.equal(hashes?.[0]?.content, createHash('sha256').update(readFileSync(name)).digest('hex'));
    const names = components.flatMap(({ purl }) => (purl === undefined ? [] : [purl.replace(/@[^@]*$/, '')]));
    for (const name of ['pkg:cargo/globset', 'pkg:cargo/policy', 'pkg:cargo/saphyr-parser', 'pkg:npm/aws4fetch']) assert.ok(names.includes(name), name);
    for (const name of ['pkg:cargo/tokio', 'pkg:npm/esbuild']) assert.ok(!names.includes(name), name);
  });
});

describe('the workflows', () => {
  const folder = '.github/workflows';

  it('pin every action by its commit, and say which version that is', () => {
    const used = readdirSync(folder).flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/^ *(?:- )?uses: (.*)$/gm)].map(([, what = '']) => what));
    assert.ok(used.length > 5);
    for (const what of used) assert.match(what, /^(?:[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(?:\.\d+\.\d+)?|\.\/(?:check)? # .*)$/);
  });

  it('give no job more than it names', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      assert.match(text, /^permissions: \{\}$/m, name);
      assert.doesNotMatch(text, /pull_request_target|write-all|persist-credentials: true/, name);
    }
  });
});
