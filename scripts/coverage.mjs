// Measures which lines the tests reach of the crates that decide, and fails below 95 %: `npm run coverage`.
//
// Needs cargo-llvm-cov, and LLVM's tools. Reached counts what the crates' own tests run, the linter's, and those of
// `conformance` that ask them and nobody else; neither the HTTP tests nor the command line, and no examples in
// documentation, which only nightly Rust can count. Test code itself does not count: a file ends at its
// `#[cfg(test)] mod tests`, and a module that is only there for tests is left out.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NATIVE_TESTS, makeCoreWorkspace } from './core-workspace.mjs';
import { findLlvmTools } from './llvm-tools.mjs';

const CRATES = ['policy', 'oidc', 'github-types'];
const LEAST_PERCENT = 95;
const WORKSPACE = 'target/coverage/workspace';
const REPORT = 'target/coverage/lcov.info';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
if (spawnSync('cargo', ['llvm-cov', '--version']).status !== 0) {
  fail('cargo-llvm-cov is not installed: `cargo install --locked cargo-llvm-cov`');
}
const { missing, ...tools } = findLlvmTools();
if (missing !== undefined) fail(missing);

makeCoreWorkspace(WORKSPACE);
const packages = (names) => names.flatMap((name) => ['--package', name]);
cargo('clean', '--workspace');
cargo('test', '--no-report', '--all-features', ...packages(CRATES));
cargo('test', '--no-report', ...packages(NATIVE_TESTS.packages), ...NATIVE_TESTS.names.flatMap((name) => ['--test', name]));
cargo('report', '--lcov', '--output-path', join(root, REPORT));

const files = filesOf(readFileSync(REPORT, 'utf8'));
const results = CRATES.map((name) => sumOf(name, files.filter(({ path }) => path.startsWith(`crates/${name}/src/`))));
printTable(results);
printGaps(files);
const low = results.filter(({ percent }) => percent < LEAST_PERCENT).map(({ name }) => name);
if (low.length > 0) fail(`less than ${LEAST_PERCENT} % of the lines of ${low.join(' and ')} are reached`);

function cargo(...args) {
  const env = { ...process.env, ...tools, GENERATED_SCENARIOS: '5000' };
  const { status } = spawnSync('cargo', ['llvm-cov', ...args], { cwd: WORKSPACE, stdio: 'inherit', env });
  if (status !== 0) fail(`\`cargo llvm-cov ${args[0]}\` failed: nothing is measured`);
}

/** Files of the crates with their lines of code, without tests: which there are, and which were never reached. */
function filesOf(report) {
  const records = report.split('end_of_record').map((record) => ({
    path: relative(join(root, WORKSPACE), /^SF:(.*)$/m.exec(record)?.[1] ?? root),
    lines: [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, count]) => ({ line: Number(line), isReached: count !== '0' })),
  }));
  const counted = records.filter(({ path }) => CRATES.some((name) => path.startsWith(`crates/${name}/src/`)) && !isTestModule(path));
  return counted.map(({ path, lines }) => {
    const own = lines.filter(({ line }) => line < firstTestLine(path));
    return { path, count: own.length, unreached: own.filter(({ isReached }) => !isReached).map(({ line }) => line) };
  });
}

/** The line at which a file's tests begin; they are the last thing in it. */
function firstTestLine(path) {
  const [before, after] = readFileSync(path, 'utf8').split(/^#\[cfg\(test\)\]\nmod tests \{$/m);
  return after === undefined ? Infinity : before.split('\n').length;
}

/** Whether the file is a module that its parent has for tests only. */
function isTestModule(path) {
  const folder = dirname(path);
  const declaration = new RegExp(`^#\\[cfg\\(test\\)\\]\\nmod ${basename(path, '.rs')};$`, 'm');
  const parents = [`${folder}.rs`, join(folder, 'lib.rs')].filter((parent) => existsSync(parent));
  return parents.some((parent) => declaration.test(readFileSync(parent, 'utf8')));
}

function sumOf(name, own) {
  const lines = own.reduce((total, { count }) => total + count, 0);
  const reached = lines - own.reduce((total, { unreached }) => total + unreached.length, 0);
  if (lines === 0) fail(`nothing was measured of ${name}`);
  return { name, lines, reached, percent: (100 * reached) / lines };
}

function printTable(rows) {
  const row = (...cells) => console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(14) : cell.padStart(9))).join(''));
  console.log();
  row('crate', 'lines', 'reached', 'percent');
  for (const { name, lines, reached, percent } of rows) row(name, String(lines), String(reached), percent.toFixed(2));
}

function printGaps(all) {
  const gaps = all.filter(({ unreached }) => unreached.length > 0);
  if (gaps.length > 0) console.log('\nnever reached:');
  for (const { path, unreached } of gaps) console.log(`  ${path}: ${ranges(unreached)}`);
}

/** `3, 7-9` for 3, 7, 8, 9. */
function ranges(lines) {
  const found = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last?.end === line - 1) last.end = line;
    else found.push({ begin: line, end: line });
  }
  return found.map(({ begin, end }) => (begin === end ? begin : `${begin}-${end}`)).join(', ');
}

function fail(problem) {
  console.error(`error: ${problem}`);
  process.exit(1);
}
