// A small, strict HTTP server on the loopback interface that answers as a script says and remembers what it was asked.

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly body: string;
}

/** An answer; or the connection is reset, never answered, or closed in the middle of an answer. */
export type Reply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'reset'
  | 'hang'
  | 'cut short';

/** Replies by `METHOD /path` (without the query), one per request; the last one is given again and again. */
export type Script = Readonly<Record<string, readonly (Reply | Answering)[]>>;

/** A reply that depends on the request. What it throws is the body of a status that nothing tries again. */
export type Answering = (request: IncomingMessage, body: string) => Reply;

export interface FakeServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** With a certificate, the server speaks TLS. */
export async function startServer(script: Script, certificate?: Certificate): Promise<FakeServer> {
  const asked: Asked[] = [];
  const counts = new Map<string, number>();
  const answer: RequestListener = (request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url = '', headers } = request;
      asked.push({ method, path: url, authorization: headers.authorization, accept: headers.accept, body });
      const route = `${method} ${url.replace(/\?.*/, '')}`;
      const count = counts.get(route) ?? 0;
      counts.set(route, count + 1);
      const replies = script[route] ?? [{ status: 404, body: `{"message":"no route ${route}"}` }];
      give(response, hasFault(request) ?? replyOf(replies[count] ?? replies.at(-1) ?? 'reset', request, body));
    });
  };
  const server = certificate === undefined ? createServer(answer) : createTlsServer({ ...certificate }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** What GitHub and the broker insist on in every request. */
function hasFault({ headers, method, url }: IncomingMessage): Reply | undefined {
  if (headers['user-agent'] === undefined) return { status: 403, body: '{"message":"no user-agent"}' };
  if (headers.connection !== 'close') return { status: 400, body: '{"message":"the connection stays open"}' };
  // AWS STS wants a form instead.
  const isForm = url === '/' || url === '/sts/';
  if (method === 'POST' && !isForm && headers['content-type'] !== 'application/json') return { status: 415, body: '{"message":"no JSON"}' };
  return undefined;
}

function replyOf(reply: Reply | Answering, request: IncomingMessage, body: string): Reply {
  if (typeof reply !== 'function') return reply;
  try {
    return reply(request, body);
  } catch (error) {
    return { status: 418, body: JSON.stringify({ message: String(error) }) };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function give(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (reply === 'cut short') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"token":', () => response.socket?.destroy());
    return;
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
  response.end(reply.body);
}
