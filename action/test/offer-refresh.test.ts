// What a step with `refresh: true` leaves on each system.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs, { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { offerRefresh, type Offer } from '../src/offer-refresh.ts';
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
  id: 'deploy',
};
const windows = { node: 'C:\\runner 1\\node.exe', script: 'D:\\100%\\dist\\refresh.js', platform: 'win32' } as const;
const linux = { node: "/opt/it's/node", script: '/dist/refresh.js', platform: 'linux' } as const;
const now = Date.parse('2026-11-01T12:00:00Z');

describe('the command of a long job', () => {
  it('is a script for the shell of each system', () => {
    const step = fakeStep({});
    offerRefresh(step.effects.runner, linux, offer, now);
    const root = join(step.temporary, 'access-token');
    assert.equal(
      readFileSync(join(root, 'bin/access-token'), 'utf8'),
      `#!/bin/sh\nexec '/opt/it'\\''s/node' '/dist/refresh.js' '${root}' "$@"\n`,
    );
    assert.ok(!existsSync(join(root, 'bin/access-token.cmd')));
  });

  it('is one for both shells of Windows', () => {
    const step = fakeStep({});
    offerRefresh(step.effects.runner, windows, offer, now);
    const root = join(step.temporary, 'access-token');
    assert.equal(
      readFileSync(join(root, 'bin/access-token.cmd'), 'utf8'),
      `@echo off\r\n"C:\\runner 1\\node.exe" "D:\\100%%\\dist\\refresh.js" "%~dp0.." %*\r\n`,
    );
    assert.ok(readFileSync(join(root, 'bin/access-token'), 'utf8').includes("exec 'C:/runner 1/node.exe' 'D:/100%/dist/refresh.js'"));
  });

  it('has no letters of folders in what cmd reads in a code page of its own', () => {
    const step = fakeStep({});
    const temporary = join(step.temporary, 'Läufer/_work/_temp');
    mkdirSync(temporary, { recursive: true });
    const environment = { RUNNER_TEMP: temporary, GITHUB_PATH: join(step.temporary, 'path'), GITHUB_ENV: join(step.temporary, 'environment') };
    const runner = new Runner({ environment, write: () => undefined, uuid: randomUUID });
    const below = { node: join(step.temporary, 'Läufer/externals/node24/bin/node.exe'), script: join(step.temporary, 'Läufer/_work/_actions/100%/refresh.js') };
    offerRefresh(runner, { ...below, platform: 'win32' }, offer, now);
    assert.equal(
      readFileSync(join(temporary, 'access-token/bin/access-token.cmd'), 'utf8'),
      '@echo off\r\n"%~dp0..\\..\\..\\..\\externals\\node24\\bin\\node.exe" "%~dp0..\\..\\..\\_actions\\100%%\\refresh.js" "%~dp0.." %*\r\n',
    );
  });

  it('is told to git behind what git is told already', () => {
    const step = fakeStep({ GIT_CONFIG_COUNT: '2' });
    offerRefresh(step.effects.runner, linux, offer, now);
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

  it('leaves git alone where the environment makes no sense', () => {
    const step = fakeStep({ GIT_CONFIG_COUNT: 'many' });
    offerRefresh(step.effects.runner, linux, offer, now);
    assert.deepEqual(step.exported(), {});
    assert.deepEqual(step.printed, [
      '::warning::git is not told of the new tokens: expected a number in `GIT_CONFIG_COUNT`, found `many`',
    ]);
  });

  it('is not put where others could read its tokens', () => {
    const step = fakeStep({});
    mkdirSync(join(step.temporary, 'access-token'));
    chmodSync(join(step.temporary, 'access-token'), 0o755);
    assert.throws(() => offerRefresh(step.effects.runner, linux, offer, now), /is not a directory for this user alone \(mode 700\)/);
    const nowhere = fakeStep({ RUNNER_TEMP: '' });
    assert.throws(() => offerRefresh(nowhere.effects.runner, linux, offer, now), /the runner does not set `RUNNER_TEMP`/);
  });

  it('is not put where nothing can be run', (test) => {
    const step = fakeStep({});
    const { mock } = test.mock.method(fs, 'accessSync', () => { throw new Error('EACCES'); });
    syncBuiltinESMExports();
    try {
      const path = join(step.temporary, 'access-token/bin/access-token');
      assert.throws(() => offerRefresh(step.effects.runner, linux, offer, now), {
        message: `input \`refresh\`: \`${path}\` cannot be run: expected \`RUNNER_TEMP\` on a file system without \`noexec\``,
      });
    } finally {
      mock.restore();
      syncBuiltinESMExports();
    }
  });

  it('goes by the id of its step where it has no name', () => {
    const step = fakeStep({ GITHUB_ACTION: '__octo-org_access-token' });
    const { id, ...unnamed } = offer;
    assert.equal(id, 'deploy');
    const ids = [1, 2, 3].map(() => offerRefresh(step.effects.runner, linux, unnamed, now).id);
    assert.deepEqual(ids, ['__octo-org_access-token', '__octo-org_access-token-2', '__octo-org_access-token-3']);
  });
});
