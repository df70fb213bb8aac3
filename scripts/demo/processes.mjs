// The processes of the demonstration: started on free ports of the loopback interface, and stopped whatever happens.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a process may take to say that it is ready, and to end when it is told to, in milliseconds. */
const startLimit = 30_000;
const stopLimit = 5_000;

const running = new Set();
/** Where the keys of the sandbox are as long as it runs. */
const folders = [];

/** The binary, built by cargo where it is missing or older than its sources. `tell` is told when that takes time. */
export async function binary(tell) {
  const target = resolve(process.env.CARGO_TARGET_DIR ?? 'target');
  const path = resolve(target, 'debug', process.platform === 'win32' ? 'access-token.exe' : 'access-token');
  if (spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status !== 0) {
    if (existsSync(path)) return path;
    throw new Error('`cargo` was not found, and the binary is not built: install Rust from https://rustup.rs');
  }
  const command = ['build', '--locked', '-p', 'cli'];
  const isMissing = !existsSync(path);
  const announce = () => tell(`building the binary: cargo ${command.join(' ')}${isMissing ? ' (the first time takes minutes)' : ''}`);
  const timer = setTimeout(announce, isMissing ? 0 : 1_000);
  const build = spawn('cargo', isMissing ? command : [...command, '--quiet'], { stdio: ['ignore', 'inherit', 'inherit'] });
  running.add(build);
  const status = await new Promise((done) => build.on('error', done).on('close', done));
  running.delete(build);
  clearTimeout(timer);
  if (status !== 0) throw new Error(`\`cargo ${command.join(' ')}\` failed`);
  return path;
}

/** Starts a GitHub of one's own; resolves with what it says of itself. */
export async function startSandbox(path, world) {
  const state = mkdtempSync(join(tmpdir(), 'access-token-demo-'));
  folders.push(state);
  const args = ['sandbox', '--world', world, '--state', state, '--format', 'json', '--until-stdin-closes'];
  return start('the sandbox', spawn(path, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] }), (line) => line);
}

/** Starts a broker on that GitHub; resolves with its URL. */
export async function startBroker(path, github) {
  const environment = {
    GITHUB_API_URL: github.api_url,
    GITHUB_APP_ID: github.app_id,
    GITHUB_APP_PRIVATE_KEY_FILE: github.private_key_file,
    GITHUB_ACTIONS_TOKEN_ISSUER: github.issuer,
    GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: '127.0.0.1',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_FORMAT: 'json',
  };
  const child = spawn(path, ['serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  return start('the broker', child, (line) => {
    const { message, address } = { ...line, ...line.fields };
    return message === 'listening' ? `http://${address}` : undefined;
  });
}

/** Waits for the line of JSON on standard output of which `ready` makes something. */
function start(name, child, ready) {
  running.add(child);
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += chunk));
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`${name} did not start within ${startLimit / 1000} s`)), startLimit);
    child.on('error', (error) => fail(new Error(`${name} could not be started: ${error.message}`)));
    child.on('close', (code) => {
      running.delete(child);
      clearTimeout(timer);
      fail(new Error(`${name} ended with exit code ${code}: ${complaint.trim()}`));
    });
    createInterface({ input: child.stdout }).on('line', (text) => {
      const result = line(text, ready);
      if (result === undefined) return;
      clearTimeout(timer);
      done(result);
    });
  });
}

function line(text, ready) {
  try {
    return ready(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Stops all processes, and kills those that do not want to. */
export async function stopAll() {
  await Promise.all([...running].map(stop));
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('close', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimit);
  await ended;
  clearTimeout(timer);
}

// The last resort, where nobody waited for `stopAll`.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
