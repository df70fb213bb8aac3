// Measures, and writes `docs/benchmarks.md`: `npm run bench`, or some sections of it: `npm run bench -- broker`.
//
// A section is measured in one run on one machine, so that its figures can be compared with each other. Nothing here
// fails because something is slow.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writePolicies } from './bench/policies.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const ROUNDS = 30;
const CHECK_ROUNDS = 9;
/** Between the runner and each host, there and back, in milliseconds: none, a region, a continent. */
const ROUND_TRIPS = [0, 10, 50];
const POLICIES = 1_000;
const NOW = '2026-11-25T12:00:00Z';

/** The sections of the page, in their order: title, what it says first, and the measurement. */
const SECTIONS = {
  decide: ['Deciding, native', 'By compiled policies, from the question to the decision; then from text to a compiled policy.', () => code(divan())],
  wasm: ['Deciding, WebAssembly', `Reading, compiling and deciding in one call, Node ${process.versions.node}.`, wasmTable],
  start: ['Start-up of the action', startUpNote(), startUpTable],
  far: ['A step with a network in between', farNote(), farTable],
  size: ['Size of `dist/`', 'What a runner downloads.', sizeTable],
  check: ['Checking policies', checkNote(), checkTable],
  broker: ['The broker', brokerNote(), brokerTables],
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SECTIONS);
const unknown = wanted.find((name) => !(name in SECTIONS));
if (unknown !== undefined) throw new Error(`expected ${Object.keys(SECTIONS).join(', ')}, found ${unknown}`);
const old = existsSync('docs/benchmarks.md') ? readFileSync('docs/benchmarks.md', 'utf8') : '';

const sections = [];
for (const [name, [title, note, measure]] of Object.entries(SECTIONS)) {
  if (!wanted.includes(name)) {
    sections.push(keep(title));
    continue;
  }
  sections.push(`## ${title}\n${note}\n${measuredOn()}\n\n${await measure()}\n\n`);
  console.error(`measured: ${title}`);
}

const text = `# Benchmarks

Measured by \`npm run bench\`, or a part of it by \`npm run bench -- ${Object.keys(SECTIONS).join('|')}\`. The load, the broker and the sandbox
GitHub share the machine. Times on shared machines are noisy: compare figures of one section with each other.

${sections.join('')}`;
writeFileSync('docs/benchmarks.md', `${text}${keep('What the figures say')}`);
console.log(text);

function measuredOn() {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${cpus()[0].model}, ${memory}, Linux, Rust ${version('rustc')}.`;
}

/** A section as the page has it. The last one is written by hand. */
function keep(title) {
  const begin = old.indexOf(`## ${title}\n`);
  if (begin < 0) return '';
  const end = old.indexOf('\n## ', begin);
  return end < 0 ? old.slice(begin) : old.slice(begin, end + 1);
}

function divan() {
  const output = run('cargo', ['bench', '--locked', '-p', 'conformance', '--bench', 'decide'], { NO_COLOR: '1' });
  return output.slice(output.indexOf('decide  ')).trimEnd();
}

function brokerNote() {
  return `Granted tokens, closed loop: every caller asks again as soon as it has its answer, each time with another OIDC token. Every row has
a broker of its own. "1 of 8": each request is for one of eight repositories; "8": each is for all eight, which have a policy each. The CPU
time is that of the broker, of the sandbox GitHub, and of the callers, for 1,000 tokens.`;
}

function brokerTables() {
  run('cargo', ['build', '--locked', '--release', '-p', 'cli']);
  return run('cargo', ['bench', '--locked', '-p', 'conformance', '--bench', 'broker']).trim();
}

function checkNote() {
  return `1,000 checkouts, each with a policy of 3 to 14 statements, made by \`scripts/bench/policies.mjs\`; one in ten has a mistake. Wall time and the
largest resident memory of the whole command, median, least and greatest of ${CHECK_ROUNDS} (CPU time: median), by \`access-token check --format FORMAT .\` of the release build, with the
files in the system's cache. The targets are 2 s and 200 MiB on two cores.`;
}

function checkTable() {
  run('cargo', ['build', '--locked', '--release', '-p', 'cli']);
  const binary = join(root, 'target/release/access-token');
  const folder = mkdtempSync(join(tmpdir(), 'access-token-bench-'));
  try {
    const bytes = writePolicies(folder, POLICIES);
    const rows = ['human', 'json', 'sarif', 'github'].map((format) => {
      const runs = Array.from({ length: CHECK_ROUNDS }, () => checked(binary, folder, format));
      const ms = runs.map(({ ms }) => ms);
      const memory = Math.max(...runs.map(({ memory }) => memory));
      const cpu = median(runs.map(({ cpu }) => cpu));
      return `| ${format} | ${median(ms).toFixed(0)} | ${Math.min(...ms).toFixed(0)} | ${Math.max(...ms).toFixed(0)} | ${cpu.toFixed(0)} | ${memory.toFixed(0)} |`;
    });
    const table = ['| format | median ms | least ms | greatest ms | CPU ms | peak MiB |', '| --- | ---: | ---: | ---: | ---: | ---: |', ...rows].join('\n');
    return `${table}\n\n${POLICIES} files have ${(bytes / 2 ** 20).toFixed(1)} MiB. The machine's load was ${loadavg()[0].toFixed(1)}, on ${cpus().length} cores.`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One run of `check`; the most memory that it had is what the system counts for this process's child. */
function checked(binary, folder, format) {
  const begun = performance.now();
  const { status, stderr, error } = spawnSync('/usr/bin/time', ['-f', '%M %U %S', binary, 'check', '--now', NOW, '--format', format], {
    cwd: folder, encoding: 'utf8', env: {}, stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ms = performance.now() - begun;
  // There are mistakes, so the command says so.
  if (status !== 1) throw new Error(`check under /usr/bin/time (package \`time\`) ended with ${status}: ${error ?? stderr}`);
  const [kib, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { ms, memory: kib / 1024, cpu: (user + system) * 1000 };
}

async function wasmTable() {
  const glue = await import(join(root, 'scripts/whole-core.mjs'));
  const rows = [10, 100, 1000].map((statements) => {
    const scenario = scenarioOf(statements);
    if (glue.decide(scenario).granted !== true) throw new Error('the benchmark\'s scenario is not granted');
    return `| ${statements} | ${times(ROUNDS, () => glue.decide(scenario)).toFixed(2)} |`;
  });
  return ['| statements | median ms |', '| ---: | ---: |', ...rows].join('\n');
}

function scenarioOf(statements) {
  const subjects = Array.from({ length: statements - 1 }, (_, n) => `repo:octo-org/app-${n}:ref:refs/heads/${n % 2 ? 'release/*' : 'main'}`);
  const lines = [...subjects, 'repo:octo-org/app:ref:refs/heads/*'].map(
    (subject) => ` - {subjects: ['${subject}'], permissions: {contents: write}}`,
  );
  return {
    now: '2026-11-01T12:00:00Z',
    claims: { sub: 'repo:octo-org/app:ref:refs/heads/main', repository: 'octo-org/app', repository_owner: 'octo-org', ref: 'refs/heads/main', event_name: 'push' },
    request: { repositories: ['website'], permissions: { contents: 'write' } },
    installation: { owner_id: 65, permissions: { contents: 'write' } },
    owner_policy: 'origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: write}\n',
    repository_policies: { website: `origin: octo-org/website\nstatements:\n${lines.join('\n')}\n` },
  };
}

function startUpNote() {
  return `Wall time of the whole process over that of bare Node, median of ${ROUNDS} (and the least over the least), all taken in turns; the
runner's endpoint, the broker and GitHub are one local process that answers at once. "Requests alone" is a script that makes the same
requests by \`node:http\` and does nothing else: no step that makes them can be faster. The targets over bare Node are 15 ms for
\`main.js\` on Node 24, 30 ms on Node 20, and 10 ms for \`post.js\`.`;
}

async function startUpTable() {
  const rows = [];
  const folder = mkdtempSync(join(tmpdir(), 'access-token-bench-'));
  const server = spawn(process.execPath, ['scripts/bench/instant.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface({ input: server.stdout }), 'line');
    for (const node of [process.execPath, 'action/test/node24/node_modules/node/bin/node']) {
      if (existsSync(node)) rows.push(await startUpRow(node, `http://127.0.0.1:${port}`, folder));
    }
  } finally {
    server.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
  const load = loadavg()[0].toFixed(1);
  const table = [
    '| Node | bare `node -e 0` ms | 3 requests alone | `main.js` | 1 request alone | `post.js` |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
  return `${table}\n\nThe machine's load was ${load}, on ${cpus().length} cores.`;
}

async function startUpRow(node, url, folder) {
  const taken = { bare: [], mainAlone: [], main: [], postAlone: [], post: [] };
  const alone = (...requests) => ['scripts/bench/requests.cjs', ...requests];
  for (let round = 0; round < ROUNDS; round += 1) {
    const environment = environmentOf(folder, { runner: url, broker: url, github: url });
    taken.bare.push(await timed(node, ['-e', '0'], {}));
    taken.mainAlone.push(await timed(node, alone(...requestsOf({ runner: url, broker: url, github: url })), {}));
    taken.main.push(await timed(node, ['dist/main.js'], environment));
    taken.postAlone.push(await timed(node, alone(`DELETE ${url}/installation/token`), {}));
    taken.post.push(await timed(node, ['dist/post.js'], { ...environment, ...stateOf(environment.GITHUB_STATE) }));
  }
  const bare = median(taken.bare);
  const over = (list) => `${(median(list) - bare).toFixed(0)} (${(Math.min(...list) - Math.min(...taken.bare)).toFixed(0)})`;
  const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return `| ${name} | ${bare.toFixed(0)} | ${over(taken.mainAlone)} | ${over(taken.main)} | ${over(taken.postAlone)} | ${over(taken.post)} |`;
}

/** What a runner gives to the step. */
function environmentOf(folder, { runner, broker, github }) {
  const files = Object.fromEntries(['OUTPUT', 'STATE', 'STEP_SUMMARY'].map((name) => [`GITHUB_${name}`, join(folder, name)]));
  Object.values(files).forEach((file) => writeFileSync(file, ''));
  return {
    ...files,
    'INPUT_PERMISSIONS': 'contents: read',
    'INPUT_REPOSITORY': 'website',
    'INPUT_APP-SERVER': broker,
    'INPUT_GITHUB-API-URL': github,
    'GITHUB_REPOSITORY': 'octo-org/app',
    'GITHUB_EVENT_NAME': 'push',
    'ACTIONS_ID_TOKEN_REQUEST_URL': `${runner}/id`,
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN': 'request-token',
  };
}

/** The requests of a granted step. */
function requestsOf({ runner, broker, github }) {
  return [`GET ${runner}/id`, `POST ${broker}/access_tokens`, `GET ${github}/rate_limit`];
}

function farNote() {
  return `Wall time of the whole process, bare Node included, median of ${ROUNDS} (and the least), taken in turns. The runner's endpoint, the broker and
GitHub are three hosts with TLS that answer at once, each behind a network of its own. "Requests alone" connects to one host after the other, as whoever waits for an answer
before thinking of the next request; the step connects to the next host while it waits.`;
}

async function farTable() {
  const folder = mkdtempSync(join(tmpdir(), 'access-token-bench-'));
  const rows = [];
  try {
    for (const roundTrip of ROUND_TRIPS) rows.push(await farRow(roundTrip, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const table = [`| there and back, ms | 3 requests alone | \`main.js\`, Node ${process.versions.node} |`, '| ---: | ---: | ---: |', ...rows].join('\n');
  return `${table}\n\nThe machine's load was ${loadavg()[0].toFixed(1)}, on ${cpus().length} cores.`;
}

async function farRow(roundTrip, folder) {
  const authority = join(folder, 'authority.pem');
  const server = spawn(process.execPath, ['scripts/bench/far.mjs', `${roundTrip / 2}`, authority], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const hosts = {};
    for (const name of ['runner', 'broker', 'github']) hosts[name] = (await lines.next()).value;
    const taken = { alone: [], main: [] };
    const trust = { NODE_EXTRA_CA_CERTS: authority };
    for (let round = 0; round < ROUNDS; round += 1) {
      taken.alone.push(await timed(process.execPath, ['scripts/bench/requests.cjs', ...requestsOf(hosts)], trust));
      taken.main.push(await timed(process.execPath, ['dist/main.js'], { ...environmentOf(folder, hosts), ...trust }));
    }
    const [alone, main] = [taken.alone, taken.main].map((list) => `${median(list).toFixed(0)} (${Math.min(...list).toFixed(0)})`);
    return `| ${roundTrip} | ${alone} | ${main} |`;
  } finally {
    server.stdin.end();
  }
}

/** What main saved for post, as the runner hands it over: the last value of a name counts. */
function stateOf(file) {
  const state = {};
  const text = readFileSync(file, 'utf8');
  for (const [, name, , value] of text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)) state[`STATE_${name}`] = value;
  return state;
}

async function timed(command, args, environment) {
  const begun = performance.now();
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${args[0]} failed:\n${output}`);
  return performance.now() - begun;
}

function sizeTable() {
  const files = ['main.js', 'post.js', 'refresh.js', 'aws.js', 'core.wasm', 'check.js', 'whole.wasm.br'].map((name) => [name, statSync(join('dist', name)).size]);
  const total = files.reduce((sum, [, size]) => sum + size, 0);
  const rows = [...files, ['in all', total]].map(([name, size]) => `| ${name} | ${size.toLocaleString('en')} |`);
  return ['| file | bytes |', '| --- | ---: |', ...rows].join('\n');
}

function times(count, work) {
  for (let warm = 0; warm < 3; warm += 1) work();
  return median(Array.from({ length: count }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  }));
}

function median(list) {
  return [...list].sort((one, other) => one - other)[Math.floor(list.length / 2)];
}

function code(text) {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function version(command) {
  return spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.split(' ')[1];
}

function run(command, args, environment = {}) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  return stdout;
}
