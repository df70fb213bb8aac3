// A scenario: a step of the shipped action in its own process, against one server that is broker, runner and GitHub, and
// everything that can be seen of it afterwards, exactly.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Secret } from '../../src/secret.ts';
import { credentials } from './aws.ts';
import { isWine } from './program.ts';
import { startServer, type Reply, type Script } from './server.ts';
import { inputs, runStep, type StepRun } from './step.ts';

export const requestToken = 'runner-request-token';
/** A token of the longer form: `ghs_`, the App's id, and a JWT. */
export const token = `ghs_12345_${'e30'.repeat(50)}.${'e30'.repeat(60)}.${'c2ln'.repeat(40)}`;
export const hash = new Secret(token).hash();
export const claims = {
  sub: 'repo:octo-org/app:ref:refs/heads/main',
  repository: 'octo-org/app',
  repository_owner: 'octo-org',
  ref: 'refs/heads/main',
  event_name: 'push',
};
export const idToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
export const granted = {
  token,
  token_hash: hash,
  expires_at: '2026-11-01T13:00:00Z',
  owner: 'octo-org',
  repositories: ['website', 'docs'],
  permissions: { contents: 'write', issues: 'read' },
};

export const grant: Reply = json(200, granted);
/** What is always there: the runner's endpoint for OIDC tokens, and a GitHub that knows the token. */
export const runnerRoute = {
  'GET /api/v3/rate_limit': [json(200, { rate: { limit: 5000 } })],
  'GET /idtoken/1': [json(200, { count: idToken.length, value: idToken })],
} satisfies Script;

/** The request by which a new token is tried. */
export const tried = 'GET /api/v3/rate_limit';
/** How the requests of a granted token begin. */
export const asked = ['GET /idtoken/1?api-version=2.0&audience=127.0.0.1', 'POST /prefix/access_tokens'];
export const takenBack = [...asked, 'DELETE /api/v3/installation/token'];

/** What a step prints, where it is always the same. `HOST` and `SERVER` are the server's host and URL. */
export const says = {
  idToken: '(masks of the OIDC token)',
  token: '(masks of the token)',
  role: '(masks of the credentials)',
  asking: 'Asking HOST for a token',
  grant: [
    `Token hash:   ${hash}`,
    'Owner:        octo-org',
    'Repositories: website, docs',
    'Permissions:  contents: write, issues: read',
    'Expires at:   2026-11-01T13:00:00Z',
  ],
} as const;

export const outputs = {
  'token-hash': hash,
  'expires-at': '2026-11-01T13:00:00Z',
  owner: 'octo-org',
  repositories: '["website","docs"]',
  permissions: '{"contents":"write","issues":"read"}',
  token,
};
export const state = { token, 'token-hash': hash, 'expires-at': '2026-11-01T13:00:00Z' };
export const grantSummary = [
  '### Access token',
  '',
  '| | |',
  '| --- | --- |',
  `| Token hash | <code>${escaped(hash)}</code> |`,
  '| Owner | <code>octo-org</code> |',
  '| Repositories | <code>website</code><br><code>docs</code> |',
  '| Permissions | <code>contents: write</code><br><code>issues: read</code> |',
  '| Expires at | <code>2026-11-01T13:00:00Z</code> |',
  '',
].join('\n');

/** Everything is exact; what is left out is empty, and the exit code 0. In values `SERVER` is the server's URL. */
export interface Scenario {
  readonly step?: 'main' | 'post';
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** The event that started the workflow. */
  readonly event?: object;
  readonly script?: Script;
  readonly exitCode?: number;
  readonly stdout?: readonly string[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly state?: Readonly<Record<string, string>>;
  readonly summary?: string;
  readonly requests?: readonly string[];
  /** The bearers of the requests, where they matter. */
  readonly bearers?: readonly string[];
}

/** A test of this scenario. */
export function scenario(name: string, expected: Scenario): void {
  it(name, async () => {
    const server = await startServer({ ...runnerRoute, ...expected.script });
    try {
      const run = await runStep(expected.step ?? 'main', environmentOf(expected, server.url));
      assertNothingLeaks(run);
      const said = (text: string): string =>
        inWordsOfLinux(text).replaceAll(server.url, 'SERVER').replaceAll(new URL(server.url).host, 'HOST');
      const waits = (line: string): string => line.replace(/(trying again in|after|within) \d+\.\d s/g, '$1 N s');
      assert.deepEqual(withoutMasks(run.stdout).map(said).map(waits), expected.stdout ?? []);
      assert.equal(run.exitCode, expected.exitCode ?? 0);
      assert.deepEqual(run.outputs, expected.outputs ?? {});
      assert.deepEqual(run.state, expected.state ?? {});
      assert.equal(said(run.summary).trimEnd(), (expected.summary ?? '').trimEnd());
      assert.deepEqual(server.asked.map(({ method, path }) => `${method} ${path}`), expected.requests ?? []);
      if (expected.bearers !== undefined) {
        assert.deepEqual(server.asked.map(({ authorization }) => authorization), expected.bearers.map((bearer) => `Bearer ${bearer}`));
      }
    } finally {
      await server.close();
    }
  });
}

/** Under Wine, a connection that is reset seems closed. */
function inWordsOfLinux(text: string): string {
  return isWine ? text.replaceAll('socket hang up', 'read ECONNRESET') : text;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: JSON.stringify(body) };
}

/** Masks are the one place where a secret may stand; and no line is a command but those that the action means. */
export function assertNothingLeaks({ stdout, stderr, summary }: StepRun): void {
  assert.equal(stderr, '');
  const shown = [...stdout.filter((line) => !line.startsWith('::add-mask::')), summary].join('\n');
  for (const secret of [token, idToken, requestToken, ...Object.values(credentials)]) {
    for (const form of new Secret(secret).forms()) assert.ok(!shown.includes(form), shown);
  }
  for (const line of stdout) {
    if (/^\s*::/.test(line)) assert.match(line, /^::(?:add-mask|error|warning|notice|debug|group|endgroup)[ :]/);
    assert.ok(!line.includes('##['), line);
  }
}

export function masksOf(secret: string): string[] {
  const masks = new Secret(secret).forms().map((form) => `::add-mask::${form.replaceAll('%', '%25')}`);
  assert.ok(masks.length > 3);
  return masks;
}

function environmentOf({ step, event, ...scenario }: Scenario, url: string): Record<string, string> {
  const common = {
    GITHUB_REPOSITORY: 'octo-org/app',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: eventFile(event ?? {}),
    RUNNER_DEBUG: '1',
    ACTIONS_STEP_DEBUG: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'SERVER/idtoken/1?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  };
  const given = {
    permissions: 'contents: write\nissues: read',
    repositories: 'website, docs',
    'app-server': 'SERVER/prefix',
    'github-api-url': 'SERVER/api/v3',
    ...scenario.inputs,
  };
  const ofPost = { 'STATE_token': token, 'STATE_token-hash': hash, 'STATE_expires-at': '2026-11-01T13:00:00Z' };
  const all = { ...common, ...inputs(given), ...(step === 'post' ? ofPost : {}), ...scenario.environment };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.replaceAll('SERVER', url)]));
}

function eventFile(event: object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'access-token-event-')), 'event.json');
  writeFileSync(path, JSON.stringify(event));
  return path;
}

/** The lines with all masks of a secret as one line, if they are all there and in their order. */
function withoutMasks(lines: readonly string[]): string[] {
  const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('');
  return text(lines)
    .replaceAll(text(masksOf(idToken)), `${says.idToken}\n`)
    .replaceAll(text(masksOf(token)), `${says.token}\n`)
    .replaceAll(text(Object.values(credentials).flatMap(masksOf)), `${says.role}\n`)
    .split('\n')
    .slice(0, -1);
}

function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ,:=+-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
