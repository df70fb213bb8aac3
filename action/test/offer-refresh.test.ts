// What a step with `refresh: true` leaves on each system.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs, { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { offerRefresh, prepareRefresh, type CommandHost, type Offer } from '../src/offer-refresh.ts';
import { Runner } from '../src/runner.ts';
import { Secret } from '../src/secret.ts';
import { fakeStep } from './fakes/effects.ts';

const offer: Offer = {
  settings: {
    request: { permissions: { contents: 'read' } },
    appServers: [{ url: 'https://broker.example', audience: 'broker.example' }],
    githubApiUrl: 'https://api.github.com',
    serverUrl: 'https://github.com',
    owner: 'octo-org',
    repositories: ['website'],
    waitUntilReady: true,
  },
  token: new Secret('ghs_token'),
  expiresAt: '2026-11-01T13:00:00Z',
};
const windows = { node: 'C:\\runner 1\\node.exe', script: 'D:\\100%\\dist\\refresh.js', platform: 'win32' } as const;
const linux = { node: "/opt/it's/node", script: '/dist/refresh.js', platform: 'linux' } as const;
const now = Date.parse('2026-11-01T12:00:00Z');

/** The batch file that runs this. */
function batchOf(line: string): string {
  return ['@echo off', 'setlocal', 'call :here', line, 'exit /b %errorlevel%', ':here', 'set "here=%~dp0"', 'exit /b', ''].join('\r\n');
}

function offered(runner: Runner, host: CommandHost): void {
  offerRefresh(runner, prepareRefresh(runner, host, 'deploy'), offer, now);
}

describe('the command of a long job', () => {
  it('is a script for the shell of each system', () => {
    const step = fakeStep({});
    offered(step.effects.runner, linux);
    const root = join(step.temporary, 'access-token');
    assert.equal(
      readFileSync(join(root, 'bin/access-token'), 'utf8'),
      `#!/bin/sh\nexec '/opt/it'\\''s/node' '/dist/refresh.js' '${root}' "$@"\n`,
    );
    assert.ok(!existsSync(join(root, 'bin/access-token.cmd')));
  });

  it('is one for both shells of Windows', () => {
    const step = fakeStep({});
    offered(step.effects.runner, windows);
    const root = join(step.temporary, 'access-token');
    assert.equal(
      readFileSync(join(root, 'bin/access-token.cmd'), 'utf8'),
      batchOf('"C:\\runner 1\\node.exe" "D:\\100%%\\dist\\refresh.js" "%here%.." %*'),
    );
    assert.ok(readFileSync(join(root, 'bin/access-token'), 'utf8').includes("exec 'C:/runner 1/node.exe' 'D:/100%/dist/refresh.js'"));
  });

  it('has no letters of folders in what cmd reads in a code page of its own', () => {
    const step = fakeStep({});
    const temporary = join(step.temporary, 'Läufer/_work/_temp');
    mkdirSync(temporary, { recursive: true });
    const files = { GITHUB_PATH: join(step.temporary, 'path'), GITHUB_ENV: join(step.temporary, 'environment'), GITHUB_STATE: join(step.temporary, 'state') };
    const environment = { RUNNER_TEMP: temporary, ...files };
    const runner = new Runner({ environment, write: () => undefined, uuid: randomUUID });
    const below = { node: join(step.temporary, 'Läufer/externals/node24/bin/node.exe'), script: join(step.temporary, 'Läufer/_work/_actions/100%/refresh.js') };
    offered(runner, { ...below, platform: 'win32' });
    assert.equal(
      readFileSync(join(temporary, 'access-token/bin/access-token.cmd'), 'utf8'),
      batchOf('"%here%..\\..\\..\\..\\externals\\node24\\bin\\node.exe" "%here%..\\..\\..\\_actions\\100%%\\refresh.js" "%here%.." %*'),
    );
  });

  it('is told to git behind what git is told already', () => {
    const step = fakeStep({ GIT_CONFIG_COUNT: '2' });
    offered(step.effects.runner, linux);
    const path = join(step.temporary, 'access-token/uses/deploy/gitconfig');
    assert.deepEqual(step.exported(), { GIT_CONFIG_KEY_2: 'include.path', GIT_CONFIG_VALUE_2: path, GIT_CONFIG_COUNT: '3' });
    const helper = `"!'${step.temporary}/access-token/bin/access-token' git-credential --id deploy"`;
    assert.equal(
      readFileSync(path, 'utf8'),
      ['website', 'website.git']
        .map((name) => `[credential "https://github.com/octo-org/${name}"]\n\thelper =\n\thelper = ${helper}\n\tuseHttpPath = true\n`)
        .join(''),
    );
  });

  it('counts what git is told as git does', () => {
    const step = fakeStep({ GIT_CONFIG_COUNT: '01' });
    offered(step.effects.runner, linux);
    assert.deepEqual(Object.keys(step.exported()), ['GIT_CONFIG_KEY_1', 'GIT_CONFIG_VALUE_1', 'GIT_CONFIG_COUNT']);
  });

  it('leaves git alone where the environment makes no sense', () => {
    const step = fakeStep({ GIT_CONFIG_COUNT: 'many' });
    offered(step.effects.runner, linux);
    assert.deepEqual(step.exported(), {});
    assert.deepEqual(step.printed, [
      '::warning::git is not told of the new tokens: expected a number in `GIT_CONFIG_COUNT`, found `many`',
    ]);
  });

  it('is not put where others could read its tokens', () => {
    const step = fakeStep({});
    mkdirSync(join(step.temporary, 'access-token'));
    chmodSync(join(step.temporary, 'access-token'), 0o755);
    assert.throws(() => { offered(step.effects.runner, linux); }, /is not a directory for this user alone \(mode 700\)/);
    const nowhere = fakeStep({ RUNNER_TEMP: '' });
    assert.throws(() => { offered(nowhere.effects.runner, linux); }, /the runner does not set `RUNNER_TEMP`/);
  });

  it('is not put where nothing can be run', (test) => {
    const step = fakeStep({});
    const { mock } = test.mock.method(fs, 'accessSync', () => { throw new Error('EACCES'); });
    syncBuiltinESMExports();
    try {
      const path = join(step.temporary, 'access-token/bin/access-token');
      assert.throws(() => { offered(step.effects.runner, linux); }, {
        message: `input \`refresh\`: \`${path}\` cannot be run: expected \`RUNNER_TEMP\` on a file system without \`noexec\``,
      });
    } finally {
      mock.restore();
      syncBuiltinESMExports();
    }
  });

  it('goes by the id of its step where it has no name', () => {
    const step = fakeStep({ GITHUB_ACTION: '__octo-org_access-token' });
    const ids = [1, 2, 3].map(() => {
      const place = prepareRefresh(step.effects.runner, linux, undefined);
      offerRefresh(step.effects.runner, place, offer, now);
      return place.id;
    });
    assert.deepEqual(ids, ['__octo-org_access-token', '__octo-org_access-token-2', '__octo-org_access-token-3']);
  });
});
