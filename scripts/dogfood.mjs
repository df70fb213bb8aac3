// Starts a sandbox with this repository in it, and a broker that believes the real GitHub about who calls, for the workflow
// `dogfood.yml`. Both outlive this script and end with the job. Writes their addresses to the outputs of the step.

import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { GITHUB_OUTPUT, GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID, GITHUB_REPOSITORY_OWNER_ID, RUNNER_TEMP } = process.env;
const [owner] = GITHUB_REPOSITORY.split('/');
const policyRepository = `${owner}/.github-access-token`;
const world = join(RUNNER_TEMP, 'world');
const binary = 'target/debug/access-token';
/** How long a server may take to say that it is ready, in milliseconds. */
const startLimit = 30_000;

write('app.json', { id: 12345, client_id: 'Iv1.sandbox', slug: 'access-token-sandbox' });
write(`${owner}/owner.json`, { type: 'Organization', id: Number(GITHUB_REPOSITORY_OWNER_ID) });
write(`${owner}/installation.json`, { id: 1, permissions: { contents: 'read', metadata: 'read' }, repository_selection: 'all' });
write(`${policyRepository}/repository.json`, { id: 1, private: true });
write(`${policyRepository}/files/access-token.yaml`, `origin: ${policyRepository}\nallowed-repository-permissions: {contents: read}\n`);
write(`${GITHUB_REPOSITORY}/repository.json`, { id: Number(GITHUB_REPOSITORY_ID), private: true });
write(`${GITHUB_REPOSITORY}/files/README.md`, '# Read with a token\n');
write(
  `${GITHUB_REPOSITORY}/files/.github/access-token.yaml`,
  `origin: ${GITHUB_REPOSITORY}\nstatements:\n  - subjects: ["repo:\${origin}:ref:refs/heads/main", "repo:\${origin}:pull_request"]\n    permissions: {contents: read}\n`,
);

const github = await start(['sandbox', '--world', world, '--format', 'json'], {});
const broker = await start(['serve'], {
  GITHUB_API_URL: github.api_url,
  GITHUB_APP_ID: github.app_id,
  GITHUB_APP_PRIVATE_KEY_FILE: github.private_key_file,
  GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: '127.0.0.1',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_FORMAT: 'json',
});
appendFileSync(GITHUB_OUTPUT, `broker=http://${broker.address}\ngithub-api-url=${github.api_url}\n`);
console.log(`sandbox ${github.url}, broker http://${broker.address}`);
process.exit();

function write(path, content) {
  const file = join(world, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}

/** The JSON line by which a server says that it is ready. It writes to a file, which stays open when this script is gone. */
async function start(args, environment) {
  const path = join(RUNNER_TEMP, `${args[0]}.log`);
  const log = openSync(path, 'w');
  const child = spawn(binary, args, { detached: true, env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', log, 'inherit'] });
  child.unref();
  const end = Date.now() + startLimit;
  while (child.exitCode === null && Date.now() < end) {
    const [line, ...others] = readFileSync(path, 'utf8').split('\n');
    if (others.length > 0) return JSON.parse(line);
    await setTimeout(50);
  }
  throw new Error(`${args[0]} did not start`);
}
