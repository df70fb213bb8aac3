// Fuzzes: `npm run fuzz [-- SECONDS [TARGET…]]`, 60 seconds a target unless told otherwise, two targets at a time.
//
// Needs the nightly toolchain and cargo-fuzz. What is found lies in `fuzz/artifacts`; the corpus is kept in
// `fuzz/corpus`, so that the next run goes on from there. A line for each target says what it did, and in how much time
// of the processor: beside other work that is less than the clock says.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../fuzz', import.meta.url)));
const TARGETS = [...readFileSync('Cargo.toml', 'utf8').matchAll(/path = "targets\/(\w+)\.rs"/g)].map(([, name]) => name);
const LIMITS = ['-max_len=4096', '-timeout=20', '-rss_limit_mb=2048'];
const [seconds = '60', ...wanted] = process.argv.slice(2);
const unknown = wanted.find((name) => !TARGETS.includes(name));
if (!/^[1-9][0-9]{0,5}$/.test(seconds) || unknown !== undefined) {
  console.error(`expected: npm run fuzz [-- SECONDS [TARGET…]], with targets of ${TARGETS.join(', ')}`);
  process.exit(2);
}

run('cargo', ['run', '--quiet', '--locked', '--example', 'seeds', '--', 'corpus']);
// Without a sanitizer, which takes four fifths of the time: the project has no unsafe code. What is kept of the corpus
// runs once more with it, for the code of others. Without debug assertions, since the project has none.
const PLAIN = ['--fuzz-dir', '.', '-O', '--sanitizer', 'none'];
const SANITIZED = ['--fuzz-dir', '.', '-O', '--sanitizer', 'address', '--target-dir', 'target/address'];
run('cargo', ['+nightly', 'fuzz', 'build', ...PLAIN]);
const queue = wanted.length > 0 ? wanted : [...TARGETS];
const results = [];
await Promise.all(Array.from({ length: availableParallelism() }, work));
run('cargo', ['+nightly', 'fuzz', 'build', ...SANITIZED]);
for (const result of results) sanitize(result);
const failed = results.filter(({ status }) => status !== 0);
for (const { target, log } of failed) console.error(`\n${target} ended with:\n${log.split('\n').slice(-40).join('\n')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Runs targets until the queue is empty. */
async function work() {
  for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
    const result = await fuzz(target);
    const { executions, coverage, wall, processor, status } = result;
    const found = status === 0 ? 'nothing found' : 'FOUND something';
    console.log(`${target}: ${executions} executions in ${wall} s (${processor} s of a processor), coverage ${coverage}, ${found}`);
    results.push(result);
  }
}

/** One target, for its time. */
async function fuzz(target) {
  mkdirSync(`corpus/${target}`, { recursive: true });
  const options = [`-max_total_time=${seconds}`, '-print_final_stats=1', '-dict=words.dict', ...LIMITS];
  const command = ['cargo', '+nightly', 'fuzz', 'run', ...PLAIN, target, '--', ...options];
  // Only the shell tells what the processes that it waited for have used.
  const child = spawn('bash', ['-c', 'TIMEFORMAT="used: %R %U %S"; time "$@"', 'bash', ...command], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let log = '';
  // The tail is what tells; a run of hours prints much.
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-100_000)));
  const status = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const executions = /stat::number_of_executed_units:\s*(\d+)/.exec(log)?.[1] ?? 'unknown';
  const coverage = [...log.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? 'unknown';
  const [wall, user, system] = /used: (\S+) (\S+) (\S+)/.exec(log)?.slice(1).map(Number) ?? [];
  return { target, executions, coverage, wall: wall?.toFixed(0), processor: (user + system).toFixed(0), status, log };
}

/** What is in the corpus of a target, once, with the address sanitizer. */
function sanitize(result) {
  const { target } = result;
  const { status, stderr } = spawnSync('cargo', ['+nightly', 'fuzz', 'run', ...SANITIZED, target, '--', '-runs=0', ...LIMITS], {
    stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28,
  });
  if (status === 0) return;
  result.status = status ?? 1;
  console.log(`${target}: FOUND something with the address sanitizer`);
  result.log += `\nwith the address sanitizer:\n${stderr}`;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
