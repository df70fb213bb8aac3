// What makes a release: its notes, its bill of materials, and the workflows.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { FakeCheckout } from './fakes/checkout.ts';
import { runWorkflowStep, writeProgram, type WorkflowStepRun } from './fakes/workflow.ts';

function run(script: string, ...args: readonly string[]): [number | null, string, string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return [status, stdout, stderr];
}

describe('the notes of a release', () => {
  function notes(tag: string, { changelog = '## 3.1.0 – 2026-11-01\n\n- New\n\n## 3.0.0 – 2026-10-01\n\n- Old\n', cargo = '3.1.0' } = {}): [number | null, string, string] {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-release-'));
    mkdirSync(join(folder, 'scripts'));
    for (const name of ['release-notes.mjs', 'release-version.mjs']) cpSync(join('scripts', name), join(folder, 'scripts', name));
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

describe('the rank of a release', () => {
  const checkout = new FakeCheckout();
  const first = checkout.commit({ 'CHANGELOG.md': '# Changelog\n' });
  const main = checkout.commit({});
  checkout.git('checkout', '--quiet', '-b', 'fix', first);
  const fix = checkout.commit({ 'fix.md': 'text' });
  checkout.git('checkout', '--quiet', '-b', 'change');
  const change = checkout.commit({ 'change.md': 'text' });
  checkout.git('update-ref', 'refs/remotes/origin/trunk', main);
  checkout.git('update-ref', 'refs/remotes/origin/release/v3', fix);
  checkout.git('update-ref', 'refs/remotes/origin/change', change);
  after(() => { checkout.remove(); });

  function rank(tag: string, { at = main, releases = '', branch = 'trunk' } = {}): [number | null, string, string] {
    checkout.git('checkout', '--quiet', '--detach', at);
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('scripts/release-rank.mjs'), tag, branch], { cwd: checkout.folder, encoding: 'utf8', input: releases });
    return [status, stdout, stderr];
  }
  const isRanked = (kind: string, major: string): [number, string, string] => [0, `kind=${kind}\nmajor=${major}\n`, ''];

  it('is the first where there is nothing higher', () => {
    for (const releases of ['', 'v3.0.9\nv2.10.0\n', 'v3.1.0\n', 'v4.0.0-rc.1\nv3\nv4\nv4.0\nnightly\n']) {
      assert.deepEqual(rank('v3.1.0', { releases }), isRanked('--latest', 'v3'), releases);
    }
    assert.deepEqual(rank('v3.10.0', { releases: 'v3.9.9\n' }), isRanked('--latest', 'v3'));
  });

  it('moves no tag back', () => {
    for (const releases of ['v3.1.0\n', 'v3.0.10\nv2.0.0\n', 'v4.0.0\nv3.0.3\n']) {
      assert.deepEqual(rank('v3.0.2', { releases }), isRanked('--latest=false', ''), releases);
    }
  });

  it('moves the tag of an older major version', () => {
    assert.deepEqual(rank('v3.0.2', { releases: 'v4.0.0\nv3.0.1\n' }), isRanked('--latest=false', 'v3'));
  });

  it('moves none to what is not yet a version', () => {
    assert.deepEqual(rank('v3.1.0-rc.1', { releases: 'v3.0.0\n' }), isRanked('--prerelease', ''));
  });

  it('wants a commit of the default branch, or of that of its major version', () => {
    assert.deepEqual(rank('v3.0.0', { at: first }), isRanked('--latest', 'v3'));
    assert.deepEqual(rank('v3.0.1', { at: fix }), isRanked('--latest', 'v3'));
    for (const [tag, at] of [['v4.0.1', fix], ['v3.0.1', change], ['v3.0.1-rc.1', change]] as const) {
      const [major] = tag.split('.');
      const said = `error: the commit of \`${tag}\` is on neither of the branches \`trunk\` and \`release/${major}\`: merge it there, and push the tag anew\n`;
      assert.deepEqual(rank(tag, { at }), [1, '', said]);
    }
  });

  it('wants to see the default branch', () => {
    for (const branch of ['', 'main']) assert.deepEqual(rank('v3.0.1', { at: fix, branch }), [1, '', `error: the default branch \`${branch}\` is not here: fetch all branches\n`]);
  });

  it('needs a tag that is a version', () => {
    for (const tag of ['', 'v3', 'v3.0', 'v3.0.0+1']) assert.deepEqual(rank(tag), [1, '', `error: expected a tag such as \`v3.0.0\`, found \`${tag}\`\n`]);
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

describe('the check of dist/', () => {
  const { toolchain } = JSON.parse(readFileSync('dist/core.json', 'utf8')) as { toolchain: string };
  const whole = 'crates/wasm/whole';
  /** In the place of what the check runs: builds that give what is shipped. */
  const builds = {
    'wasm-toolchain.mjs': 'export const findToolchain = () => (process.env.TOOLCHAIN ? { version: process.env.TOOLCHAIN } : undefined);',
    'wasm-sources.mjs': `import { readFileSync } from 'node:fs';
      export const sourceHash = (_, core) => JSON.parse(readFileSync(core === 'action' ? 'built/dist/core.json' : 'built/${whole}/core.json', 'utf8')).sources;`,
    'bundle.mjs': "import { cpSync } from 'node:fs';\ncpSync('built/dist', process.argv[2], { recursive: true, filter: (path) => !path.endsWith('.json') });",
    'build-wasm.mjs': `import { cpSync } from 'node:fs';
      for (const file of ['dist/core.wasm', 'dist/core.json', 'action/core/core.js', 'action/core/core.d.ts']) copy(file, 'action');
      for (const file of ['dist/whole.wasm.br', ...['core.json', 'core.js', 'core.d.ts'].map((name) => '${whole}/' + name)]) copy(file, 'whole');
      function copy(file, core) { cpSync('built/' + file, 'target/check-dist/' + core + '/' + file.replace(/.*\\//, '')); }`,
  };

  /** A checkout with what is shipped, before and after somebody changed it. */
  function check(option: string, version: string, change: (folder: string) => void = () => undefined): [number | null, string] {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-check-dist-'));
    mkdirSync(join(folder, 'scripts'));
    cpSync('scripts/check-dist.mjs', join(folder, 'scripts/check-dist.mjs'));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    for (const [name, text] of Object.entries(builds)) writeFileSync(join(folder, 'scripts', name), text);
    for (const path of ['dist', 'action/core', whole]) {
      for (const to of [path, join('built', path)]) cpSync(path, join(folder, to), { recursive: true });
    }
    change(folder);
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/check-dist.mjs'), option], { encoding: 'utf8', env: { TOOLCHAIN: version } });
    return [status, stderr];
  }

  /** Exchanges the core of the action, and its record with it. */
  function exchange(folder: string, more: Record<string, string> = {}): void {
    const core = Buffer.concat([readFileSync('dist/core.wasm'), Buffer.of(0, 2, 1, 0x78)]);
    const record = JSON.parse(readFileSync('dist/core.json', 'utf8')) as Record<string, string>;
    writeFileSync(join(folder, 'dist/core.wasm'), core);
    const told = { ...record, sha256: createHash('sha256').update(core).digest('hex'), ...more };
    writeFileSync(join(folder, 'dist/core.json'), `${JSON.stringify(told, null, 2)}\n`);
  }

  const remedy = 'take a machine with the former, or build with the latter (`npm run build`) and commit the result';
  const differs = (path: string, build = 'npm run build'): string => `error: ${path} is not what the sources give: run \`${build}\` and commit the result\n`;

  it('is content with another compiler, but not for a release', () => {
    assert.deepEqual(check('--rebuild', 'rustc 1.0.0'), [0, '']);
    for (const [version, found] of [['rustc 1.0.0', 'rustc 1.0.0'], ['', 'no toolchain for wasm']] as const) {
      const said = ['dist', whole].map((path) => `error: ${path}/core.json was written with \`${toolchain}\`, but here is \`${found}\`: ${remedy}\n`);
      assert.deepEqual(check('--exact', version), [1, said.join('')]);
    }
  });

  it('compares every byte with the same compiler', () => {
    assert.deepEqual(check('--exact', toolchain), [0, '']);
    const both = differs('dist/core.wasm') + differs('dist/core.json');
    assert.deepEqual(check('--exact', toolchain, (folder) => { exchange(folder); }), [1, both]);
    const [status, stderr] = check('--exact', toolchain, (folder) => { exchange(folder, { toolchain: 'rustc 1.0.0' }); });
    assert.deepEqual([status, stderr], [1, `error: dist/core.json was written with \`rustc 1.0.0\`, but here is \`${toolchain}\`: ${remedy}\n`]);
    for (const path of ['action/core/core.js', 'dist/post.js', `${whole}/core.d.ts`]) {
      const build = path.startsWith('dist') ? 'npm run build:js' : 'npm run build';
      assert.deepEqual(check('--exact', toolchain, (folder) => { appendFileSync(join(folder, path), '// more\n'); }), [1, differs(path, build)]);
    }
  });

  it('sees what follows the end of what is packed', () => {
    const [status, stderr] = check('--exact', toolchain, (folder) => { appendFileSync(join(folder, 'dist/whole.wasm.br'), 'more'); });
    assert.equal(status, 1);
    assert.ok(stderr.includes(differs('dist/whole.wasm.br')), stderr);
  });

  it('takes no option for another', () => {
    assert.deepEqual(check('--exat', toolchain), [2, 'unknown option `--exat`: expected `--rebuild` or `--exact`\n']);
  });
});

describe('the workflow of a release', { skip: process.platform === 'win32' }, () => {
  it('hands out nothing that is not verified', () => {
    const [, publish = ''] = readFileSync('.github/workflows/release.yml', 'utf8').split('  publish:\n');
    assert.match(publish, /^ {4}needs: \[verify, dist\]$/m);
  });

  it('ranks itself among the releases, or ends', () => {
    const step = (gh: string): [number | null, string] => {
      const folder = mkdtempSync(join(tmpdir(), 'access-token-rank-'));
      writeProgram(folder, 'gh', gh);
      writeProgram(folder, 'node', 'echo "$*"; cat');
      const environment = { DEFAULT_BRANCH: 'main', GITHUB_REF_NAME: 'v3.0.0', GITHUB_REPOSITORY: 'octo-org/access-token', GITHUB_OUTPUT: join(folder, 'output') };
      const { status } = runWorkflowStep('release.yml', 'Its rank among the releases', folder, environment);
      return [status, existsSync(environment.GITHUB_OUTPUT) ? readFileSync(environment.GITHUB_OUTPUT, 'utf8') : ''];
    };
    assert.deepEqual(step('echo v2.0.0; echo v1.0.0'), [0, 'scripts/release-rank.mjs v3.0.0 main\nv2.0.0\nv1.0.0\n']);
    assert.deepEqual(step('echo v2.0.0; exit 1'), [1, '']);
  });

  it('wants an image that cannot become another', () => {
    const step = (image: string): WorkflowStepRun =>
      runWorkflowStep('release.yml', 'The image is named by its digest', mkdtempSync(join(tmpdir(), 'access-token-image-')), { IMAGE: image });
    for (const image of ['', 'node:20-bookworm', 'node@sha256:1234', `node@sha256:${'1'.repeat(64)} `]) {
      const expected = `::error::variable \`RELEASE_IMAGE\`: expected an image such as \`IMAGE@sha256:DIGEST\`, found \`${image}\`; CONTRIBUTING.md says which one\n`;
      const { status, stdout } = step(image);
      assert.deepEqual([status, stdout], [1, expected]);
    }
    assert.equal(step(`node:20-bookworm@sha256:${'1'.repeat(64)}`).status, 0);
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

describe('the end-to-end workflow', { skip: process.platform === 'win32' }, () => {
  const steps = ['bash has a token from the command', 'Git has a token from its helper'];
  const server = { GITHUB_SERVER_URL: 'https://github.example', GITHUB_REPOSITORY: 'octo-org/app', GITHUB_SHA: '1'.repeat(40) };

  /** Runs a step with this command, a `gh` that says what it was given, and a git whose helper is as good as that. */
  function step(name: string, command: string, helped: string): WorkflowStepRun {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-end-to-end-'));
    writeProgram(folder, 'access-token', command);
    writeProgram(folder, 'gh', 'echo "$GH_TOKEN $*"');
    writeProgram(folder, 'git', `case "$*" in credential*) ${helped} ;; *) echo "run: /bin/access-token git-credential --id x get" > "$GIT_TRACE"; echo "$*" ;; esac`);
    return runWorkflowStep('end-to-end.yml', name, folder, server);
  }

  it('asks GitHub with the token of the command', () => {
    const [bash, git] = steps.map((name) => step(name, 'echo ghs_1', 'echo password=ghs_1'));
    assert.deepEqual([bash?.status, bash?.stdout], [0, 'ghs_1 api repos/octo-org/app/readme --silent\n']);
    const fetched = `-c http.proactiveAuth=basic fetch --depth 1 https://github.example/octo-org/app ${server.GITHUB_SHA}\n`;
    assert.deepEqual([git?.status, git?.stdout], [0, fetched]);
  });

  it('fails where the command has none', () => {
    for (const name of steps) {
      const { status, stdout } = step(name, 'exit 1', 'echo password=');
      assert.deepEqual([status, stdout], [1, ''], name);
    }
  });

  it('fails where git has another', () => {
    for (const helped of ['echo password=ghs_2', 'exit 1']) {
      const { status, stdout } = step('Git has a token from its helper', 'echo ghs_1', helped);
      assert.deepEqual([status, stdout], [1, '']);
    }
  });
});
