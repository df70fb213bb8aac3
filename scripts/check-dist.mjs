// Proves that `dist/` and the JavaScript sides of its wasm cores are what the sources give.
//
//   node scripts/check-dist.mjs            bundles the JavaScript anew and compares bytes; the wasm cores by the source
//                                          hash that is recorded beside them
//   node scripts/check-dist.mjs --rebuild  builds the wasm cores, too: with the very toolchain that is recorded the bytes
//                                          must be the same, with another one the result must work
//   node scripts/check-dist.mjs --exact    the same, but another toolchain is an error: for what is released

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { sourceHash } from './wasm-sources.mjs';
import { findToolchain } from './wasm-toolchain.mjs';

/** Everything that `dist/` holds. */
const files = ['aws.js', 'check.js', 'core.json', 'core.wasm', 'main.js', 'package.json', 'post.js', 'refresh.js', 'whole.wasm.br'];
/** The most that it may weigh, in bytes: a runner downloads it for every job. */
const heaviest = 1_000_000;
/** Where each wasm core lies, its record, and its JavaScript side; and what shows that it works. */
const cores = [
  { name: 'action', file: 'dist/core.wasm', record: 'dist/core.json', glue: 'action/core', answers: answersToSteps },
  { name: 'whole', file: 'dist/whole.wasm.br', record: 'crates/wasm/whole/core.json', glue: 'crates/wasm/whole', answers: answersOfPolicies },
];

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const fresh = 'target/check-dist';
const problems = [];

const options = process.argv.slice(2);
const unknown = options.find((option) => !['--rebuild', '--exact'].includes(option));
if (unknown !== undefined) {
  console.error(`unknown option \`${unknown}\`: expected \`--rebuild\` or \`--exact\``);
  process.exit(2);
}
const isExact = options.includes('--exact');
const version = findToolchain()?.version;
if (isExact) requireToolchain();

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
checkFiles();
checkBundles();
cores.forEach(checkRecord);
if (isExact || options.includes('--rebuild')) await checkRebuilt();

tell();
if (problems.length === 0) console.log(isExact ? 'dist/ is what the sources give, byte by byte' : 'dist/ is what the sources give');

function tell() {
  for (const problem of problems) console.error(`error: ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Ends here with another toolchain than the recorded one: no byte of the wasm cores could be compared. */
function requireToolchain() {
  for (const { record } of cores) {
    const { toolchain } = JSON.parse(readFileSync(record, 'utf8'));
    if (toolchain === version) continue;
    problems.push(
      `${record} was written with \`${toolchain}\`, but here is \`${version ?? 'no toolchain for wasm'}\`: take a machine with the former, ` +
        'or build with the latter (`npm run build`) and commit the result',
    );
  }
  tell();
  if (problems.length > 0) process.exit();
}

function checkFiles() {
  const found = readdirSync('dist').sort();
  if (found.join() !== files.join()) problems.push(`dist/ holds ${found.join(', ')}; expected ${files.join(', ')}`);
  const bytes = found.reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
  console.log(`dist/ weighs ${bytes} bytes`);
  if (bytes > heaviest) problems.push(`dist/ weighs ${bytes} bytes; expected at most ${heaviest}`);
}

function checkBundles() {
  run([process.execPath, 'scripts/bundle.mjs', fresh]);
  for (const name of files.filter((name) => name.endsWith('.js'))) compare(join('dist', name), join(fresh, name), 'npm run build:js');
}

function checkRecord({ name, file, record }) {
  const { toolchain, sources, sha256 } = JSON.parse(readFileSync(record, 'utf8'));
  const hash = createHash('sha256').update(contentOf(file)).digest('hex');
  if (hash !== sha256) problems.push(`${file} is not the file that ${record} was written for: run \`npm run build\``);
  if (sourceHash(root, name) !== sources) {
    problems.push(`the sources of the wasm core have changed since ${file} was built: run \`npm run build\``);
  } else {
    console.log(`${file} was built from these sources, with ${toolchain}`);
  }
}

/** What a file holds, unpacked; with what may follow the end of what is packed, which is not skipped here. */
function contentOf(file) {
  const bytes = readFileSync(file);
  if (!file.endsWith('.br')) return bytes;
  const { buffer, engine } = brotliDecompressSync(bytes, { info: true });
  return Buffer.concat([buffer, bytes.subarray(engine.bytesWritten)]);
}

async function checkRebuilt() {
  run([process.execPath, 'scripts/build-wasm.mjs', '--out', fresh]);
  for (const { name, file, record, glue, answers } of cores) {
    const rebuilt = join(fresh, name);
    if (version === JSON.parse(readFileSync(record, 'utf8')).toolchain) {
      compare(file, join(rebuilt, basename(file)), 'npm run build');
      for (const path of [record, join(glue, 'core.js'), join(glue, 'core.d.ts')]) compare(path, join(rebuilt, basename(path)), 'npm run build');
    } else {
      console.log('the toolchain is another than the recorded one, so the bytes differ: only whether the result works is checked');
      await checkWorks(rebuilt, basename(file), answers);
    }
  }
}

/** Asks through the doors of a core what has a short answer. */
async function checkWorks(folder, file, answers) {
  const core = await import(pathToFileURL(join(root, folder, 'core.js')).href);
  core.initSync({ module: contentOf(join(folder, file)) });
  for (const [name, isRight] of Object.entries(answers(core))) {
    if (isRight !== true) problems.push(`the rebuilt core ${folder} does not work: \`${name}\` answers something else than expected`);
  }
}

function answersToSteps(core) {
  const permissions = { contents: 'read' };
  const none = { repository: '', repositories: '', owner: '', scope: '', skipTokenRevoke: '' };
  const prepared = core.prepare({ permissions: 'contents: read', appServer: 'https://broker.example', ...none }, { repository: 'octo-org/website' });
  const settled = core.settle({ request: { permissions }, status: 503, body: '' });
  return { prepare: prepared.ok, settle: settled.kind === 'refused' };
}

function answersOfPolicies(core) {
  const text = 'origin: octo-org/website\nstatements:\n  - subjects: ["repo:${origin}:ref:refs/heads/main"]\n    permissions: {contents: read}\n';
  const checked = core.checkPolicy({ kind: 'repository', text, repository: 'octo-org/website' });
  const verdict = core.decide({
    now: '2026-11-01T12:00:00Z',
    claims: { sub: 'repo:octo-org/website:ref:refs/heads/main', repository: 'octo-org/website', repository_owner: 'octo-org' },
    request: { permissions: { contents: 'read' } },
    installation: { permissions: { contents: 'read' } },
    owner_policy: 'origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: read}\n',
    repository_policies: { website: text },
  });
  return { checkPolicy: checked.valid, decide: verdict.granted };
}

function compare(committed, rebuilt, remedy) {
  if (existsSync(committed) && contentOf(committed).equals(contentOf(rebuilt))) {
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
