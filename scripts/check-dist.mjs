// Proves that `dist/` is what the sources give.
//
//   node scripts/check-dist.mjs            bundles the JavaScript anew and compares bytes; the wasm core by the source
//                                          hash that is recorded beside it
//   node scripts/check-dist.mjs --rebuild  builds the wasm core, too: with the very toolchain that is recorded the bytes
//                                          must be the same, with another one the result must work

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sourceHash } from './wasm-sources.mjs';
import { findToolchain } from './wasm-toolchain.mjs';

/** Everything that `dist/` holds. */
const files = ['aws.js', 'core.json', 'core.wasm', 'main.js', 'package.json', 'post.js', 'refresh.js'];
/** The most that it may weigh, in bytes: a runner downloads it for every job. */
const heaviest = 1_150_000;

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const fresh = 'target/check-dist';
const problems = [];
const recorded = JSON.parse(readFileSync('dist/core.json', 'utf8'));

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
checkFiles();
checkBundles();
checkRecord();
if (process.argv.includes('--rebuild')) await checkRebuilt();

for (const problem of problems) console.error(`error: ${problem}`);
if (problems.length === 0) console.log('dist/ is what the sources give');
process.exitCode = problems.length === 0 ? 0 : 1;

function checkFiles() {
  const found = readdirSync('dist').sort();
  if (found.join() !== files.join()) problems.push(`dist/ holds ${found.join(', ')}; expected ${files.join(', ')}`);
  const bytes = found.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
  console.log(`dist/ weighs ${bytes} bytes`);
  if (bytes > heaviest) problems.push(`dist/ weighs ${bytes} bytes; expected at most ${heaviest}`);
}

function checkBundles() {
  run([process.execPath, 'scripts/bundle.mjs', fresh]);
  for (const name of ['aws.js', 'main.js', 'post.js', 'refresh.js']) compare(join('dist', name), join(fresh, name), 'npm run build:js');
}

function checkRecord() {
  const hash = createHash('sha256').update(readFileSync('dist/core.wasm')).digest('hex');
  if (hash !== recorded.sha256) problems.push('dist/core.wasm is not the file that dist/core.json was written for: run `npm run build`');
  if (sourceHash(root) !== recorded.sources) {
    problems.push('the sources of the wasm core have changed since dist/core.wasm was built: run `npm run build`');
  } else {
    console.log(`dist/core.wasm was built from these sources, with ${recorded.toolchain}`);
  }
}

async function checkRebuilt() {
  const core = join(fresh, 'core');
  run([process.execPath, 'scripts/build-wasm.mjs', '--out', core]);
  if (findToolchain()?.version === recorded.toolchain) {
    compare('dist/core.wasm', join(core, 'core.wasm'), 'npm run build');
    for (const name of ['core.js', 'core.d.ts']) compare(join('action/core', name), join(core, name), 'npm run build');
  } else {
    console.log('the toolchain is another than the recorded one, so the bytes differ: only whether the result works is checked');
    await checkWorks(core);
  }
}

/** One question through every door of a core. */
async function checkWorks(folder) {
  const core = await import(pathToFileURL(join(root, folder, 'core.js')).href);
  core.initSync({ module: readFileSync(join(folder, 'core.wasm')) });
  const text = 'origin: octo-org/website\nstatements:\n  - subjects: ["repo:${origin}:ref:refs/heads/main"]\n    permissions: {contents: read}\n';
  const permissions = { contents: 'read' };
  const checked = core.checkPolicy({ kind: 'repository', text, repository: 'octo-org/website' });
  const verdict = core.decide({
    now: '2026-11-01T12:00:00Z',
    claims: { sub: 'repo:octo-org/website:ref:refs/heads/main', repository: 'octo-org/website', repository_owner: 'octo-org' },
    request: { permissions },
    installation: { permissions: { contents: 'read' } },
    owner_policy: 'origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: read}\n',
    repository_policies: { website: text },
  });
  const none = { repository: '', repositories: '', owner: '', scope: '', skipTokenRevoke: '' };
  const prepared = core.prepare({ permissions: 'contents: read', appServer: 'https://broker.example', ...none }, { repository: 'octo-org/website' });
  const settled = core.settle({ request: { permissions }, status: 503, body: '' });
  const answers = { checkPolicy: checked.valid, decide: verdict.granted, prepare: prepared.ok, settle: settled.kind === 'refused' };
  for (const [name, isRight] of Object.entries(answers)) {
    if (isRight !== true) problems.push(`the rebuilt core does not work: \`${name}\` answers something else than expected`);
  }
}

function compare(committed, rebuilt, remedy) {
  if (existsSync(committed) && readFileSync(committed).equals(readFileSync(rebuilt))) {
    console.log(`${committed} is the same`);
  } else {
    problems.push(`${committed} is not what the sources give: run \`${remedy}\` and commit the result`);
  }
}

/** Runs a build; without its result there is nothing to compare. */
function run([program, ...args]) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`error: ${args[0]} failed`);
    process.exit(status ?? 1);
  }
}
