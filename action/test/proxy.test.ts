import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HttpError, nodeHttp } from '../src/http.ts';
import { proxyFor, proxyHeaders } from '../src/proxy.ts';
import { certificateFor } from './fakes/certificate.ts';
import { startProxy, type FakeProxy } from './fakes/proxy.ts';
import { assertNothingLeaks, grant, hash, outputs, requestToken, runnerRoute, token } from './fakes/scenario.ts';
import { startServer, type FakeServer } from './fakes/server.ts';
import { inputs, runStep } from './fakes/step.ts';

const headers = { 'user-agent': 'test', authorization: 'Bearer s3cret' };

describe('the proxy of a request', () => {
  const proxy = 'http://proxy.octo-org.test:3128';

  function chosen(url: string, environment: Record<string, string>): string | undefined {
    return proxyFor(new URL(url), environment)?.href;
  }

  it('is the one for its protocol, in letters of either case', () => {
    for (const name of ['https_proxy', 'HTTPS_PROXY']) {
      assert.equal(chosen('https://broker.octo-org.test', { [name]: proxy }), `${proxy}/`);
      assert.equal(chosen('http://broker.octo-org.test', { [name]: proxy }), undefined);
    }
    for (const name of ['http_proxy', 'HTTP_PROXY']) {
      assert.equal(chosen('http://broker.octo-org.test', { [name]: proxy }), `${proxy}/`);
      assert.equal(chosen('https://broker.octo-org.test', { [name]: proxy }), undefined);
    }
    assert.equal(chosen('https://x.test', { https_proxy: 'http://small.test', HTTPS_PROXY: 'http://large.test' }), 'http://small.test/');
    assert.equal(chosen('https://x.test', { https_proxy: ' ', HTTPS_PROXY: 'http://large.test' }), 'http://large.test/');
    assert.equal(chosen('https://x.test', { https_proxy: 'proxy.test:3128' }), 'http://proxy.test:3128/');
    assert.equal(chosen('https://x.test', {}), undefined);
  });

  it('is none for hosts in NO_PROXY', () => {
    for (const [list, url, isExcepted] of [
      ['broker.test', 'https://broker.test', true],
      ['broker.test', 'https://BROKER.test/path', true],
      ['broker.test', 'https://a.broker.test', true],
      ['.broker.test', 'https://a.broker.test', true],
      ['*.broker.test', 'https://a.broker.test', true],
      ['.broker.test', 'https://broker.test', true],
      ['broker.test', 'https://notbroker.test', false],
      ['broker.test', 'https://broker.test.evil', false],
      ['broker.test:443', 'https://broker.test', true],
      ['broker.test:8443', 'https://broker.test:8443', true],
      ['broker.test:8443', 'https://broker.test', false],
      ['a.test, broker.test', 'https://broker.test', true],
      ['a.test broker.test', 'https://broker.test', true],
      ['10.0.0.1', 'https://10.0.0.1', true],
      ['*', 'https://broker.test', true],
      ['', 'https://broker.test', false],
      [',', 'https://broker.test', false],
      ['.', 'https://broker.test', false],
      ['broker.test.', 'https://a.broker.test', true],
      ['broker.test', 'https://a.broker.test.', true],
      ['10.0.0.1:8443', 'https://10.0.0.1', false],
      ['10.0.0.1:8443', 'https://10.0.0.1:8443', true],
      ['0.0.0.1', 'https://10.0.0.1', false],
      ['fd00::1', 'https://[fd00::1]', true],
      ['FD00:0::1', 'https://[fd00::1]:8443', true],
      ['fd00::1', 'https://[fd00::2]', false],
      ['[fd00::1]', 'https://[fd00::1]:8443', true],
      ['[fd00::1]:8443', 'https://[fd00::1]:8443', true],
      ['[fd00::1]:8443', 'https://[fd00::1]', false],
      ['10.0.0.0/8', 'https://10.200.3.4:8443', true],
      ['10.0.0.0/8', 'https://11.0.0.1', false],
      ['10.0.0.0/8', 'https://10.octo-org.test', false],
      ['fd00::/8', 'https://[fd12::1]', true],
      ['fd00::/8', 'https://[fe80::1]', false],
      ['fd00::/8', 'https://10.0.0.1', false],
      ['10.0.0.0/33', 'https://10.0.0.1', false],
      ['10.0.0.0/', 'https://10.0.0.1', false],
      ['broker.test/8', 'https://broker.test', false],
      ['fe80::1%eth0', 'https://[fe80::1]', true],
      ['[fe80::1%eth0]:443', 'https://[fe80::1]', true],
      ['fe80::1%eth0', 'https://broker.test', false],
      ['fe80::%eth0/10', 'https://[fe80::1]', true],
    ] as const) {
      for (const name of ['no_proxy', 'NO_PROXY']) {
        assert.equal(chosen(url, { HTTPS_PROXY: proxy, [name]: list }) === undefined, isExcepted, `${list} ${url}`);
      }
    }
  });

  it('is none for this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) assert.equal(chosen(`https://${host}:8443`, { HTTPS_PROXY: proxy }), undefined, host);
    assert.notEqual(chosen('https://localhost.evil.test', { HTTPS_PROXY: proxy }), undefined);
  });

  it('must be one, and is not shown where it is not', () => {
    for (const value of ['socks5://user:s3cret@proxy.test', 'http://', 'ftp://user:s3cret@proxy.test']) {
      assert.throws(() => proxyFor(new URL('https://x.test'), { HTTPS_PROXY: value }), new TypeError('the proxy in `HTTPS_PROXY` is not an `http` URL'));
    }
  });

  it('knows its user', () => {
    const user = (url: string): string | undefined => proxyHeaders(new URL(url))['proxy-authorization'];
    assert.equal(user('http://proxy.test'), undefined);
    assert.equal(user('http://me:p%40ss@proxy.test'), `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    assert.equal(user('http://me@proxy.test'), `Basic ${Buffer.from('me:').toString('base64')}`);
    assert.equal(user('http://me:100%@proxy.test'), `Basic ${Buffer.from('me:100%').toString('base64')}`);
    assert.equal(user('http://ü:%FF%zz@proxy.test'), `Basic ${Buffer.concat([Buffer.from('ü:'), Buffer.from([255]), Buffer.from('%zz')]).toString('base64')}`);
  });
});

describe('a request through a proxy', () => {
  async function failureOf(refusal?: number | 'hang' | 'reset', timeLimit = 5_000): Promise<[string, boolean]> {
    const proxy = await startProxy(1, refusal);
    try {
      await nodeHttp({ HTTPS_PROXY: `http://me:s3cret@${proxy.host}` })({ method: 'GET', url: 'https://octo-org.test/path?q=1', headers }, timeLimit);
      return assert.fail('there is an answer');
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      assert.doesNotMatch(error.message, /s3cret/);
      assert.deepEqual(proxy.asked, ['CONNECT octo-org.test:443 me:s3cret']);
      return [error.message.replace(proxy.host, 'PROXY'), error.isTransient];
    } finally {
      await proxy.close();
    }
  }

  it('fails with what the proxy says', async () => {
    const help = 'it wants a user: write `HTTPS_PROXY` as `http://USER:PASSWORD@HOST:PORT`';
    assert.deepEqual(await failureOf(407), [`GET https://octo-org.test/path: the proxy PROXY answered 407\n${help}`, false]);
    assert.deepEqual(await failureOf(403), ['GET https://octo-org.test/path: the proxy PROXY answered 403', false]);
    assert.deepEqual(await failureOf(502), ['GET https://octo-org.test/path: the proxy PROXY answered 502', true]);
    assert.deepEqual(await failureOf('hang', 100), ['GET https://octo-org.test/path: the proxy PROXY did not answer in time', true]);
    assert.deepEqual(await failureOf('reset'), ['GET https://octo-org.test/path: the proxy PROXY cannot be reached: socket hang up', true]);
  });

  it('fails where nobody listens, and goes no other way', async () => {
    const request = { method: 'GET', url: 'https://octo-org.test/', headers } as const;
    await assert.rejects(
      nodeHttp({ HTTPS_PROXY: 'http://127.0.0.1:1' })(request, 5_000),
      new HttpError('GET https://octo-org.test/: the proxy 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1', true),
    );
    await assert.rejects(
      nodeHttp({ HTTPS_PROXY: 'socks5://127.0.0.1:1' })(request, 5_000),
      new HttpError('GET https://octo-org.test/: the proxy in `HTTPS_PROXY` is not an `http` URL', false),
    );
  });

  it('does not trust a server because a proxy leads to it', async () => {
    const server = await startServer({ 'GET /path': [{ status: 200 }] }, certificateFor('octo-org.test'));
    const proxy = await startProxy(Number(new URL(server.url).port));
    try {
      await assert.rejects(
        nodeHttp({ HTTPS_PROXY: `http://${proxy.host}` })({ method: 'GET', url: 'https://octo-org.test/path', headers }, 5_000),
        /^Error: GET https:\/\/octo-org\.test\/path: self-signed certificate/,
      );
      assert.deepEqual(server.asked, []);
    } finally {
      await proxy.close();
      await server.close();
    }
  });

  it('asks for the whole URL where there is no TLS', async () => {
    const proxy = await startServer({ 'GET http://github.octo-org.test/path': [{ status: 200, body: 'proxied' }] });
    try {
      const send = nodeHttp({ http_proxy: proxy.url });
      assert.equal((await send({ method: 'GET', url: 'http://github.octo-org.test/path?q=1', headers }, 5_000)).body, 'proxied');
      assert.equal(proxy.asked[0]?.path, 'http://github.octo-org.test/path?q=1');
    } finally {
      await proxy.close();
    }
  });

  it('goes straight to the loopback interface', async () => {
    const server = await startServer({ 'GET /path': [{ status: 200, body: 'direct' }] });
    try {
      const send = nodeHttp({ http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' });
      assert.equal((await send({ method: 'GET', url: `${server.url}/path`, headers }, 5_000)).body, 'direct');
    } finally {
      await server.close();
    }
  });
});

describe('the steps behind a proxy, with a private authority', () => {
  const certificate = certificateFor('octo-org.test');
  const authority = join(mkdtempSync(join(tmpdir(), 'access-token-authority-')), 'ca.pem');
  writeFileSync(authority, certificate.cert);
  const tunnel = 'CONNECT octo-org.test:443';

  /** Runs with everything at `https://octo-org.test`, a name that only the proxy can reach. */
  async function behind(use: (server: FakeServer, proxy: FakeProxy, environment: Record<string, string>) => Promise<void>): Promise<void> {
    const script = {
      ...runnerRoute,
      'POST /prefix/access_tokens': [grant],
      'DELETE /api/v3/installation/token': [{ status: 204 }],
    };
    const server = await startServer(script, certificate);
    const proxy = await startProxy(Number(new URL(server.url).port));
    const given = {
      permissions: 'contents: write, issues: read',
      repositories: 'website, docs',
      'app-server': 'https://octo-org.test/prefix',
      'github-api-url': 'https://octo-org.test/api/v3',
    };
    try {
      await use(server, proxy, {
        ...inputs(given),
        GITHUB_REPOSITORY: 'octo-org/app',
        ACTIONS_ID_TOKEN_REQUEST_URL: 'https://octo-org.test/idtoken/1?api-version=2.0',
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        HTTPS_PROXY: `http://me:s3cret@${proxy.host}`,
        NODE_EXTRA_CA_CERTS: authority,
      });
    } finally {
      await proxy.close();
      await server.close();
    }
  }

  it('get a token', async () => {
    await behind(async (server, proxy, environment) => {
      const run = await runStep('main', environment);
      assertNothingLeaks(run);
      assert.equal(run.exitCode, 0, run.stdout.join('\n'));
      assert.deepEqual(run.outputs, outputs);
      assert.deepEqual(proxy.asked, [`${tunnel} me:s3cret`, `${tunnel} me:s3cret`, `${tunnel} me:s3cret`]);
      assert.deepEqual(server.asked.map(({ method, path }) => `${method} ${path}`), [
        'GET /idtoken/1?api-version=2.0&audience=octo-org.test',
        'POST /prefix/access_tokens',
        'GET /api/v3/rate_limit',
      ]);
    });
  });

  it('give it back', async () => {
    await behind(async (server, proxy, environment) => {
      const run = await runStep('post', { ...environment, 'STATE_token': token, 'STATE_token-hash': hash });
      assertNothingLeaks(run);
      assert.deepEqual([run.exitCode, run.stdout], [0, [`Token hash: ${hash}`, 'The token is revoked']]);
      assert.deepEqual(proxy.asked, [`${tunnel} me:s3cret`]);
      assert.equal(server.asked.length, 1);
    });
  });

  it('go around it where NO_PROXY says so', async () => {
    await behind(async (server, proxy, environment) => {
      // Every address of this machine, and not one of the names that never go through a proxy.
      const straight = { ...inputs({ 'github-api-url': `https://0.0.0.0:${new URL(server.url).port}/api/v3` }), no_proxy: '0.0.0.0' };
      const run = await runStep('post', { ...environment, ...straight, 'STATE_token': token, 'STATE_token-hash': hash });
      assert.match(run.stdout.at(-1) ?? '', /^::warning::the token .* could not be revoked .*: Hostname\/IP does not match certificate's altnames/);
      assert.deepEqual([run.exitCode, proxy.asked, server.asked], [0, [], []]);
    });
  });

  it('trust nobody without the authority', async () => {
    await behind(async (server, proxy, environment) => {
      const run = await runStep('post', { ...environment, NODE_EXTRA_CA_CERTS: '', 'STATE_token': token, 'STATE_token-hash': hash });
      const help = 'if an authority of your own has signed the certificate, name its file in `NODE_EXTRA_CA_CERTS` in the job\'s `env`';
      assert.match(run.stdout.at(-1) ?? '', /^::warning::.*: self-signed certificate%0A/);
      assert.ok(run.stdout.at(-1)?.endsWith(`certificate%0A${help}`), run.stdout.at(-1));
      assert.equal(run.exitCode, 0);
      // Another try would not help.
      assert.equal(proxy.asked.length, 1);
      assert.deepEqual(server.asked, []);
    });
  });
});
