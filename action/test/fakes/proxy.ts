// An HTTP proxy on the loopback interface: asked to `CONNECT` to any host, it connects to one port of this machine.

import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface FakeProxy {
  readonly host: string;
  /** `CONNECT host:port`, and the user if one was named. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** `refusal`: the status that every `CONNECT` gets instead, or no answer at all. */
export async function startProxy(port: number, refusal?: number | 'hang' | 'reset'): Promise<FakeProxy> {
  const asked: string[] = [];
  const server = createServer();
  // What was once asked to `CONNECT` is no connection of the server any more, and yet it waits for it to close.
  const open = new Set<Duplex>();
  server.on('connect', (request, client) => {
    const user = /^Basic (.*)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1];
    asked.push([request.method, request.url, ...(user === undefined ? [] : [Buffer.from(user, 'base64').toString()])].join(' '));
    open.add(client);
    client.on('error', () => undefined);
    if (refusal === 'hang') return;
    if (refusal === 'reset') {
      client.destroy();
      return;
    }
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
        for (const client of open) client.destroy();
      }),
  };
}
