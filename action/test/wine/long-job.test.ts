// A long job by Node for Windows and `cmd`, under Wine, in a folder with letters that few code pages have.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Job, type CommandRun } from '../fakes/job.ts';
import { EOL, program, surroundings } from '../fakes/program.ts';
import { granted, json, runnerRoute } from '../fakes/scenario.ts';
import { startServer, type FakeServer } from '../fakes/server.ts';

const minute = 60_000;
const [first, second] = ['1', '2'].map((digit) => `ghs_${digit.repeat(36)}`) as [string, string];

describe('a job with `refresh: true` on Windows', () => {
  let folder: string;
  let server: FakeServer;
  let job: Job;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'access-token-wine-'));
    mkdirSync(join(folder, 'Läufer 1'));
    const until = (age: number): string => new Date(Date.now() + age * minute).toISOString();
    server = await startServer({
      ...runnerRoute,
      'POST /prefix/access_tokens': [
        json(200, { ...granted, token: first, expires_at: until(60) }),
        json(200, { ...granted, token: second, expires_at: until(111) }),
      ],
      'DELETE /api/v3/installation/token': [{ status: 204 }],
    });
    // How Windows names what is at `/`.
    job = new Job(server, { RUNNER_TEMP: `Z:${join(folder, 'Läufer 1').replaceAll('/', '\\')}` });
  });

  afterEach(async () => {
    job.end();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** What a step with `shell: cmd` runs. */
  async function cmd(words: readonly string[], input = ''): Promise<CommandRun> {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('stdin'), input);
    const files = [openSync(path('stdin'), 'r'), openSync(path('stdout'), 'w'), openSync(path('stderr'), 'w')];
    const child = spawn(program[0], ['cmd', '/c', ...words], {
      env: { ...surroundings, ...job.environment, WINEPATH: job.path.join(';') },
      stdio: files,
    });
    const exitCode = await new Promise<number | null>((done) => child.on('close', done));
    files.forEach(closeSync);
    return { exitCode, stdout: readFileSync(path('stdout'), 'utf8'), stderr: readFileSync(path('stderr'), 'utf8') };
  }

  it('has a good token at any time, and none at its end', async () => {
    const main = await job.main('token');
    assert.equal(main.exitCode, 0, main.stdout.join(EOL));
    assert.deepEqual(await cmd(['access-token']), { exitCode: 0, stdout: `${first}\n`, stderr: '' });
    job.ahead = 51 * minute;
    const asked = await cmd(['access-token', '--id', 'token']);
    assert.deepEqual([asked.exitCode, asked.stdout], [0, `${second}\n`]);
    assert.ok(asked.stderr.includes(`Asking ${new URL(server.url).host} for a token`), asked.stderr);
    const question = 'protocol=https\nhost=github.example\npath=octo-org/website.git\n\n';
    const helped = await cmd(['access-token', 'git-credential', 'get'], question);
    assert.deepEqual(helped.stdout.split('\n').slice(0, 2), ['username=x-access-token', `password=${second}`]);
    const post = await job.post('token');
    assert.equal(post.exitCode, 0);
    const revoked = server.asked.filter(({ method }) => method === 'DELETE').map(({ authorization }) => authorization);
    assert.deepEqual(revoked.sort(), [first, second].map((token) => `Bearer ${token}`));
    const late = await cmd(['access-token']);
    assert.deepEqual([late.exitCode, late.stdout], [1, '']);
    assert.match(late.stderr, /the job is at its end and its tokens are revoked/);
  });

  it('tells where the rights of its folder cannot be set', async () => {
    // Wine has no rights to tell of.
    const { stdout } = await job.main('token');
    const [warning = ''] = stdout.filter((line) => line.startsWith('::warning::'));
    assert.match(warning, /^::warning::other users of this machine may be able to read `Z:\\.*Läufer 1\\access-token`/);
  });
});
