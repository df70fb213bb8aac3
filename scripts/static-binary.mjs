// The command `access-token` as one static file, which runs on any Linux of its architecture and in an image of nothing else.
//
//   node scripts/static-binary.mjs           builds target/static/access-token (minutes)
//   node scripts/static-binary.mjs --check   the same, and has it grant a token from within an empty root
//
// For the check, the file lies in a folder with nothing but the system's certificate authorities beside it, which becomes
// the root of its process. That takes root, or `sudo` without a password.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The most that it may weigh, in bytes. */
const heaviest = 12_000_000;
/** Where systems keep their certificate authorities. */
const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];
/** Where the binary looks for them in its root. */
const bundleInRoot = 'etc/ssl/certs/ca-certificates.crt';

const machine = { x64: 'x86_64', arm64: 'aarch64' }[arch()];
if (process.platform !== 'linux' || machine === undefined) fail(`there is no static build for ${process.platform} on ${arch()}`);
const target = `${machine}-unknown-linux-gnu`;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const file = build();
describe(file);
if (process.argv.includes('--check')) await check(file);

function build() {
  // Named explicitly, a target keeps the flags away from build scripts and procedural macros, which cannot be static.
  const cargo = spawnSync('cargo', ['build', '--locked', '--profile', 'static', '--target', target, '-p', 'cli'], {
    stdio: 'inherit',
    env: { ...process.env, RUSTFLAGS: '-C target-feature=+crt-static' },
  });
  if (cargo.status !== 0) process.exit(1);
  mkdirSync('target/static', { recursive: true });
  const built = join(process.env.CARGO_TARGET_DIR ?? 'target', target, 'static/access-token');
  copyFileSync(built, 'target/static/access-token');
  return 'target/static/access-token';
}

function describe(file) {
  const { size } = statSync(file);
  console.log(`${file}: ${(size / 1e6).toFixed(1)} MB`);
  if (size > heaviest) fail(`it is heavier than ${heaviest / 1e6} MB`);
  const needed = loads(readFileSync(file));
  if (needed.length > 0) fail(`it is not static: ${needed.join(', ')}`);
  console.log('static: it names no interpreter and no library');
}

/** What the system's loader would have to load: program headers and dynamic entries of a 64-bit ELF file, as `elf(5)` has them. */
function loads(bytes) {
  const number = (at) => Number(bytes.readBigUInt64LE(at));
  const found = [];
  for (let index = 0; index < bytes.readUInt16LE(56); index += 1) {
    const header = number(32) + index * bytes.readUInt16LE(54);
    const [type, offset, length] = [bytes.readUInt32LE(header), number(header + 8), number(header + 32)];
    if (type === 3) found.push('an interpreter');
    if (type !== 2) continue;
    for (let at = offset; at < offset + length && number(at) !== 0; at += 16) if (number(at) === 1) found.push('a library');
  }
  return found;
}

async function check(file) {
  const root = mkdtempSync(join(tmpdir(), 'access-token-root-'));
  const children = [];
  try {
    copyFileSync(file, join(root, 'access-token'));
    await withoutAuthorities(root);
    const bundle = bundles.find((path) => existsSync(path));
    if (bundle === undefined) fail('this system has no certificate authorities: expected the package `ca-certificates`');
    mkdirSync(dirname(join(root, bundleInRoot)), { recursive: true });
    cpSync(bundle, join(root, bundleInRoot), { dereference: true });
    await grants(file, root, children);
  } finally {
    for (const child of children) child.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

/** It says what is missing, rather than fail at the first request. */
async function withoutAuthorities(root) {
  const child = inRoot(root, { GITHUB_API_URL: 'https://api.github.com', ...settings(await newKey()) });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 3 || !said.includes('SSL_CERT_FILE')) fail(`without authorities it ended with ${code}: ${said}`);
  console.log('without authorities it does not start, and says so');
}

async function grants(file, root, children) {
  const sandbox = spawn(file, ['sandbox', '--world', 'crates/sandbox/world', '--format', 'json', '--until-stdin-closes'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(sandbox);
  const github = JSON.parse(await firstLine(sandbox));
  const broker = inRoot(root, {
    GITHUB_API_URL: github.api_url,
    GITHUB_ACTIONS_TOKEN_ISSUER: github.issuer,
    ...settings(readFileSync(github.private_key_file, 'utf8')),
  });
  children.push(broker);
  const { address } = JSON.parse(await firstLine(broker));
  const signed = await post(`${github.url}/sandbox/sign`, { header: {}, claims: claims(github.issuer) });
  const asked = { repositories: ['website'], permissions: { contents: 'read' } };
  const answer = await post(`http://${address}/access_tokens`, asked, signed.value);
  if (typeof answer.token !== 'string') fail(`it granted nothing: ${JSON.stringify(answer)}`);
  console.log('with nothing but authorities beside it, it granted a token');
  const ended = new Promise((resolve) => broker.on('close', resolve));
  // To the broker itself, where `sudo` stands between.
  broker.kill('SIGTERM');
  if ((await ended) !== 0) fail('it did not end in order');
}

function settings(key) {
  return {
    GITHUB_APP_ID: '12345',
    GITHUB_APP_PRIVATE_KEY: key,
    GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: 'broker.example',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_FORMAT: 'json',
  };
}

function claims(issuer) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer, aud: 'broker.example', jti: 'static', iat: now, nbf: now, exp: now + 300,
    sub: 'repo:octo-org/app:ref:refs/heads/main', ref: 'refs/heads/main',
    repository: 'octo-org/app', repository_owner: 'octo-org',
  };
}

async function newKey() {
  const { generateKeyPairSync } = await import('node:crypto');
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
}

/** `access-token serve` in a root of its own, with these settings and nothing else in its environment. */
function inRoot(root, env) {
  const command = ['chroot', root, '/access-token', 'serve'];
  const rights = process.getuid?.() === 0 ? [] : ['sudo', '-n', '--preserve-env=' + Object.keys(env).join()];
  const [program, ...args] = [...rights, ...command];
  return spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  return fail('it ended before it listened');
}

async function post(url, body, token) {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

function fail(problem) {
  console.error(`error: ${problem}`);
  process.exit(1);
}
