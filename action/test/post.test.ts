// The post step as it is shipped: a process on `dist/post.js`, against a server on the loopback interface.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { Secret } from '../src/secret.ts';
import { startServer, type FakeServer, type Reply } from './fakes/server.ts';
import { inputs, runStep, type StepRun } from './fakes/step.ts';

const token = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
const hash = new Secret(token).hash();
const asked = 'DELETE /api/v3/installation/token';

let server: FakeServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Runs the step against a GitHub that answers so. */
async function step(replies: readonly Reply[], state: Record<string, string>): Promise<StepRun> {
  server = await startServer({ [asked]: replies });
  const run = await runStep('post', { ...inputs({ 'github-api-url': `${server.url}/api/v3` }), RUNNER_DEBUG: '1', ...state });
  assert.equal(run.stderr, '');
  assert.ok(!run.stdout.join('\n').includes(token));
  assert.deepEqual([run.outputs, run.state, run.summary], [{}, {}, '']);
  return run;
}

const state = { STATE_token: token, 'STATE_token-hash': hash, 'STATE_expires-at': '2026-11-01T13:00:00Z' };
const routes = (): string[] => (server?.asked ?? []).map(({ method, path }) => `${method} ${path}`);

describe('the post step', () => {
  it('does nothing without a token', async () => {
    for (const none of [{}, { STATE_token: '' }]) {
      const run = await step([], none);
      assert.deepEqual([run.exitCode, run.stdout, routes()], [0, [], []]);
      await server?.close();
    }
  });

  it('revokes the token', async () => {
    const run = await step([{ status: 204 }], state);
    assert.deepEqual([run.exitCode, run.stdout], [0, [`Token hash: ${hash}`, 'The token is revoked']]);
    assert.deepEqual(server?.asked, [
      { method: 'DELETE', path: '/api/v3/installation/token', authorization: `Bearer ${token}`, accept: 'application/vnd.github+json', body: '' },
    ]);
  });

  it('is content with a token that is already gone', async () => {
    for (const status of [401, 404]) {
      const run = await step([{ status, body: '{"message":"Bad credentials"}' }], state);
      assert.deepEqual([run.exitCode, run.stdout], [0, [`Token hash: ${hash}`, 'The token was already gone']]);
      await server?.close();
    }
  });

  it('tries again after a hiccup', async () => {
    const run = await step([{ status: 500, headers: { 'retry-after': '0' } }, 'reset', { status: 204 }], state);
    assert.equal(run.exitCode, 0);
    assert.equal(run.stdout.at(-1), 'The token is revoked');
    assert.deepEqual(routes(), [asked, asked, asked]);
  });

  it('warns, and does not fail the job, when the token stays alive', async () => {
    const warning = `::warning::the token ${hash} could not be revoked and lives until 2026-11-01T13:00:00Z: `;
    const busy = await step([{ status: 502, headers: { 'retry-after': '0' } }], state);
    assert.deepEqual([busy.exitCode, busy.stdout.at(-1), routes().length], [0, `${warning}GitHub answered 502`, 4]);
    await server?.close();
    const redirected = await step([{ status: 301, headers: { location: '/elsewhere' } }], state);
    assert.equal(redirected.exitCode, 0);
    const url = server?.url ?? '';
    const reason = `answered with a redirect (301) to \`${url}\`, which is not followed because the request carries a credential`;
    assert.equal(redirected.stdout.at(-1), `${warning}DELETE ${url}/api/v3/installation/token: ${reason}`);
    assert.deepEqual(routes(), [asked]);
  });

  it('ends whatever else fails as an error annotation and exit code 1', async () => {
    const preloaded = join(mkdtempSync(join(tmpdir(), 'access-token-stray-')), 'stray.cjs');
    for (const stray of ["setTimeout(() => { throw new Error('stray') })", "setTimeout(() => Promise.reject(new Error('stray')))"]) {
      writeFileSync(preloaded, stray);
      const run = await step([{ status: 204 }], { ...state, NODE_OPTIONS: `--require ${preloaded}` });
      assert.deepEqual([run.exitCode, run.stdout.slice(0, 2)], [1, [`Token hash: ${hash}`, '::error::unexpected error: stray']]);
      assert.equal(run.stdout.at(-1), 'The token is revoked');
      await server?.close();
    }
  });

  it('needs nothing but its own file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-post-'));
    copyFileSync(join(process.env['ACTION_DIST'] ?? 'dist', 'post.js'), join(folder, 'post.js'));
    const run = await runStep('post', {}, folder);
    assert.deepEqual([run.exitCode, run.stdout, run.stderr], [0, [], '']);
  });
});
