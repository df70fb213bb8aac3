// The main step as it is shipped: a process on `dist/main.js`, against a server on the loopback interface.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import {
  asked, assertNothingLeaks, claims, grant, granted, hash, idToken, masksOf, requestToken, runnerRoute, takenBack, token, tried,
} from './fakes/scenario.ts';
import { startServer, type FakeServer, type Reply, type Script } from './fakes/server.ts';
import { inputs, runStep, type StepRun } from './fakes/step.ts';

let server: FakeServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Runs the step against a broker, a runner and a GitHub that are one server with this script. */
async function step(script: Script, change: Record<string, string> = {}): Promise<StepRun> {
  server = await startServer({ ...runnerRoute, ...script });
  const run = await runStep('main', {
    ...inputs({
      permissions: 'contents: write\nissues: read',
      repositories: 'website, docs',
      'app-server': `${server.url}/prefix`,
      'github-api-url': `${server.url}/api/v3`,
    }),
    GITHUB_REPOSITORY: 'octo-org/app',
    GITHUB_EVENT_NAME: 'push',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/idtoken/1?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    RUNNER_DEBUG: '1',
    ACTIONS_STEP_DEBUG: 'true',
    ...change,
  });
  assertNothingLeaks(run);
  return run;
}

function routes(): string[] {
  return (server?.asked ?? []).map(({ method, path }) => `${method} ${path}`);
}

const broker = (...replies: Reply[]): Script => ({ 'POST /prefix/access_tokens': replies });
const github = (...replies: Reply[]): Script => ({ 'DELETE /api/v3/installation/token': replies });

function host(): string {
  return new URL(server?.url ?? '').host;
}

function errors({ stdout }: StepRun): string[] {
  return stdout.filter((line) => line.startsWith('::error'));
}

describe('the main step, granted', () => {
  it('hands the token over', async () => {
    const run = await step(broker(grant));
    assert.deepEqual(run.stdout, [
      ...masksOf(idToken),
      `Asking ${host()} for a token`,
      ...masksOf(token),
      `Token hash:   ${hash}`,
      'Owner:        octo-org',
      'Repositories: website, docs',
      'Permissions:  contents: write, issues: read',
      'Expires at:   2026-11-01T13:00:00Z',
    ]);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(run.outputs, {
      token,
      'token-hash': hash,
      'expires-at': '2026-11-01T13:00:00Z',
      owner: 'octo-org',
      repositories: '["website","docs"]',
      permissions: '{"contents":"write","issues":"read"}',
    });
    assert.deepEqual(run.state, { token, 'token-hash': hash, 'expires-at': '2026-11-01T13:00:00Z' });
    assert.match(run.summary, /^### Access token\n\n\| \| \|\n\| --- \| --- \|\n\| Token hash \|/);
    assert.deepEqual(routes(), [...asked, tried]);
    const [first, second] = server?.asked ?? [];
    assert.equal(first?.authorization, `Bearer ${requestToken}`);
    assert.equal(second?.authorization, `Bearer ${idToken}`);
    const request = JSON.parse(second.body) as Record<string, unknown>;
    assert.deepEqual(request['permissions'], granted.permissions);
    assert.deepEqual(request['repositories'], granted.repositories);
  });

  it('masks a token in every form before anything else is said about it', async () => {
    const run = await step(broker(grant));
    const masks = run.stdout.filter((line) => line.startsWith('::add-mask::')).map((line) => line.slice('::add-mask::'.length));
    const text = `git: ${Buffer.from(`x-access-token:${token}`).toString('base64')} ${token.split('.').join(' ')} ${encodeURIComponent(token)}`;
    const shown = masks.reduce((covered, mask) => covered.replaceAll(mask, '***'), text);
    assert.equal(shown, 'git: eC1hY2Nlc3MtdG9rZW46*** *** *** *** ***');
  });

  it('tells the App where the broker tells it', async () => {
    const run = await step(broker({ status: 200, body: JSON.stringify({ ...granted, app_slug: 'octo-app', installation_id: 7 }) }));
    assert.equal(run.outputs['app-slug'], 'octo-app');
    assert.equal(run.outputs['installation-id'], '7');
    const untold = 'the broker could not find out whom commits are attributed to, so the outputs `git-name` and `git-email` are empty';
    assert.equal(run.stdout.at(-1), `::notice::${untold}`);
  });

  it('tells whom commits are attributed to', async () => {
    const committer = { bot_user_id: 41898282, git_name: 'octo-app[bot]', git_email: '41898282+octo-app[bot]@users.noreply.github.com' };
    const run = await step(broker({ status: 200, body: JSON.stringify({ ...granted, app_slug: 'octo-app', ...committer }) }));
    assert.equal(run.outputs['bot-user-id'], '41898282');
    assert.equal(run.outputs['git-name'], 'octo-app[bot]');
    assert.equal(run.outputs['git-email'], '41898282+octo-app[bot]@users.noreply.github.com');
    assert.ok(!run.stdout.some((line) => line.startsWith('::notice')));
  });

  it('outlives a busy broker, a lost connection and a runner with a hiccup', async () => {
    const busy = { status: 503, headers: { 'retry-after': '0' } };
    const hiccup = { 'GET /idtoken/1': [busy, ...runnerRoute['GET /idtoken/1']] };
    const run = await step({ ...hiccup, ...broker(busy, 'cut short', grant) });
    assert.equal(run.exitCode, 0);
    assert.deepEqual(routes(), [asked[0], asked[0], asked[1], asked[1], asked[0], asked[1], tried]);
    const notices = run.stdout.filter((line) => line.includes('trying again')).map((line) => line.replace(/\d+\.\d s/, 'N s'));
    assert.deepEqual(notices, [
      "The runner's OIDC endpoint: answered 503; trying again in N s (1 of 4 tries)",
      'The broker: answered 503; trying again in N s (1 of 4 tries)',
      `The broker: POST ${server?.url ?? ''}/prefix/access_tokens: the answer was cut short; trying again in N s (2 of 4 tries)`,
    ]);
  });

  it('leaves the token alive where the workflow wants that', async () => {
    const run = await step(broker(grant), inputs({ 'skip-token-revoke': 'true' }));
    assert.equal(run.exitCode, 0);
    assert.equal(run.state['token'], '');
  });
});

describe('the main step, refused', () => {
  const issues = [{ owner: 'octo-org', repository: 'website', permission: 'contents', level: 'write', code: 'not-granted-by-repository-policy' }];
  const message = `Issues:\n- octo-org/website:\n  - contents: write - Not authorized\nEffective OIDC token subjects:\n- ${claims.sub}`;
  const refusal = { requestId: 'request-1', status: 403, error: 'Forbidden', message, issues, effective_subjects: [claims.sub] };

  it('does not lose the words of a broker that tells no subjects', async () => {
    const run = await step(broker({ status: 403, body: JSON.stringify({ ...refusal, message: 'no' }) }));
    assert.deepEqual(errors(run), ['::error title=Access token refused::no']);
    assert.ok(run.stdout.includes(claims.sub));
  });

  it('prints hostile words without obeying or leaking', async () => {
    const hostile = `100 %\n::add-mask::x\r##[error]x\r\n \u200b::stop-commands::x\u001b[2J ${idToken} ${requestToken}`;
    const run = await step(broker({ status: 403, body: JSON.stringify({ ...refusal, message: hostile }) }));
    assert.deepEqual(errors(run), [
      '::error title=Access token refused::100 %25%0A: :add-mask::x%0A# #[error]x%0A \\u{200b}::stop-commands::x\\u{1b}[2J *** ***',
    ]);
  });

  it('does not ask again', async () => {
    for (const status of [400, 401, 403, 500]) {
      const run = await step(broker({ status, body: JSON.stringify({ status, message: 'no' }) }));
      assert.equal(run.exitCode, 1);
      assert.deepEqual(routes(), asked, String(status));
      await server?.close();
    }
  });

  it('gives up on a broker that stays busy', async () => {
    const run = await step(broker({ status: 503, headers: { 'retry-after': '0' }, body: '{"status":503,"message":"busy"}' }));
    assert.equal(run.exitCode, 1);
    assert.deepEqual(errors(run), ['::error title=The broker answered 503::busy']);
    assert.equal(routes().length, 5);
  });
});

describe('the main step, with an answer that is none', () => {
  for (const [name, reply] of Object.entries<Reply>({
    'not JSON': { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
    empty: { status: 200, body: '' },
    'an array': { status: 200, body: '[]' },
    'without a token': { status: 200, body: JSON.stringify({ ...granted, token: undefined }) },
    'with an empty token': { status: 200, body: JSON.stringify({ ...granted, token: '' }) },
    'with a number for a token': { status: 200, body: JSON.stringify({ ...granted, token: 7 }) },
    'cut off within': { status: 200, body: '{"token":"ghs_' },
    'larger than 1 MiB': { status: 200, body: JSON.stringify({ ...granted, padding: 'x'.repeat(1024 * 1024) }) },
    'a redirect': { status: 307, headers: { location: '/elsewhere' } },
  })) {
    it(`fails: ${name}`, async () => {
      const run = await step(broker(reply));
      assert.equal(run.exitCode, 1);
      assert.equal(errors(run).length, 1, run.stdout.join('\n'));
      assert.deepEqual(routes(), asked);
      assert.deepEqual([run.outputs, run.state], [{}, {}]);
    });
  }

  for (const [name, change] of Object.entries({
    'more than was asked': { permissions: { contents: 'write', issues: 'read', secrets: 'write' } },
    'another level': { permissions: { contents: 'write', issues: 'write' } },
    'less than was asked': { permissions: { contents: 'write' } },
    'other repositories': { repositories: ['website', 'payments'] },
    'all repositories': { repositories: undefined },
    'another owner': { owner: 'octocat' },
  })) {
    it(`revokes the token: ${name}`, async () => {
      const run = await step({ ...broker({ status: 200, body: JSON.stringify({ ...granted, ...change }) }), ...github({ status: 204 }) });
      assert.equal(run.exitCode, 1);
      assert.equal(errors(run).length, 1);
      assert.deepEqual(routes(), takenBack);
      assert.equal(server?.asked[2]?.authorization, `Bearer ${token}`);
      assert.deepEqual(run.outputs, {});
      assert.equal(run.state['token'], '');
    });
  }

  it('revokes a token that came without a success', async () => {
    const run = await step({ ...broker({ status: 500, body: JSON.stringify(granted) }), ...github({ status: 204 }) });
    assert.equal(run.exitCode, 1);
    assert.deepEqual(routes(), takenBack);
  });
});

describe('the main step, unable to ask', () => {
  it('names each wrong input before any request', async () => {
    const run = await step({}, inputs({ permissions: 'contetns: write, issues: often', repository: 'a', repositories: 'ALL' }));
    assert.equal(run.exitCode, 1);
    assert.deepEqual(routes(), []);
    assert.match(errors(run).join('\n'), /^::error::input `permissions`: .*contetns.*contents/m);
    assert.match(errors(run).join('\n'), /often/);
  });

  const toDo =
    '::notice title=What to do about it::The runner makes this file before each step, so no input is to blame. On a self-hosted runner, see whether its disk is ' +
    'full and whether its user owns the folder `_work/_temp`; where the job runs in a container, whether that folder is mounted.';

  for (const [file, path, found, wish] of [
    ['GITHUB_STATE', '/nowhere/state', 'nothing at `/nowhere/state`', {}],
    ['GITHUB_OUTPUT', tmpdir(), `the directory \`${tmpdir()}\``, {}],
    ['GITHUB_PATH', tmpdir(), `the directory \`${tmpdir()}\``, inputs({ refresh: 'true' })],
    ['GITHUB_ENV', '/nowhere/env', 'nothing at `/nowhere/env`', inputs({ refresh: 'true' })],
  ] as const) {
    it(`does not make a token that it could not hand over: ${file}`, async () => {
      const run = await step(broker(grant), { ...wish, [file]: path });
      assert.deepEqual(run.stdout, [`::error::\`${file}\`: expected a file of the runner that can be written, found ${found}`, toDo]);
      assert.equal(run.exitCode, 1);
      assert.deepEqual(routes(), []);
    });
  }

  for (const file of ['GITHUB_OUTPUT', 'GITHUB_STATE']) {
    it(`takes back a token that it can not hand over after all: ${file}`, { skip: process.platform !== 'linux' }, async () => {
      const run = await step({ ...broker(grant), ...github({ status: 204 }) }, { [file]: '/dev/full' });
      assert.deepEqual(run.stdout, [
        ...masksOf(idToken),
        `Asking ${host()} for a token`,
        ...masksOf(token),
        `The token ${hash} was revoked`,
        `::error::\`${file}\`: expected a file of the runner that can be written, found \`/dev/full\`, where that fails (ENOSPC: no space left on device)`,
        toDo,
      ]);
      assert.equal(run.exitCode, 1);
      assert.deepEqual(routes(), takenBack);
      assert.equal(run.outputs['token'], undefined);
      assert.equal(run.state['token'], file === 'GITHUB_STATE' ? undefined : '');
    });
  }

  it('only warns where the summary cannot be written', async () => {
    const run = await step(broker(grant), { GITHUB_STEP_SUMMARY: tmpdir() });
    assert.equal(run.exitCode, 0);
    assert.equal(run.outputs['token'], token);
    assert.equal(
      run.stdout.at(-1),
      `::warning::the step summary could not be written: \`GITHUB_STEP_SUMMARY\`: expected a file of the runner that can be written, found the directory \`${tmpdir()}\``,
    );
  });
});

describe('the main step, incomplete', () => {
  /** A `dist` with `main.js` and these other files. */
  function distWith(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-dist-'));
    copyFileSync(join(process.env['ACTION_DIST'] ?? 'dist', 'main.js'), join(folder, 'main.js'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  for (const [name, files] of Object.entries<Record<string, string>>({ 'no core': {}, 'a broken core': { 'core.wasm': 'no wasm' } })) {
    it(`fails with an annotation: ${name}`, async () => {
      const environment = { ...inputs({ permissions: 'contents: read' }), GITHUB_REPOSITORY: 'octo-org/app' };
      const run = await runStep('main', environment, distWith(files));
      assert.equal(run.exitCode, 1);
      assert.equal(run.stdout.length, 1);
      assert.match(run.stdout[0] ?? '', /^::error::the action's core cannot be loaded: .*%0Ause a release of the action whose `dist` is complete$/);
      assert.equal(run.stderr, '');
    });
  }
});
