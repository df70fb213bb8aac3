// One HTTP request over `node:http` or `node:https`: `fetch` would cost another 20 to 30 ms at start-up.

import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Ahead } from './ahead.ts';
import { systemClock } from './clock.ts';
import { encrypted, openTunnel, proxyFor, proxyHeaders, type ProxyFailure } from './proxy.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called when the request is on its way: what takes time and is needed anyway fits into the wait for the answer. */
  readonly onSent?: () => void;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Http {
  /** Sends one request and reads the whole answer, within the time limit in milliseconds. Rejects with `HttpError`. */
  (request: HttpRequest, timeLimit: number): Promise<HttpResponse>;
  /** Says where the next request but one will go, so that the way there can be ready by then. */
  readonly announce?: (url: string) => void;
}

/** Why there is no usable answer. `isTransient`: another try may help; `isUnreachable`: another host may. */
export class HttpError extends Error {
  readonly isTransient: boolean;
  readonly isUnreachable: boolean;

  constructor(message: string, isTransient: boolean, isUnreachable = isTransient) {
    super(message);
    this.isTransient = isTransient;
    this.isUnreachable = isUnreachable;
  }
}

/** How Node says that nobody whom it trusts has signed the certificate. <https://nodejs.org/api/tls.html#x509-certificate-error-codes> */
const unknownAuthority = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];
/** What else is wrong with a certificate. */
const badCertificate = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID'];

/** Longest answer that is read, in bytes; what the action asks for is a few hundred. */
const largestBody = 1024 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The real thing. Every connection closes with its answer, so that nothing keeps the process alive. */
export function nodeHttp(environment: Environment): Http {
  const ahead = new Ahead();
  const http = async (request: HttpRequest, timeLimit: number): Promise<HttpResponse> => {
    const url = httpUrl(request.url);
    const begun = ahead.take(url);
    if (begun !== undefined) return send(request, url, { client: clientFor(url), options: through(begun) }, timeLimit, timeLimit);
    const begin = systemClock.elapsed();
    const route = await routeTo(url, environment, timeLimit);
    if ('reason' in route) throw new HttpError(`${request.method} ${addressOf(url)}: ${route.reason}`, route.isTransient);
    return send(request, url, route, timeLimit, timeLimit - (systemClock.elapsed() - begin));
  };
  const announce = (text: string): void => {
    if (goesStraight(text, environment)) ahead.begin(new URL(text));
  };
  return Object.assign(http, { announce });
}

/** Who is connected to, and what the request says besides its own. */
interface Route {
  readonly client: Pick<typeof http, 'Agent' | 'request'>;
  readonly options: RequestOptions;
}

type Fail = (what: string, isTransient: boolean, isUnreachable?: boolean) => void;

function send(request: HttpRequest, url: URL, { client, options }: Route, timeLimit: number, left: number): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { method } = request;
    const outgoing = client.request(url, { ...options, method, headers: { ...request.headers, ...(options.headers as object) } });
    let isAnswered = false;
    const fail: Fail = (what, isTransient, isUnreachable) => {
      clearTimeout(timer);
      reject(new HttpError(`${method} ${addressOf(url)}: ${what}`, isTransient, isUnreachable));
      outgoing.destroy();
    };
    const timer = setTimeout(() => {
      fail(`no answer within ${(timeLimit / 1000).toFixed(1)} s`, true);
    }, left);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const { code = '' } = error;
      fail(reasonOf(error), !unknownAuthority.includes(code) && !badCertificate.includes(code), true);
    });
    outgoing.on('finish', () => request.onSent?.());
    outgoing.on('close', () => {
      if (!isAnswered) fail('the connection was closed without an answer', true);
    });
    outgoing.on('response', (incoming) => {
      isAnswered = true;
      readAnswer(incoming, url, fail, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
    });
    outgoing.end(request.body);
  });
}

/** The way to a host: straight, through a proxy that is asked for the whole URL, or through a tunnel for TLS. */
async function routeTo(url: URL, environment: Environment, timeLimit: number): Promise<Route | ProxyFailure> {
  const client = clientFor(url);
  let proxy: URL | undefined;
  try {
    proxy = proxyFor(url, environment);
  } catch (error) {
    if (error instanceof TypeError) return { reason: error.message, isTransient: false };
    throw error;
  }
  if (proxy === undefined) return { client, options: { agent: new client.Agent({ keepAlive: false }) } };
  if (url.protocol === 'http:') {
    const headers = { host: url.host, ...proxyHeaders(proxy) };
    const place = { protocol: proxy.protocol, hostname: proxy.hostname.replace(/^\[|\]$/g, ''), port: proxy.port, path: url.href, headers };
    const proxyClient = clientFor(proxy);
    return { client: proxyClient, options: { ...place, agent: new proxyClient.Agent({ keepAlive: false }) } };
  }
  const tunnel = await openTunnel(proxy, url, timeLimit);
  return 'reason' in tunnel ? tunnel : { client, options: through(encrypted(url, tunnel)) };
}

/** By a connection to an `https` host that is there already. */
function through(socket: Socket): RequestOptions {
  // Without an agent, Node takes the port for 80 and writes that into `host`, which routes a request, and which AWS signs.
  return { defaultPort: 443, createConnection: () => socket };
}

/** Whether it is a URL of an `https` host that is reached without a proxy. */
function goesStraight(text: string, environment: Environment): boolean {
  try {
    const url = httpUrl(text);
    return url.protocol === 'https:' && proxyFor(url, environment) === undefined;
  } catch {
    // Told by the request.
    return false;
  }
}

/** The URL as messages show it: a query may hold something private. */
function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new HttpError(`\`${text}\` is not an \`https\` URL`, false);
}

/** Whether this is a URL to which a token may go: encrypted, or on this machine. */
export function mayCarrySecrets(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

/** Loading TLS takes 15 ms: only where it is needed, and without the loader of ES modules that `import()` would start. */
function clientFor(url: URL): Pick<typeof http, 'Agent' | 'request'> {
  return url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
}

/** Reads one answer. A redirect is none: the request carries a credential, and that is for one host. */
function readAnswer(
  incoming: IncomingMessage,
  url: URL,
  fail: Fail,
  done: (response: HttpResponse) => void,
): void {
  const status = incoming.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('error', () => {
    fail('the answer was cut short', true);
  });
  if (status >= 300 && status < 400) {
    const why = 'which is not followed because the request carries a credential';
    fail(`answered with a redirect (${status})${targetOf(incoming, url)}, ${why}`, false);
    return;
  }
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > largestBody) fail('the answer is larger than 1 MiB', false);
    else chunks.push(chunk);
  });
  incoming.on('end', () => {
    if (!incoming.complete) fail('the answer was cut short', true);
    else done({ status, headers: singleValues(incoming.headers), body: Buffer.concat(chunks).toString('utf8') });
  });
}

/** Where a redirect leads, in words. The rest of the URL may have pieces of the credential that was sent. */
function targetOf({ headers: { location = '' } }: IncomingMessage, from: URL): string {
  return URL.canParse(location, from.href) ? ` to \`${new URL(location, from).origin}\`` : '';
}

/** The words of the system for a failed connection; with several addresses tried, those of the first. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  if (!unknownAuthority.includes(error.code ?? '')) return error.message;
  // Behind a semicolon Node advises how to start Node.
  const [what = ''] = error.message.split(';');
  return `${what}\nif an authority of your own has signed the certificate, name its file in \`NODE_EXTRA_CA_CERTS\` in the job's \`env\``;
}

function singleValues(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
