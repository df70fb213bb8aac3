// One HTTP request over `node:http` or `node:https`: `fetch` would cost another 20 to 30 ms at start-up.

import http, { type IncomingMessage } from 'node:http';

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

/** Sends one request and reads the whole answer, within the time limit in milliseconds. Rejects with `HttpError`. */
export type Http = (request: HttpRequest, timeLimit: number) => Promise<HttpResponse>;

/** Why there is no usable answer. `isTransient`: another try may help. */
export class HttpError extends Error {
  readonly isTransient: boolean;

  constructor(message: string, isTransient: boolean) {
    super(message);
    this.isTransient = isTransient;
  }
}

/** Longest answer that is read, in bytes; what the action asks for is a few hundred. */
const largestBody = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** The real thing. Every connection closes with its answer, so that nothing keeps the process alive. */
export function nodeHttp(environment: Environment): Http {
  return (request, timeLimit) =>
    new Promise((resolve, reject) => {
      const { method, headers } = request;
      const url = httpUrl(request.url);
      const client = clientFor(url);
      const outgoing = client.request(url, { method, headers, agent: new client.Agent(agentOptions(url, environment)) });
      let isAnswered = false;
      const fail = (what: string, isTransient: boolean): void => {
        clearTimeout(timer);
        reject(new HttpError(`${method} ${url.origin}${url.pathname}: ${what}`, isTransient));
        outgoing.destroy();
      };
      const timer = setTimeout(() => {
        fail(`no answer within ${(timeLimit / 1000).toFixed(1)} s`, true);
      }, timeLimit);
      outgoing.on('error', (error) => {
        fail(reasonOf(error), true);
      });
      outgoing.on('finish', () => request.onSent?.());
      outgoing.on('close', () => {
        if (!isAnswered) fail('the connection was closed without an answer', true);
      });
      outgoing.on('response', (incoming) => {
        isAnswered = true;
        readAnswer(incoming, fail, (response) => {
          clearTimeout(timer);
          resolve(response);
        });
      });
      outgoing.end(request.body);
    });
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new HttpError(`\`${text}\` is not an \`https\` URL`, false);
}

/** Loading TLS takes 15 ms: only where it is needed, and without the loader of ES modules that `import()` would start. */
function clientFor(url: URL): Pick<typeof http, 'Agent' | 'request'> {
  return url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
}

/** Reads one answer. A redirect is none: the request carries a credential, and that is for one host. */
function readAnswer(
  incoming: IncomingMessage,
  fail: (what: string, isTransient: boolean) => void,
  done: (response: HttpResponse) => void,
): void {
  const status = incoming.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('error', () => {
    fail('the answer was cut short', true);
  });
  if (status >= 300 && status < 400) {
    fail(`answered with a redirect (${status}), which is not followed because the request carries a credential`, false);
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

/** Proxies are the business of Node's own agent (24.5 and later; older ones ignore the option), never for loopback. */
function agentOptions(url: URL, environment: Environment): http.AgentOptions {
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const proxy = { proxyEnv: environment };
  return { keepAlive: false, ...(isLoopback ? {} : proxy) };
}

/** The words of the system for a failed connection; with several addresses tried, those of the first. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.message;
}

function singleValues(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
