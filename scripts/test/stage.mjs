// One stage of the tests: a command whose output is shown as it comes, and whose test results are counted.

import { spawn } from 'node:child_process';

const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

export function painted(code, text) {
  return isColoured ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/**
 * Runs a command and resolves with `{ok, passed, failed, ignored, seconds}`.
 *
 * `hasTests`: it must report at least one test that passed, so that a runner that finds none is no success.
 */
export async function runStage({ name, note, command, hasTests = false }) {
  const [program, ...args] = command;
  console.log(`\n${painted('1', `── ${name}`)}${note === undefined ? '' : `\n   ${note}`}\n   ${painted('2', shown(command))}`);
  const begin = performance.now();
  const { status, text } = await run(program, args);
  const seconds = (performance.now() - begin) / 1000;
  const counts = hasTests ? counted(text) : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, ignored: 0 };
  const isEmpty = hasTests && counts.passed === 0;
  const ok = status === 0 && counts.failed === 0 && !isEmpty;
  if (isEmpty) console.log('   no test was run');
  // A stage that breaks without a failed test, such as by an error of the compiler, is one failure.
  if (!ok && counts.failed === 0) counts.failed = 1;
  const tests = hasTests ? `${counts.passed} passed, ${counts.failed} failed${counts.ignored > 0 ? `, ${counts.ignored} ignored` : ''}, ` : '';
  console.log(`   ${ok ? painted('32', 'ok') : painted('31', 'FAILED')} ${name}: ${tests}${seconds.toFixed(1)} s`);
  return { name, ok, seconds, ...counts };
}

/** What the runners say in the end: `test result: ok. 3 passed; …` of cargo, `ℹ pass 3` and `# pass 3` of Node. */
function counted(text) {
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  const of = (word, node) => sum(new RegExp(`^test result: .*?(\\d+) ${word}`, 'gm')) + sum(new RegExp(`^[ℹ#] ${node} (\\d+)$`, 'gm'));
  return {
    passed: of('passed', 'pass'),
    failed: of('failed', 'fail'),
    ignored: of('ignored', 'skipped') + sum(/^[ℹ#] todo (\d+)$/gm),
  };
}

function run(program, args) {
  const child = spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  child.stderr.pipe(process.stderr, { end: false });
  return new Promise((done) => {
    child.on('error', (error) => {
      console.error(`   ${program} could not be started: ${error.message}`);
      done({ status: 1, text });
    });
    child.on('close', (status) => done({ status, text: withoutColours(text) }));
  });
}

/** Without what a runner of GitHub, or a test runner around this one, puts there: the tests play runner themselves. */
function environment() {
  const isForeign = (name) => /^(?:ACTIONS|GITHUB|INPUT|STATE)_|^NODE_TEST_CONTEXT$/.test(name);
  const entries = Object.entries(process.env).filter(([name]) => !isForeign(name));
  return { ...Object.fromEntries(entries), ...(isColoured ? { CARGO_TERM_COLOR: 'always' } : {}) };
}

function withoutColours(text) {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g'), '');
}

function shown(command) {
  return command.map((word) => (word === process.execPath ? 'node' : word)).join(' ');
}
