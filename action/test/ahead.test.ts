import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { nodeHttp, type HttpRequest } from '../src/http.ts';
import { certificateFor } from './fakes/certificate.ts';
import { startProxy } from './fakes/proxy.ts';
import { assertNothingLeaks, granted, idToken, outputs, requestToken } from './fakes/scenario.ts';
import { startServer } from './fakes/server.ts';
import { inputs, runStep } from './fakes/step.ts';

const certificate = certificateFor('localhost');

/** A server of TLS, and the connections that it has. */
class Host {
  readonly url: string;
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  connections = 0;

  constructor(server: Server) {
    this.#server = server;
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
    server.on('secureConnection', () => {
      this.connections += 1;
      for (const go of this.#waiting.splice(0)) go();
    });
  }

  static async start(answer: RequestListener): Promise<Host> {
    const server = createServer({ ...certificate }, answer);
    // Where `localhost` has an address of IPv6 first, that one is tried first, and nobody listens there.
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Host(server);
  }

  /** When there has been a connection. */
  async isConnected(): Promise<void> {
    if (this.connections === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => { resolve(); });
      this.#server.closeAllConnections();
    });
  }
}

async function withHost(use: (host: Host, request: HttpRequest) => Promise<void>): Promise<void> {
  const host = await Host.start((_, response) => response.end('{}'));
  try {
    await use(host, { method: 'GET', url: `${host.url}/path`, headers: { 'user-agent': 'test' } });
  } finally {
    await host.close();
  }
}

describe('a request that was announced', () => {
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
  // In this process, which was not started with the authority.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  after(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });

  it('takes the connection that was begun for it, once', async () => {
    await withHost(async (host, request) => {
      const http = nodeHttp({});
      http.announce?.(host.url);
      http.announce?.(`${host.url}/another/path`);
      await host.isConnected();
      assert.equal((await http(request, 5_000)).status, 200);
      assert.equal(host.connections, 1);
      assert.equal((await http(request, 5_000)).status, 200);
      assert.equal(host.connections, 2);
    });
  });

  it('may come before the connection is there', async () => {
    await withHost(async (host, request) => {
      const http = nodeHttp({});
      http.announce?.(host.url);
      assert.equal((await http(request, 5_000)).status, 200);
      assert.equal(host.connections, 1);
    });
  });

  it('connects anew where the connection is closed by then', async () => {
    await withHost(async (host, request) => {
      const http = nodeHttp({});
      http.announce?.(host.url);
      await host.isConnected();
      host.closeConnections();
      // The end has come here, too, when a connection that was made later has an answer.
      await nodeHttp({})(request, 5_000);
      assert.equal((await http(request, 5_000)).status, 200);
      assert.equal(host.connections, 3);
    });
  });

  it('keeps no process alive', async () => {
    await withHost(async (host) => {
      nodeHttp({}).announce?.(host.url);
      await host.isConnected();
      assert.deepEqual(process.getActiveResourcesInfo().filter((name) => /^TLSWRAP$|^TCPSOCKETWRAP$/i.test(name)).length, 1, 'that of the server');
    });
  });

  it('has no connection of its own through a proxy, without TLS, and to what is no URL', async () => {
    await withHost(async (host) => {
      const proxy = await startProxy(Number(new URL(host.url).port));
      const http = nodeHttp({ HTTPS_PROXY: `http://${proxy.host}`, HTTP_PROXY: 'nonsense://' });
      for (const url of ['https://octo-org.test', host.url.replace('https', 'http'), 'http://octo-org.test', 'nowhere']) http.announce?.(url);
      http.announce?.(host.url);
      await host.isConnected();
      assert.deepEqual([proxy.asked, host.connections], [[], 1]);
      await proxy.close();
    });
  });
});

describe('a step', () => {
  const authority = join(mkdtempSync(join(tmpdir(), 'access-token-authority-')), 'ca.pem');
  writeFileSync(authority, certificate.cert);

  it('connects to the next host while it waits for an answer', async () => {
    const github = await Host.start((_, response) => response.end('{"rate":{}}'));
    const broker = await Host.start((_, response) => {
      void github.isConnected().then(() => response.end(JSON.stringify(granted)));
    });
    const runner = await Host.start((_, response) => {
      void broker.isConnected().then(() => response.end(JSON.stringify({ value: idToken })));
    });
    try {
      const run = await runStep('main', {
        ...inputs({
          permissions: 'contents: write, issues: read',
          repositories: 'website, docs',
          'app-server': `${broker.url}/prefix`,
          'github-api-url': `${github.url}/api/v3`,
        }),
        GITHUB_REPOSITORY: 'octo-org/app',
        ACTIONS_ID_TOKEN_REQUEST_URL: `${runner.url}/idtoken/1?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        NODE_EXTRA_CA_CERTS: authority,
      });
      assertNothingLeaks(run);
      assert.equal(run.exitCode, 0, run.stdout.join('\n'));
      assert.deepEqual(run.outputs, outputs);
      assert.deepEqual([runner.connections, broker.connections, github.connections], [1, 1, 1]);
    } finally {
      for (const host of [runner, broker, github]) await host.close();
    }
  });

  it('asks the next broker where nobody vouches for the first, and does not insist', async () => {
    const runner = await Host.start((_, response) => response.end(JSON.stringify({ value: idToken })));
    const broker = await Host.start((_, response) => response.end(JSON.stringify(granted)));
    const stranger = await startServer({}, certificateFor('stranger.octo-org.test'));
    try {
      const run = await runStep('main', {
        ...inputs({
          permissions: 'contents: write, issues: read',
          repositories: 'website, docs',
          'app-server': `${stranger.url.replace('127.0.0.1', 'localhost')}, ${broker.url}`,
          'wait-until-ready': 'false',
        }),
        GITHUB_REPOSITORY: 'octo-org/app',
        ACTIONS_ID_TOKEN_REQUEST_URL: `${runner.url}/idtoken/1?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        NODE_EXTRA_CA_CERTS: authority,
      });
      assert.equal(run.exitCode, 0, run.stdout.join('\n'));
      const warnings = run.stdout.filter((line) => line.startsWith('::warning::'));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /cannot be reached, so the next one is asked: POST .*: self-signed certificate%0Aif an authority of your own/);
      assert.ok(!run.stdout.some((line) => line.includes('trying again')));
      assert.deepEqual(stranger.asked, []);
    } finally {
      for (const host of [runner, broker, stranger]) await host.close();
    }
  });
});
