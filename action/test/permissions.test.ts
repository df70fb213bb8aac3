// Whether the script notices what GitHub adds to its permissions, and the workflow that runs it every week.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { runWorkflowStep, writeProgram } from './fakes/workflow.ts';

const COPY = 'crates/github-types/data/github-app-permissions.json';
const CATALOGUE = 'crates/github-types/src/permission/catalogue.rs';
const NOTHING_NEW = 'the catalogue has every permission and level that GitHub publishes\n';

type Permissions = Record<string, readonly string[]>;

/** A checkout with the script, and a catalogue of two permissions. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'access-token-permissions-'));
  write(join(folder, COPY), '{}\n');
  write(
    join(folder, CATALOGUE),
    [
      'const READ_WRITE: &[Level] = &[Level::Read, Level::Write];',
      'const WRITE: &[Level] = &[Level::Write];',
      'pub(super) const CATALOGUE: &[Entry] = &[',
      '    Entry::new("pull-requests", Scope::Repository, READ_WRITE, "Pull requests"),',
      '    Entry::new(',
      '        "workflows",',
      '        Scope::Repository,',
      '        WRITE,',
      '        "Workflow files",',
      '    ),',
      '];',
    ].join('\n'),
  );
  mkdirSync(join(folder, 'scripts'));
  cpSync('scripts/permissions.mjs', join(folder, 'scripts/permissions.mjs'));
  return folder;
}

/** The package `@octokit/openapi` with these descriptions. */
function openapi(folder: string, descriptions: Record<string, Permissions | undefined>): string {
  for (const [name, permissions] of Object.entries(descriptions)) {
    const properties = Object.fromEntries(Object.entries(permissions ?? {}).map(([key, levels]) => [key, { type: 'string', enum: levels }]));
    const schemas = permissions === undefined ? {} : { 'app-permissions': { type: 'object', properties } };
    write(join(folder, 'generated', name), JSON.stringify({ openapi: '3.0.3', components: { schemas } }));
  }
  return folder;
}

const published = {
  'api.github.com.json': { pull_requests: ['read', 'write'], workflows: ['write'] },
  'ghes-3.20.json': { pull_requests: ['read', 'write'] },
  // Another form of the same, and one that has no such schema.
  'api.github.com.deref.json': { unknown: ['read'] },
  'ghes-3.10.json': undefined,
};

const withMore = {
  ...published,
  'ghec.json': { pull_requests: ['read', 'write', 'admin'], workflows: ['write'], zones: ['write'], attestations: ['read'] },
  'ghes-3.20.json': { attestations: ['write'] },
};

const MORE = [
  'attestations: not in the catalogue; levels read, write',
  'pull_requests: the catalogue lacks the level admin',
  'zones: not in the catalogue; levels write',
  '',
].join('\n');

function compare(root: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'scripts/permissions.mjs'), ...args], { encoding: 'utf8' });
}

describe('the script that compares permissions', () => {
  it('finds nothing new in our own copy', () => {
    const { status, stdout, stderr } = compare('.', COPY);
    assert.deepEqual([status, stdout, stderr], [0, NOTHING_NEW, '']);
  });

  it('finds nothing new in a package that has no more', () => {
    const root = checkout();
    const { status, stdout, stderr } = compare(root, openapi(join(root, 'openapi'), published));
    assert.deepEqual([status, stdout, stderr], [0, NOTHING_NEW, '']);
  });

  it('names each permission and level that the catalogue lacks', () => {
    const root = checkout();
    const { status, stdout, stderr } = compare(root, openapi(join(root, 'openapi'), withMore));
    assert.deepEqual([status, stdout, stderr], [1, MORE, '']);
    assert.equal(readFileSync(join(root, COPY), 'utf8'), '{}\n');
  });

  it('makes a copy that says the same as the package', () => {
    const root = checkout();
    const { status, stdout } = compare(root, openapi(join(root, 'openapi'), withMore), '--write');
    assert.deepEqual([status, stdout], [0, MORE]);
    assert.deepEqual(JSON.parse(readFileSync(join(root, COPY), 'utf8')), {
      'api.github.com': published['api.github.com.json'],
      ghec: withMore['ghec.json'],
      'ghes-3.20': withMore['ghes-3.20.json'],
    });
    assert.deepEqual(compare(root, join(root, COPY)).stdout, MORE);
  });

  it('never takes what it cannot read for nothing new', () => {
    const root = checkout();
    for (const [source, reason] of [
      [openapi(join(root, 'empty'), { 'api.github.com.json': undefined }), /Error: the source names no permission/],
      [join(root, 'nowhere'), /ENOENT/],
    ] as const) {
      const { status, stdout, stderr } = compare(root, source, '--write');
      assert.deepEqual([status, stdout], [1, ''], source);
      assert.match(stderr, reason);
    }
    assert.equal(readFileSync(join(root, COPY), 'utf8'), '{}\n');
    writeFileSync(join(root, CATALOGUE), 'Entry::new(name(), Scope::Repository, WRITE, "")');
    const { status, stdout, stderr } = compare(root, openapi(join(root, 'openapi'), published));
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /Error: an entry of the catalogue is not understood/);
  });

  it('says what it expects', () => {
    for (const args of [[], [COPY, '--wirte']]) {
      const { status, stdout, stderr } = compare('.', ...args);
      assert.deepEqual([status, stdout, stderr], [2, '', 'expected an extract or the folder of `@octokit/openapi`, and perhaps `--write`\n']);
    }
  });
});

describe('the workflow that compares permissions', { skip: process.platform === 'win32' }, () => {
  function compared(descriptions: Record<string, Permissions | undefined>): { status: number | null; stdout: string; output: string } {
    const root = checkout();
    openapi(join(root, 'openapi/node_modules/@octokit/openapi'), descriptions);
    const { status, stdout } = runWorkflowStep('permissions.yml', 'Compare', root, { GITHUB_OUTPUT: join(root, 'output') });
    return { status, stdout, output: textOf(join(root, 'output')) };
  }

  it('tells the next step whether there is more', () => {
    assert.deepEqual(compared(published), { status: 0, stdout: NOTHING_NEW, output: 'added=false\n' });
    assert.deepEqual(compared(withMore), { status: 0, stdout: MORE, output: 'added=true\n' });
  });

  it('fails where the package cannot be understood', () => {
    assert.deepEqual(compared({ 'api.github.com.json': undefined }), { status: 1, stdout: '', output: '' });
  });

  /** The step that opens an issue, with a `gh` that knows of so many open ones; what that was asked to do. */
  function opened(open: number): string {
    const root = checkout();
    write(join(root, 'added.txt'), MORE);
    writeProgram(root, 'gh', 'echo "gh $*" >> "$RUNNER_TEMP/calls"', `if [ "$2" = list ]; then echo ${open}; else cat >> "$RUNNER_TEMP/calls"; fi`);
    const { status, stderr } = runWorkflowStep('permissions.yml', 'Open an issue, unless one is open', root, { GITHUB_REPOSITORY: 'octo-org/access-token', TITLE: 'More' });
    assert.deepEqual([status, stderr], [0, '']);
    return textOf(join(root, 'calls'));
  }

  const list = 'gh issue list --repo octo-org/access-token --state open --search in:title "More" --json number --jq length\n';

  it('opens one issue', () => {
    const text = [
      'gh issue create --repo octo-org/access-token --title More --body-file -',
      `Add them to \`${CATALOGUE}\`, and make a new copy with \`node scripts/permissions.mjs FOLDER --write\`.`,
      '',
      '```text',
      MORE.trimEnd(),
      '```',
      '',
    ].join('\n');
    assert.equal(opened(0), list + text);
    assert.equal(opened(1), list);
  });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The file's text; empty where there is no file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
