// The steps as they are shipped, in a process that takes itself for one on Windows: lines end with `\r\n`, and the names of
// environment variables have no letter case.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { proxyFor } from '../src/proxy.ts';
import { Runner } from '../src/runner.ts';
import { grant, hash, idToken, outputs, requestToken, runnerRoute, state, token } from './fakes/scenario.ts';
import { startServer } from './fakes/server.ts';
import { runStep } from './fakes/step.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-token-windows-'));
/** Loaded before the step. */
const platform = join(folder, 'platform.cjs');
writeFileSync(
  platform,
  `const os = require('node:os');
Object.defineProperty(os, 'EOL', { value: '\\r\\n' });
Object.defineProperty(process, 'platform', { value: 'win32' });
const all = { ...process.env };
const nameOf = (name) => Object.keys(all).find((one) => one.toUpperCase() === String(name).toUpperCase());
process.env = new Proxy(all, { get: (_, name) => (typeof name === 'string' ? all[nameOf(name) ?? ''] : undefined) });
`,
);

/** Entries of a command file whose lines end as on Windows; nothing else may be in it. */
function entriesOf(path: string): Record<string, string> {
  const text = readFileSync(path, 'utf8');
  assert.doesNotMatch(text, /(?<!\r)\n/);
  const entries = [...text.matchAll(/(.+?)<<(ghadelimiter_[\da-f-]{36})\r\n([\s\S]*?)\r\n\2\r\n/gy)];
  assert.equal(entries.map(([whole]) => whole).join(''), text);
  return Object.fromEntries(entries.map(([, key = '', , value = '']) => [key, value]));
}

/** Runs a step with everything that a runner gives, by names in letters that nobody expects. */
async function step(entry: 'main' | 'post', url: string, more: Record<string, string>): Promise<{ exitCode: number | null; lines: string[]; files: string[] }> {
  const files = ['output', 'state', 'summary'].map((name) => join(folder, `${entry}-${name}`));
  for (const file of files) writeFileSync(file, '');
  const [output = '', saved = '', summary = ''] = files;
  const run = await runStep(entry, {
    GITHUB_OUTPUT: output,
    GITHUB_STATE: saved,
    GITHUB_STEP_SUMMARY: summary,
    NODE_OPTIONS: `--require ${platform}`,
    'Input_Permissions': 'contents: write\r\nissues: read\r\n',
    'Input_Repositories': 'website\r\ndocs\r\n',
    'Input_App-Server': `- ${url}/prefix\r\n`,
    'input_github-api-url': `${url}/api/v3`,
    'Github_Repository': 'octo-org/app',
    'Actions_Id_Token_Request_Url': `${url}/idtoken/1`,
    'Actions_Id_Token_Request_Token': requestToken,
    ...more,
  });
  assert.equal(run.stderr, '');
  for (const line of run.stdout) assert.ok(line.endsWith('\r'), line);
  return { exitCode: run.exitCode, lines: run.stdout.map((line) => line.slice(0, -1)), files };
}

describe('on Windows', () => {
  it('the main step reads its inputs and writes what the runner reads', async () => {
    const server = await startServer({ ...runnerRoute, 'POST /prefix/access_tokens': [grant] });
    try {
      const { exitCode, lines, files } = await step('main', server.url, {});
      assert.equal(exitCode, 0, lines.join('\n'));
      assert.deepEqual(entriesOf(files[0] ?? ''), outputs);
      assert.deepEqual(entriesOf(files[1] ?? ''), state);
      assert.match(readFileSync(files[2] ?? '', 'utf8'), /^### Access token\n/);
      assert.ok(lines.includes(`::add-mask::${token}`) && lines.includes(`::add-mask::${idToken}`));
      assert.equal(lines.at(-1), 'Expires at:   2026-11-01T13:00:00Z');
      const body = server.asked.find(({ method }) => method === 'POST')?.body ?? '{}';
      assert.deepEqual(JSON.parse(body), { permissions: { contents: 'write', issues: 'read' }, repositories: ['website', 'docs'] });
    } finally {
      await server.close();
    }
  });

  it('the post step gives the token back', async () => {
    const server = await startServer({ 'DELETE /api/v3/installation/token': [{ status: 204 }] });
    try {
      const { exitCode, lines } = await step('post', server.url, { 'State_Token': token, 'State_Token-Hash': hash });
      assert.deepEqual([exitCode, lines], [0, [`Token hash: ${hash}`, 'The token is revoked']]);
      assert.equal(server.asked.length, 1);
    } finally {
      await server.close();
    }
  });

  it('a file of the runner is found by its path there', () => {
    const runner = new Runner({ environment: { GITHUB_OUTPUT: 'D:\\a\\_temp\\_runner_file_commands\\set_output_1' }, write: () => undefined, uuid: () => '' });
    const message = '`GITHUB_OUTPUT`: expected a file of the runner that can be written, found nothing at `D:\\a\\_temp\\_runner_file_commands\\set_output_1`';
    assert.throws(() => { runner.requireFiles('GITHUB_OUTPUT'); }, { message });
  });

  it('a proxy is known by a name in any letters', () => {
    const all: Record<string, string> = { 'HTTPS_Proxy': 'http://proxy.octo-org.test:3128' };
    const environment = new Proxy(all, { get: (target, name) => Object.entries(target).find(([one]) => one.toUpperCase() === String(name).toUpperCase())?.[1] });
    assert.equal(proxyFor(new URL('https://broker.octo-org.test'), environment)?.href, 'http://proxy.octo-org.test:3128/');
  });
});
