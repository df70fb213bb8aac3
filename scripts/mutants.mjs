// Changes the crates that decide, one small change at a time, and tells which of the changes no test notices.
//
//   npm run mutants                                               all of `policy` and `oidc` (hours)
//   npm run mutants -- policy --file 'crates/policy/src/gate/*'   one crate, with options of cargo-mutants
//
// Needs cargo-mutants. What survives the crate's own tests is tried again with the linter's, and those of `conformance` that
// ask the core and nobody else. What was found is in `target/mutants/CRATE/mutants.out`; docs/proof.md says what may survive, and why.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NATIVE_TESTS, makeCoreWorkspace } from './core-workspace.mjs';

/** The crates that are changed, and the tests of other crates that know them. */
const CRATES = { policy: NATIVE_TESTS, oidc: undefined };
const WORKSPACE = 'target/mutants/workspace';
const LISTS = ['caught', 'missed', 'timeout', 'unviable'];
/** Seconds, far beyond what anything takes that does not hang. */
const LIMITS = ['--build-timeout', '900', '--timeout', '120'];
/** Each change is compiled once and tested once: to compile well takes longer than it saves. */
const PROFILE = `
[profile.mutants]
inherits = "test"
debug = "none"

[profile.mutants.package]
${['conformance', 'github-types', 'policy'].map((name) => `${name} = { opt-level = 0 }`).join('\n')}
`;

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const [first, ...rest] = process.argv.slice(2);
const isNamed = first !== undefined && Object.hasOwn(CRATES, first);
const crates = isNamed ? [first] : Object.keys(CRATES);
const options = isNamed || first === undefined ? rest : [first, ...rest];
if (spawnSync('cargo', ['mutants', '--version']).status !== 0) {
  console.error('error: cargo-mutants is not installed: `cargo install --locked cargo-mutants`');
  process.exit(1);
}

makeCoreWorkspace(WORKSPACE, PROFILE);
const outcomes = crates.map(outcomeOf);
for (const { crate, caught, missed, timeout, unviable } of outcomes) {
  console.log(`${crate}: ${caught.length} caught, ${unviable.length} do not compile, ${timeout.length} do not end, ${missed.length} survive`);
}
for (const line of outcomes.flatMap(({ missed }) => missed)) console.log(`  ${line}`);
process.exitCode = outcomes.some(({ missed }) => missed.length > 0) ? 2 : 0;

/** What became of the changes of a crate: first by its own tests, then, for those that survived, by the others. */
function outcomeOf(crate) {
  const output = join(root, 'target/mutants', crate);
  mkdirSync(output, { recursive: true });
  const general = ['mutants', '--in-place', '--output', output, '--profile', 'mutants', '--all-features', ...LIMITS];
  const env = { ...process.env, GENERATED_SCENARIOS: '4000' };
  const run = (...more) => {
    const { status } = spawnSync('cargo', [...general, '--package', crate, ...options, ...more], { cwd: WORKSPACE, stdio: 'inherit', env });
    // 2 and 3 say that there are survivors and that tests did not end; all others, that nothing is known.
    if (![0, 2, 3].includes(status)) process.exit(1);
  };
  const found = () => {
    const [caught, missed, timeout, unviable] = LISTS.map((name) => linesOf(`${output}/mutants.out/${name}.txt`));
    return { crate, caught, missed, timeout, unviable };
  };
  run('--cargo-arg=--tests');
  const alone = found();
  const others = CRATES[crate];
  if (others === undefined || alone.missed.length === 0) return alone;
  const tests = others.names.map((name) => `--test=${name}`);
  // cargo-mutants would look for its baseline in the changed crate. Tests that fail without a change would catch everything.
  const baseline = ['test', '--profile=mutants', ...others.packages.map((name) => `--package=${name}`), ...tests];
  if (spawnSync('cargo', baseline, { cwd: WORKSPACE, stdio: 'inherit', env }).status !== 0) process.exit(1);
  run('--iterate', '--baseline=skip', ...others.packages.map((name) => `--test-package=${name}`), ...tests.map((test) => `--cargo-arg=${test}`));
  const { caught, missed, timeout } = found();
  return { crate, caught: [...alone.caught, ...caught], missed, timeout, unviable: alone.unviable };
}

function linesOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((line) => line !== '') : [];
}
