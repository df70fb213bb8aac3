// A token for a step of a long job, while another process asks for one and gets none.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validToken } from '../src/refresh-token.ts';
import { Secret } from '../src/secret.ts';
import { TokenStore } from '../src/token-store.ts';
import { fakeStep, type FakeStep } from './fakes/effects.ts';

const minute = 60_000;
/** When the clock of a fake step begins. */
const now = Date.parse('2026-11-01T12:00:00Z');

/** A store whose lock is held, with a token that is good for so long by now. */
function storeWith(left: number): TokenStore {
  const settings = { request: { permissions: {} }, appServers: [], githubApiUrl: '', serverUrl: '', owner: '', repositories: [], waitUntilReady: true };
  const store = TokenStore.create(join(mkdtempSync(join(tmpdir(), 'access-token-store-')), 'token'), settings);
  store.add(new Secret('ghs_old'), new Date(now + left).toISOString(), now + left - 60 * minute);
  writeFileSync(join(store.directory, 'lock-1'), `1 ${now}`);
  return store;
}

function waited(step: FakeStep): number {
  return step.sleeps.reduce((sum, pause) => sum + pause);
}

describe('a token of a long job, while somebody asks in vain', () => {
  it('is the old one before long, where that would do', async () => {
    const step = fakeStep({});
    assert.equal((await validToken(step.effects, storeWith(5 * minute))).reveal(), 'ghs_old');
    assert.equal(waited(step), 20_000);
    assert.deepEqual(step.printed, [
      '::warning::the token that is given out ends in 4 min, since there is no new one: another process has been asking for this token for 20 s: expected it to be done by then',
    ]);
  });

  it('is waited for longer where there is no other', async () => {
    const step = fakeStep({});
    await assert.rejects(validToken(step.effects, storeWith(minute)), /^Error: another process has been asking for this token for 120 s: expected it to be done by then$/);
    assert.equal(waited(step), 120_000);
  });
});
