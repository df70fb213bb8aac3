import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { HttpError, nodeHttp, type HttpRequest } from '../src/http.ts';
import { startServer, type FakeServer, type Reply } from './fakes/server.ts';

const send = nodeHttp({});
const headers = { 'user-agent': 'test', authorization: 'Bearer s3cret' };

async function withServer(reply: Reply, use: (server: FakeServer, request: HttpRequest) => Promise<void>): Promise<void> {
  const server = await startServer({ 'GET /path': [reply] });
  try {
    await use(server, { method: 'GET', url: `${server.url}/path?q=1`, headers });
  } finally {
    await server.close();
  }
}

/** What the request fails with; `isTransient` says whether another try may help. */
async function failureOf(reply: Reply, timeLimit = 5_000): Promise<Pick<HttpError, 'message' | 'isTransient'>> {
  let failure: HttpError | undefined;
  await withServer(reply, async (server, request) => {
    try {
      assert.fail(`got ${(await send(request, timeLimit)).status}`);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      failure = new HttpError(error.message.replaceAll(server.url, 'SERVER'), error.isTransient);
      assert.equal(server.asked.length, 1);
    }
  });
  assert.ok(failure !== undefined);
  assert.doesNotMatch(failure.message, /s3cret/);
  return { message: failure.message, isTransient: failure.isTransient };
}

describe('a request', () => {
  it('gives status, headers and text', async () => {
    const body = JSON.stringify({ text: 'ü'.repeat(100_000) });
    await withServer({ status: 418, headers: { 'retry-after': '3' }, body }, async (_, request) => {
      const response = await send(request, 5_000);
      assert.equal(response.status, 418);
      assert.equal(response.headers['retry-after'], '3');
      assert.equal(response.body, body);
    });
  });

  it('tells when it is on its way', async () => {
    await withServer({ status: 200 }, async (_, request) => {
      let isSent = false;
      await send({ ...request, onSent: () => (isSent = true) }, 5_000);
      assert.ok(isSent);
    });
  });

  it('takes an answer of 1 MiB', async () => {
    await withServer({ status: 200, body: 'x'.repeat(1024 * 1024) }, async (_, request) => {
      assert.equal((await send(request, 5_000)).body.length, 1024 * 1024);
    });
  });

  it('refuses a larger one', async () => {
    assert.deepEqual(await failureOf({ status: 200, body: 'x'.repeat(1024 * 1024 + 1) }), {
      message: 'GET SERVER/path: the answer is larger than 1 MiB',
      isTransient: false,
    });
  });

  it('follows no redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.deepEqual(await failureOf({ status, headers: { location: '/elsewhere' } }), {
        message: `GET SERVER/path: answered with a redirect (${status}) to \`SERVER\`, which is not followed because the request carries a credential`,
        isTransient: false,
      });
    }
  });

  it('notices an answer that is cut short', async () => {
    assert.deepEqual(await failureOf('cut short'), { message: 'GET SERVER/path: the answer was cut short', isTransient: true });
  });

  it('notices a chunked answer that is cut short', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.write('{"token":"ghs_x"}', () => response.socket?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(send({ method: 'GET', url, headers }, 5_000), new HttpError(`GET ${url}: the answer was cut short`, true));
    server.close();
  });

  it('takes an answer that ends with the connection', async () => {
    const server = createServer((request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(300_000)}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    assert.equal((await send({ method: 'GET', url, headers }, 5_000)).body.length, 300_000);
    server.close();
  });

  it('notices a connection that is reset', async () => {
    assert.deepEqual(await failureOf('reset'), { message: 'GET SERVER/path: read ECONNRESET', isTransient: true });
  });

  it('waits no longer than its time limit', async () => {
    assert.deepEqual(await failureOf('hang', 100), { message: 'GET SERVER/path: no answer within 0.1 s', isTransient: true });
  });

  it('tells that nobody listens', async () => {
    const server = await startServer({});
    await server.close();
    const port = new URL(server.url).port;
    await assert.rejects(
      send({ method: 'GET', url: `${server.url}/path`, headers }, 5_000),
      new HttpError(`GET ${server.url}/path: connect ECONNREFUSED 127.0.0.1:${port}`, true),
    );
  });

  it('refuses what is no URL', async () => {
    for (const url of ['nowhere', 'ftp://127.0.0.1/', '']) {
      await assert.rejects(send({ method: 'GET', url, headers }, 5_000), new HttpError(`\`${url}\` is not an \`https\` URL`, false));
    }
  });
});
