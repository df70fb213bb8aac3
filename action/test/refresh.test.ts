// Jobs that are longer than a token lives: the command `access-token`, git's helper and the post step, in processes of their own.

import assert from 'node:assert/strict';
import { chownSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Secret } from '../src/secret.ts';
import { credentials, gateway, role, sts } from './fakes/aws.ts';
import { Job } from './fakes/job.ts';
import { granted, idToken, json, masksOf, runnerRoute } from './fakes/scenario.ts';
import { startServer, type FakeServer, type Reply } from './fakes/server.ts';

const hour = 3_600_000;
const minute = 60_000;
const tokens = [1, 2, 3, 4].map((number) => `ghs_${String(number).repeat(36)}`);
const [first = '', second = '', third = '', fourth = ''] = tokens;
const ask = 'POST /prefix/access_tokens';
const revoke = 'DELETE /api/v3/installation/token';

/** A token that is made when the job is so old, and lives for an hour. */
function grantAt(token: string, age: number): Reply {
  return json(200, { ...granted, token, expires_at: new Date(Date.now() + age + hour).toISOString() });
}

describe('a job with `refresh: true`', () => {
  let server: FakeServer;
  let job: Job;
  let replies: Record<string, Reply[]>;

  beforeEach(async () => {
    replies = {
      ...runnerRoute,
      [ask]: tokens.map((token, index) => grantAt(token, index * 50 * minute)),
      [revoke]: [{ status: 204 }],
    };
    server = await startServer(replies);
    job = new Job(server);
  });

  afterEach(async () => {
    job.end();
    await server.close();
  });

  const asked = (route: string): number => server.asked.filter(({ method, path }) => `${method} ${path}` === route).length;
  const revoked = (): string[] =>
    server.asked.filter(({ method }) => method === 'DELETE').map(({ authorization = '' }) => authorization.slice('Bearer '.length));

  it('has the first token as long as that is good, without a request', async () => {
    const run = await job.main('token');
    assert.equal(run.exitCode, 0, run.stdout.join('\n'));
    assert.equal(run.stdout.at(-1), 'A good token at any time: access-token --id token');
    assert.equal(run.outputs['token'], first);
    const before = server.asked.length;
    for (job.ahead of [0, 49 * minute]) {
      assert.deepEqual(await job.shell('access-token'), { exitCode: 0, stdout: `${first}\n`, stderr: '' });
    }
    assert.equal(server.asked.length, before);
  });

  it('gets a new one ten minutes before the end, once, and tells the runner first', async () => {
    await job.main('token');
    job.ahead = 51 * minute;
    const { exitCode, stdout, stderr } = await job.shell('access-token');
    assert.deepEqual([exitCode, stdout], [0, `${second}\n`]);
    const lines = stderr.split('\n');
    assert.ok(lines.includes(`Asking ${new URL(server.url).host} for a token`), stderr);
    assert.deepEqual(lines.slice(-masksOf(second).length - 1), [...masksOf(second), '']);
    assert.deepEqual(JSON.parse(server.asked.filter(({ method }) => method === 'POST')[1]?.body ?? ''), {
      permissions: { contents: 'write', issues: 'read' },
      repositories: ['website', 'docs'],
    });
    assert.equal(await job.token(), second);
    assert.equal(asked(ask), 2);
  });

  it('shows a new token nowhere where no runner looks', async () => {
    await job.main('token');
    job.ahead = 51 * minute;
    const { stdout } = await job.shell('access-token 2>errors >/dev/null; cat errors');
    assert.equal(stdout, `Asking ${new URL(server.url).host} for a token\n`);
  });

  it('masks a new token on Windows, where Node takes no pipe for one', async () => {
    await job.main('token');
    const windows = join(job.temporary, 'windows.cjs');
    writeFileSync(windows, "const { Stats } = require('node:fs'); Stats.prototype.isFIFO = Stats.prototype.isSocket = () => false;");
    job.ahead = 51 * minute;
    const { stdout, stderr } = await job.shell(`NODE_OPTIONS="$NODE_OPTIONS --require ${windows}" access-token`);
    assert.equal(stdout, `${second}\n`);
    assert.deepEqual(stderr.split('\n').slice(-masksOf(second).length - 1), [...masksOf(second), '']);
  });

  it('asks once for many processes', async () => {
    await job.main('token');
    job.ahead = hour;
    const all = await Promise.all(Array.from({ length: 8 }, () => job.token()));
    assert.deepEqual(new Set(all), new Set([second]));
    assert.equal(asked(ask), 2);
  });

  it('is not kept waiting by a process that died while it asked', async () => {
    await job.main('token');
    job.ahead = hour;
    // No system has as many processes.
    writeFileSync(join(job.temporary, 'access-token/uses/token/lock-7'), '2000000000');
    assert.equal(await job.token(), second);
  });

  it('never has an expired token for three hours, and none is left', async () => {
    await job.main('token');
    const seen = new Set<string>();
    for (job.ahead = 0; job.ahead < 2.8 * hour; job.ahead += 5 * minute) seen.add(await job.token());
    assert.deepEqual([...seen], [first, second, third, fourth]);
    const post = await job.post('token');
    assert.equal(post.exitCode, 0);
    // The second one ended long ago; the first one, too, but it is in the state of the step.
    assert.deepEqual(revoked().sort(), [first, third, fourth]);
    const said = post.stdout.filter((line) => !line.startsWith('::add-mask::'));
    assert.equal(said.filter((line) => line === 'The token is revoked').length, 3);
    assert.ok(said.includes(`Token hash: ${new Secret(third).hash()}`));
    const late = await job.shell('access-token');
    assert.equal(late.exitCode, 1);
    assert.equal(
      late.stderr,
      '::error::the job is at its end and its tokens are revoked: expected to be called by a step before that\n',
    );
    assert.equal(late.stdout, '');
  });

  it('goes by its own clock where that is hours ahead', async () => {
    job.ahead = 3 * hour;
    await job.main('token');
    job.ahead += 49 * minute;
    assert.equal(await job.token(), first);
    job.ahead += 2 * minute;
    assert.equal(await job.token(), second);
  });

  it('goes by its own clock where that is behind', async () => {
    job.ahead = -30 * minute;
    await job.main('token');
    job.ahead += 51 * minute;
    assert.equal(await job.token(), second);
  });

  it('forgets no token that may be alive when the clock jumps', async () => {
    job.ahead = -24 * hour;
    await job.main('token');
    job.ahead = 0;
    await job.token();
    job.ahead = 24 * hour;
    await job.token();
    await job.post('token');
    assert.deepEqual(revoked().sort(), [first, second, third]);
  });

  it('revokes in post what was on its way', async () => {
    await job.main('token');
    job.ahead = 51 * minute;
    const [, post] = await Promise.all([job.shell('access-token'), job.post('token')]);
    assert.equal(post.exitCode, 0);
    const made = tokens.slice(0, asked(ask));
    assert.deepEqual(revoked().sort(), made);
  });

  it('is refused by the policies of that moment, with the words of the broker', async () => {
    replies[ask] = [grantAt(first, 0), json(403, { message: 'Not authorized', requestId: 'request-1' })];
    await job.main('token');
    job.ahead = hour;
    const { exitCode, stdout, stderr } = await job.shell('access-token');
    assert.deepEqual([exitCode, stdout], [1, '']);
    const lines = stderr.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    assert.equal(lines[1], '::error title=Access token refused::Not authorized');
    assert.match(lines[2] ?? '', /^::notice title=What to do about it::To allow `contents: write`/);
    assert.deepEqual(lines.slice(3), ['Request id: request-1', '']);
  });

  it('gives back at once what it did not ask for', async () => {
    replies[ask] = [grantAt(first, 0), json(200, { ...granted, token: second, permissions: { contents: 'write' } })];
    await job.main('token');
    job.ahead = hour;
    const { exitCode, stdout, stderr } = await job.shell('access-token');
    assert.deepEqual([exitCode, stdout, revoked()], [1, '', [second]]);
    assert.match(stderr, /\n::error::.*issues/);
    await job.post('token');
    assert.deepEqual(revoked(), [second, first]);
  });

  it('has the old token for its last minutes where no new one can be had', async () => {
    replies[ask] = [grantAt(first, 0), json(503, { message: 'later' }, { 'retry-after': '3600' })];
    await job.main('token');
    job.ahead = 55 * minute;
    const { exitCode, stdout, stderr } = await job.shell('access-token');
    assert.deepEqual([exitCode, stdout], [0, `${first}\n`]);
    const warning = '::warning::the token that is given out ends in 4 min, since there is no new one: later\n';
    assert.ok(stderr.endsWith(warning), stderr);
    job.ahead = 59 * minute;
    const late = await job.shell('access-token');
    assert.deepEqual([late.exitCode, late.stdout], [1, '']);
    replies[ask] = [grantAt(first, 0), json(403, { message: 'no' })];
    job.ahead = 55 * minute;
    assert.equal((await job.shell('access-token')).exitCode, 1);
  });

  it('says why it has no token where nobody can be reached', async () => {
    await job.main('token');
    job.ahead = 3 * hour;
    await server.close();
    const { exitCode, stdout, stderr } = await job.shell('access-token');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /::error::the runner gave no OIDC token: GET .*/);
  });

  it('has as many uses as it likes, told apart by their ids', async () => {
    const one = await job.main('token');
    await job.main('__octo-org_access-token', { id: 'deploy' });
    const twice = await job.main('token');
    assert.equal(one.exitCode, 0);
    assert.equal(twice.stdout.at(-1), 'A good token at any time: access-token --id token-2');
    assert.equal(await job.token('--id', 'deploy'), second);
    assert.equal(await job.token('--id=token-2'), third);
    const { exitCode, stderr } = await job.shell('access-token');
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      '::error::several steps of this job have `refresh: true`: say which by `--id`, one of `deploy`, `token`, `token-2`\n',
    );
    assert.equal(
      (await job.shell('access-token --id other')).stderr,
      '::error::`--id`: expected one of `deploy`, `token`, `token-2`, found `other`\n',
    );
    const again = await job.main('other', { id: 'deploy' });
    assert.ok(
      again.stdout.includes('::error::input `id`: another step of this job has the id `deploy` already: expected another one'),
      again.stdout.join('\n'),
    );
  });

  for (const [file, isOnPath] of [['GITHUB_OUTPUT', true], ['GITHUB_STATE', false], ['GITHUB_PATH', false], ['GITHUB_ENV', true]] as const) {
    it(`gives out no token where its step fails after all: ${file}`, { skip: process.platform !== 'linux' }, async () => {
      job = new Job(server, { [file]: '/dev/full' });
      const run = await job.main('token');
      assert.equal(run.exitCode, 1);
      assert.deepEqual(revoked(), [first]);
      assert.equal(run.path.length > 0, isOnPath);
      const command = join(job.temporary, 'access-token/bin/access-token');
      for (job.ahead of [0, 55 * minute]) {
        const { exitCode, stdout, stderr } = await job.shell(`'${command}'`);
        assert.deepEqual([exitCode, stdout], [1, '']);
        assert.match(stderr, /the job is at its end and its tokens are revoked|no step of this job has `refresh: true`/);
      }
      assert.equal((await job.post('token')).exitCode, 0);
      assert.equal(asked(ask), 1);
    });
  }

  for (const [what, environment, given, message] of [
    ['no directory for it', { RUNNER_TEMP: '' }, {}, 'input `refresh`: the runner does not set `RUNNER_TEMP`, where the command is to lie'],
    ['no other name for it', {}, { id: 'taken' }, 'input `id`: another step of this job has the id `taken` already: expected another one'],
  ] as const) {
    it(`asks for no token where there is ${what}`, async () => {
      await job.main('token', { id: 'taken' });
      const before = server.asked.length;
      const run = await new Job(server, { RUNNER_TEMP: job.temporary, ...environment }).main('other', given);
      assert.deepEqual([run.exitCode, run.stdout], [1, [`::error::${message}`]]);
      assert.equal(server.asked.length, before);
    });
  }

  it('leaves nothing that another user of the machine could read', async () => {
    await job.main('token');
    job.ahead = hour;
    await job.token();
    const look = (path: string): void => {
      assert.equal(statSync(path).mode & 0o077, 0, path);
      if (statSync(path).isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    };
    look(join(job.temporary, 'access-token'));
    const settings = readFileSync(join(job.temporary, 'access-token/uses/token/settings.json'), 'utf8');
    assert.ok(!settings.includes('ghs_') && !settings.includes('runner-request-token'));
    await job.post('token');
    assert.deepEqual(readdirSync(join(job.temporary, 'access-token/uses/token')), ['closed']);
  });
});

/** A user without a name or rights, as which only root can start a process. */
const nobody = 65_534;

describe('a job with `refresh: true` that is not run by root', { skip: process.getuid?.() !== 0 }, () => {
  it('can still use and revoke what root asked for by `sudo`', async () => {
    const server = await startServer({ ...runnerRoute, [ask]: [grantAt(first, 0), grantAt(second, hour)], [revoke]: [{ status: 204 }] });
    const job = new Job(server);
    try {
      await job.main('token');
      const directory = join(job.temporary, 'access-token/uses/token');
      for (const path of ['', 'settings.json', 'tokens.json']) chownSync(join(directory, path), nobody, nobody);
      job.ahead = 51 * minute;
      assert.equal(await job.token(), second);
      assert.deepEqual(readdirSync(directory).filter((name) => statSync(join(directory, name)).uid !== nobody), ['gitconfig']);
    } finally {
      job.end();
      await server.close();
    }
  });
});

describe('a job with `refresh: true` and a broker behind AWS', () => {
  it('takes the role again for each new token, and keeps none of it', async () => {
    const bearer = { bearer: idToken };
    const server = await startServer({
      ...runnerRoute,
      'POST /sts/': [sts(idToken)],
      [ask]: [gateway(bearer, grantAt(first, 0)), gateway(bearer, grantAt(second, hour))],
      [revoke]: [{ status: 204 }],
    });
    const job = new Job(server, { AWS_ENDPOINT_URL_STS: `${server.url}/sts/` });
    try {
      const behindAws = { type: 'aws', roleArn: role, region: 'eu-central-1', service: 'lambda' };
      const main = await job.main('token', { 'app-server': JSON.stringify({ url: `${server.url}/prefix`, auth: behindAws }) });
      assert.equal(main.exitCode, 0, main.stdout.join('\n'));
      job.ahead = 51 * minute;
      const { exitCode, stdout, stderr } = await job.shell('access-token');
      assert.deepEqual([exitCode, stdout], [0, `${second}\n`], stderr);
      assert.ok(stderr.includes(`Asking AWS for the role ${role}\n`), stderr);
      const masks = Object.values(credentials).map((secret) => `::add-mask::${secret}\n`);
      assert.deepEqual(masks.filter((mask) => !stderr.includes(mask)), []);
      assert.equal(server.asked.filter(({ path }) => path === '/sts/').length, 2);
      const uses = join(job.temporary, 'access-token/uses/token');
      const kept = readdirSync(uses).map((name) => readFileSync(join(uses, name), 'utf8')).join('\n');
      assert.ok(kept.includes(second));
      assert.deepEqual([...Object.values(credentials), idToken].filter((secret) => kept.includes(secret)), []);
      await job.post('token');
      const ends = server.asked.filter(({ method }) => method === 'DELETE').map(({ authorization }) => authorization);
      assert.deepEqual(ends, [`Bearer ${first}`, `Bearer ${second}`]);
    } finally {
      job.end();
      await server.close();
    }
  });
});

describe('git in a job with `refresh: true`', () => {
  let server: FakeServer;
  let job: Job;

  beforeEach(async () => {
    server = await startServer({ ...runnerRoute, [ask]: [grantAt(first, 0), grantAt(second, hour)], [revoke]: [{ status: 204 }] });
    job = new Job(server);
    await job.main('token');
  });

  afterEach(async () => {
    job.end();
    await server.close();
  });

  const fill = (url: string): Promise<{ stdout: string; exitCode: number | null }> =>
    job.shell('GIT_TERMINAL_PROMPT=0 git credential fill', `url=${url}\n\n`);

  it('has the token for the granted repositories', async () => {
    for (const path of ['octo-org/website', 'octo-org/website.git', 'octo-org/docs.git']) {
      const { stdout } = await fill(`https://github.example/${path}`);
      assert.ok(stdout.includes(`username=x-access-token\npassword=${first}\n`), stdout);
    }
  });

  it('has it for nothing else', async () => {
    for (const url of [
      'https://github.example/octo-org/app',
      'https://github.example/octo-org/website2',
      'https://github.example/octocat/website',
      'https://github.example/',
      'http://github.example/octo-org/website',
      'https://github.example.example/octo-org/website',
    ]) {
      const { exitCode, stdout } = await fill(url);
      assert.notEqual(exitCode, 0, url);
      assert.ok(!stdout.includes('ghs_'), url);
    }
    for (const [host, path] of [['github.example', 'octo-org/app'], ['evil.example', 'octo-org/website'], ['github.example', '']]) {
      const told = `protocol=https\nhost=${host ?? ''}\n${path === '' ? '' : `path=${path ?? ''}\n`}\n`;
      assert.deepEqual(await job.shell('access-token git-credential get', told), { exitCode: 0, stdout: '', stderr: '' });
    }
  });

  it('asks no other helper for them, and all others for the rest', async () => {
    await job.shell("git config --global credential.helper '!echo username=octocat; echo password=secret; :'");
    assert.ok((await fill('https://github.example/octo-org/website')).stdout.includes(first));
    assert.ok((await fill('https://github.example/octo-org/app')).stdout.includes('password=secret'));
  });

  it('gets a new token where one was refused', async () => {
    const place = 'protocol=https\nhost=github.example\npath=octo-org/website.git\n';
    await job.shell('git credential reject', `${place}username=x-access-token\npassword=${first}\n\n`);
    assert.ok((await fill('https://github.example/octo-org/website')).stdout.includes(second));
    assert.equal(await job.token(), second);
    await job.post('token');
    const ends = server.asked.filter(({ method }) => method === 'DELETE').map(({ authorization }) => authorization);
    assert.deepEqual(ends, [`Bearer ${first}`, `Bearer ${second}`]);
  });

  it('keeps the configuration that is in the environment, and has none of ours after the job', async () => {
    assert.equal((await job.shell('git config --get-all credential.https://github.example/octo-org/docs.helper')).exitCode, 0);
    await job.post('token');
    const { stdout, exitCode } = await job.shell('git config --list');
    assert.equal(exitCode, 0);
    assert.ok(!stdout.includes('credential.'), stdout);
  });
});
