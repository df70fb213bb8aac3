// Proxies, as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in small letters, too.
//
// Node's own agent reads them from 24.5 on only, and not all that tools agree on; runners bring older Nodes, too.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Environment } from './http.ts';
import { isExcepted } from './no-proxy.ts';

/** Why there is no way through the proxy. `isTransient`: another try may help. */
export interface ProxyFailure {
  readonly reason: string;
  readonly isTransient: boolean;
}

/**
 * The proxy for this URL, if any; never for loopback addresses.
 *
 * Throws a `TypeError` where the environment names something that is no proxy: going around it would be a guess.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const text = valueOf(environment, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  if (isLoopback || text === '' || isExcepted(url, valueOf(environment, 'no_proxy'))) return undefined;
  const address = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // SECURITY: the value may hold a password, so it is not shown.
  throw new TypeError(`the proxy in \`${url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'}\` is not an \`http\` URL`);
}

/** The header by which a proxy knows its user. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const user = Buffer.concat([decoded(proxy.username), Buffer.from(':'), decoded(proxy.password)]);
  return { 'proxy-authorization': `Basic ${user.toString('base64')}` };
}

/** A part of a URL without its percent signs; one that no two digits follow stands for itself. */
function decoded(text: string): Buffer {
  const bytes = text.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** A connection through the proxy to the host of this URL (RFC 9110, 9.3.6), for TLS to begin on. */
export function openTunnel(proxy: URL, url: URL, timeLimit: number): Promise<Socket | ProxyFailure> {
  const target = `${url.hostname}:${url.port || '443'}`;
  return new Promise((resolve) => {
    const client = process.getBuiltinModule(proxy.protocol === 'https:' ? 'node:https' : 'node:http');
    const outgoing = client.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyHeaders(proxy) },
      agent: false,
    });
    const fail = (what: string, isTransient: boolean): void => {
      clearTimeout(timer);
      resolve({ reason: `the proxy ${proxy.host} ${what}`, isTransient });
      outgoing.destroy();
    };
    const timer = setTimeout(() => { fail('did not answer in time', true); }, timeLimit);
    outgoing.on('error', (error) => { fail(`cannot be reached: ${error.message}`, true); });
    outgoing.on('response', ({ statusCode = 0 }) => { fail(answered(statusCode), statusCode >= 500); });
    outgoing.on('connect', ({ statusCode = 0 }: IncomingMessage, socket) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        fail(answered(statusCode), statusCode >= 500);
        return;
      }
      clearTimeout(timer);
      resolve(socket);
    });
    outgoing.end();
  });
}

function answered(status: number): string {
  const help = status === 407 ? '\nit wants a user: write `HTTPS_PROXY` as `http://USER:PASSWORD@HOST:PORT`' : '';
  return `answered ${status}${help}`;
}

/** TLS to the host of this URL, on a connection that is there already or a new one, with the checks that a request of its own would make. */
export function encrypted(url: URL, socket?: Socket): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isName = process.getBuiltinModule('node:net').isIP(host) === 0;
  const place = socket === undefined ? { port: Number(url.port || '443') } : { socket };
  const options = { ...place, host, ALPNProtocols: ['http/1.1'], ...(isName ? { servername: host } : {}) };
  return process.getBuiltinModule('node:tls').connect(options);
}

/** Small letters first, as curl has it; an empty value counts as none. On Windows names have no letter case anyway. */
function valueOf(environment: Environment, name: string): string {
  const values = [environment[name], environment[name.toUpperCase()]].map((value) => value?.trim());
  return values.find((value) => value !== undefined && value !== '') ?? '';
}
