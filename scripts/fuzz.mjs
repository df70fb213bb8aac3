// Fuzzes: `npm run fuzz [-- SECONDS [TARGET…]]`, 60 seconds a target unless told otherwise, two targets at a time.
//
// Needs the nightly toolchain and cargo-fuzz. What is found lies in `fuzz/artifacts`; the corpus is kept in
// `fuzz/corpus`, so that the next run goes on from there.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../fuzz', import.meta.url)));
const TARGETS = [...readFileSync('Cargo.toml', 'utf8').matchAll(/path = "targets\/(\w+)\.rs"/g)].map(([, name]) => name);
const [seconds = '60', ...wanted] = process.argv.slice(2);
const unknown = wanted.find((name) => !TARGETS.includes(name));
if (!/^[1-9][0-9]{0,5}$/.test(seconds) || unknown !== undefined) {
  console.error(`expected: npm run fuzz [-- SECONDS [TARGET…]], with targets of ${TARGETS.join(', ')}`);
  process.exit(2);
}

run('cargo', ['run', '--quiet', '--locked', '--bin', 'seeds', '--', 'corpus']);
run('cargo', ['+nightly', 'fuzz', 'build', '--fuzz-dir', '.']);
const queue = wanted.length > 0 ? wanted : [...TARGETS];
const results = [];
await Promise.all(Array.from({ length: availableParallelism() }, work));
const failed = results.filter(({ status }) => status !== 0);
for (const { target, executions, coverage, status } of results) {
  console.log(`${target}: ${executions} executions, coverage ${coverage}, ${status === 0 ? 'nothing found' : 'FOUND something'}`);
}
for (const { target, log } of failed) console.error(`\n${target} ended with:\n${log.split('\n').slice(-40).join('\n')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Runs targets until the queue is empty. */
async function work() {
  for (let target = queue.shift(); target !== undefined; target = queue.shift()) results.push(await fuzz(target));
}

/** One target, for its time. */
async function fuzz(target) {
  mkdirSync(`corpus/${target}`, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, '-max_len=4096', '-timeout=20', '-rss_limit_mb=2048', '-print_final_stats=1'];
  const child = spawn('cargo', ['+nightly', 'fuzz', 'run', '--fuzz-dir', '.', target, '--', ...limits], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let log = '';
  // The tail is what tells; a run of hours prints much.
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-100_000)));
  const status = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const executions = /stat::number_of_executed_units:\s*(\d+)/.exec(log)?.[1] ?? 'unknown';
  const coverage = [...log.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? 'unknown';
  return { target, executions, coverage, status, log };
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
