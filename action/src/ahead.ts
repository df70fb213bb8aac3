// Connections that are begun before there is something to send: to connect and to agree on keys takes two or three round
// trips, and they fit into the wait for another answer.

import type { Socket } from 'node:net';
import { encrypted } from './proxy.ts';

/** The connections that are begun, by origin. Nothing is sent on them, and nobody waits for them. */
export class Ahead {
  readonly #begun = new Map<string, Socket>();

  /** Begins one to an `https` host. Why it fails is told by the request that then connects anew. */
  begin(url: URL): void {
    if (this.#begun.has(url.origin)) return;
    const socket = encrypted(url);
    socket.on('error', () => undefined).unref();
    this.#begun.set(url.origin, socket);
  }

  /** The one to this host, unless it is closed by now: for one request. */
  take(url: URL): Socket | undefined {
    const socket = this.#begun.get(url.origin);
    this.#begun.delete(url.origin);
    return socket?.destroyed === false && socket.writable ? socket.ref() : undefined;
  }
}
