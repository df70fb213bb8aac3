// Built from action/src and check/src by `npm run build:js`; edit that instead.
"use strict";
"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// action/src/refresh.ts
var import_node_fs7 = require("node:fs");

// action/src/access-command.ts
var import_node_fs4 = require("node:fs");
var import_node_path4 = require("node:path");

// action/src/failure.ts
var mostProblems = 10;
var Failure = class extends Error {
  problems;
  help;
  constructor(problems, help = {}) {
    const list = typeof problems === "string" ? [{ message: problems }] : problems;
    super(list.map((problem) => problem.message).join("\n"));
    this.problems = list;
    this.help = help;
  }
};
function wordsOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
function reportFailure(runner, thrown) {
  if (!(thrown instanceof Failure)) {
    runner.error({ message: `unexpected error: ${wordsOf(thrown)}` });
    if (thrown instanceof Error && thrown.stack !== void 0) runner.debug(thrown.stack);
    return;
  }
  const { problems } = thrown;
  const shown = problems.length > mostProblems ? problems.slice(0, mostProblems - 1) : problems;
  for (const problem of shown) runner.error(problem);
  if (shown.length < problems.length) runner.error({ message: `and ${problems.length - shown.length} more like these` });
  const { hint, requestId } = thrown.help;
  if (hint !== void 0) runner.notice({ title: "What to do about it", message: hint });
  if (requestId !== void 0) runner.info(`Request id: ${requestId}`);
}

// action/src/git-credential.ts
var mostLines = 100;
function readDescription(text) {
  const lines = text.split("\n").slice(0, mostLines).map((line) => line.replace(/\r$/, ""));
  const end = lines.indexOf("");
  const entries = (end < 0 ? lines : lines.slice(0, end)).filter((line) => line.includes("="));
  return new Map(entries.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
function isGranted(description, { serverUrl, owner, repositories }) {
  const server = new URL(serverUrl);
  const host = (description.get("host") ?? "").replace(server.protocol === "https:" ? /:443$/ : /:80$/, "");
  const isServer = `${description.get("protocol") ?? ""}:` === server.protocol && sameName(host, server.host);
  const prefix = server.pathname.replace(/^\/|\/$/g, "");
  const path = (description.get("path") ?? "").replace(/^\/+/, "");
  if (!isServer || !path.startsWith(prefix)) return false;
  const [account = "", name = "", ...rest] = path.slice(prefix.length).replace(/^\/+/, "").split("/");
  if (rest.length > 0 && rest[0] !== "info") return false;
  if (!sameName(account, owner) || name === "") return false;
  const bare = name.replace(/\.git$/, "");
  return repositories === "ALL" || repositories.some((granted) => sameName(granted, bare));
}
function answer(token, endsAt) {
  return [
    "username=x-access-token",
    `password=${token}`,
    // Git knows this from version 2.41 on, and skips what it does not know.
    ...endsAt === void 0 ? [] : [`password_expiry_utc=${Math.floor(endsAt / 1e3)}`],
    ""
  ].join("\n");
}
function sameName(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

// action/src/lock.ts
var import_node_fs2 = require("node:fs");
var import_node_path2 = require("node:path");

// action/src/private-file.ts
var import_node_fs = require("node:fs");
var import_node_path = require("node:path");
var replacing = { tries: 10, pause: 20 };
function writePrivate(path, text, flag = "w") {
  (0, import_node_fs.writeFileSync)(path, text, { mode: 384, flag });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = (0, import_node_fs.statSync)((0, import_node_path.dirname)(path));
  (0, import_node_fs.chownSync)(path, uid, gid);
}
function replacePrivate(path, text) {
  const draft = `${path}.${process.pid}`;
  writePrivate(draft, text);
  for (let count = 1; ; count += 1) {
    try {
      (0, import_node_fs.renameSync)(draft, path);
      return;
    } catch (error) {
      const { code = "" } = error;
      if (count === replacing.tries || !["EACCES", "EBUSY", "EPERM"].includes(code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, replacing.pause);
    }
  }
}

// action/src/lock.ts
var longestHold = 16 * 6e4;
var free = "";
var pause = 50;
async function acquire(directory, patience3, effects) {
  const end = effects.clock.elapsed() + patience3;
  for (; ; ) {
    const last = numbersIn(directory).at(-1) ?? 0;
    if (isFree(fileOf(directory, last), effects)) {
      const hold = claim(directory, last + 1, effects);
      if (hold !== void 0) return hold;
    }
    if (effects.clock.elapsed() >= end) return void 0;
    await effects.clock.sleep(pause);
  }
}
function claim(directory, number, { pid, clock }) {
  const path = fileOf(directory, number);
  if (!make(path, pid, clock.now())) return void 0;
  const isHeld = () => numbersIn(directory).at(-1) === number;
  if (!isHeld()) {
    (0, import_node_fs2.rmSync)(path, { force: true });
    return void 0;
  }
  for (const earlier of numbersIn(directory)) if (earlier < number) (0, import_node_fs2.rmSync)(fileOf(directory, earlier), { force: true });
  return {
    isHeld,
    release: () => {
      if (isHeld()) (0, import_node_fs2.truncateSync)(path);
    }
  };
}
function make(path, pid, now) {
  const draft = `${path}.${pid}`;
  const text = `${pid} ${now}`;
  try {
    writePrivate(draft, text);
    return isNew(() => {
      (0, import_node_fs2.linkSync)(draft, path);
    });
  } catch (error) {
    if (!withoutLinks.includes(error.code ?? "")) throw error;
    return isNew(() => {
      writePrivate(path, text, "wx");
    });
  } finally {
    (0, import_node_fs2.rmSync)(draft, { force: true });
  }
}
var withoutLinks = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EMLINK"];
function isNew(make2) {
  try {
    make2();
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}
function isFree(path, { isAlive, clock }) {
  let holder;
  try {
    holder = (0, import_node_fs2.readFileSync)(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
  const [pid, since] = holder.split(" ").map(Number);
  if (holder === free || pid === void 0 || since === void 0 || !isAlive(pid)) return true;
  return Math.abs(clock.now() - since) > longestHold;
}
function numbersIn(directory) {
  const numbers = (0, import_node_fs2.readdirSync)(directory).map((name) => /^lock-(\d+)$/.exec(name)?.[1]);
  return numbers.filter((number) => number !== void 0).map(Number).sort((one, other) => one - other);
}
function fileOf(directory, number) {
  return (0, import_node_path2.join)(directory, `lock-${number}`);
}
function isProcessAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

// action/src/http.ts
var import_node_http = __toESM(require("node:http"), 1);

// action/src/no-proxy.ts
function isExcepted({ hostname, port, protocol }, list) {
  const host = withoutDot(hostname.replace(/^\[|\]$/g, ""));
  const usual = protocol === "https:" ? "443" : "80";
  return list.toLowerCase().split(/[\s,]+/).some((entry) => entry === "*" || covers(entry, host, port || usual));
}
function covers(given, host, port) {
  const entry = given.replace(/%[^\]/]*/, "");
  if (entry.includes("/")) return isInNetwork(host, entry);
  const { isIP } = process.getBuiltinModule("node:net");
  if (isIP(entry) !== 0) return addressOf(entry) === host;
  const [, inBrackets, word = "", only] = /^(?:\[([^\]]*)\]|(?:\*?\.)?(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== void 0 && only !== port) return false;
  if (inBrackets !== void 0) return isIP(inBrackets) === 6 && addressOf(inBrackets) === host;
  const name = withoutDot(word);
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}
function isInNetwork(host, entry) {
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const [address = "", digits = ""] = entry.split("/");
  const [version, versionOfHost] = [isIP(address), isIP(host)];
  if (version === 0 || version !== versionOfHost || !/^\d{1,3}$/.test(digits) || Number(digits) > (version === 4 ? 32 : 128)) return false;
  const type = version === 4 ? "ipv4" : "ipv6";
  const network = new BlockList();
  network.addSubnet(address, Number(digits), type);
  return network.check(host, type);
}
function addressOf(address) {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
function withoutDot(name) {
  return name.replace(/\.$/, "");
}

// action/src/proxy.ts
function proxyFor(url, environment) {
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const text = valueOf(environment, url.protocol === "https:" ? "https_proxy" : "http_proxy");
  if (isLoopback || text === "" || isExcepted(url, valueOf(environment, "no_proxy"))) return void 0;
  const address = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : void 0;
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  throw new TypeError(`the proxy in \`${url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"}\` is not an \`http\` URL`);
}
function proxyHeaders(proxy) {
  if (proxy.username === "" && proxy.password === "") return {};
  const user = Buffer.concat([decoded(proxy.username), Buffer.from(":"), decoded(proxy.password)]);
  return { "proxy-authorization": `Basic ${user.toString("base64")}` };
}
function decoded(text) {
  const bytes = text.replaceAll(/%([\da-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, "latin1");
}
function openTunnel(proxy, url, timeLimit) {
  const target = `${url.hostname}:${url.port || "443"}`;
  return new Promise((resolve) => {
    const client = process.getBuiltinModule(proxy.protocol === "https:" ? "node:https" : "node:http");
    const outgoing = client.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...proxyHeaders(proxy) },
      agent: false
    });
    const fail = (what, isTransient2) => {
      clearTimeout(timer);
      resolve({ reason: `the proxy ${proxy.host} ${what}`, isTransient: isTransient2 });
      outgoing.destroy();
    };
    const timer = setTimeout(() => {
      fail("did not answer in time", true);
    }, timeLimit);
    outgoing.on("error", (error) => {
      fail(`cannot be reached: ${error.message}`, true);
    });
    outgoing.on("response", ({ statusCode = 0 }) => {
      fail(answered(statusCode), statusCode >= 500);
    });
    outgoing.on("connect", ({ statusCode = 0 }, socket) => {
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
function answered(status) {
  const help = status === 407 ? "\nit wants a user: write `HTTPS_PROXY` as `http://USER:PASSWORD@HOST:PORT`" : "";
  return `answered ${status}${help}`;
}
function encrypted(url, socket) {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isName = process.getBuiltinModule("node:net").isIP(host) === 0;
  const place = socket === void 0 ? { port: Number(url.port || "443") } : { socket };
  const options = { ...place, host, ALPNProtocols: ["http/1.1"], ...isName ? { servername: host } : {} };
  return process.getBuiltinModule("node:tls").connect(options);
}
function valueOf(environment, name) {
  const values = [environment[name], environment[name.toUpperCase()]].map((value) => value?.trim());
  return values.find((value) => value !== void 0 && value !== "") ?? "";
}

// action/src/ahead.ts
var Ahead = class {
  #begun = /* @__PURE__ */ new Map();
  /** Begins one to an `https` host. Why it fails is told by the request that then connects anew. */
  begin(url) {
    if (this.#begun.has(url.origin)) return;
    const socket = encrypted(url);
    socket.on("error", () => void 0).unref();
    this.#begun.set(url.origin, socket);
  }
  /** The one to this host, unless it is closed by now: for one request. */
  take(url) {
    const socket = this.#begun.get(url.origin);
    this.#begun.delete(url.origin);
    return socket?.destroyed === false && socket.writable ? socket.ref() : void 0;
  }
};

// action/src/clock.ts
var systemClock = {
  // Not `performance`, for which Node 24 loads another module.
  elapsed: () => Number(process.hrtime.bigint()) / 1e6,
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
};

// action/src/http.ts
var HttpError = class extends Error {
  isTransient;
  isUnreachable;
  constructor(message, isTransient2, isUnreachable = isTransient2) {
    super(message);
    this.isTransient = isTransient2;
    this.isUnreachable = isUnreachable;
  }
};
var unknownAuthority = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
];
var badCertificate = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "ERR_TLS_CERT_ALTNAME_INVALID"];
var largestBody = 1024 * 1024;
function nodeHttp(environment) {
  const ahead = new Ahead();
  const http2 = async (request, timeLimit) => {
    const url = httpUrl(request.url);
    const begun = ahead.take(url);
    if (begun !== void 0) return send(request, url, { client: clientFor(url), options: through(begun) }, timeLimit, timeLimit);
    const begin = systemClock.elapsed();
    const route = await routeTo(url, environment, timeLimit);
    if ("reason" in route) throw new HttpError(`${request.method} ${addressOf2(url)}: ${route.reason}`, route.isTransient);
    return send(request, url, route, timeLimit, timeLimit - (systemClock.elapsed() - begin));
  };
  const announce = (text) => {
    if (goesStraight(text, environment)) ahead.begin(new URL(text));
  };
  return Object.assign(http2, { announce });
}
function send(request, url, { client, options }, timeLimit, left) {
  return new Promise((resolve, reject) => {
    const { method } = request;
    const outgoing = client.request(url, { ...options, method, headers: { ...request.headers, ...options.headers } });
    let isAnswered = false;
    const fail = (what, isTransient2, isUnreachable) => {
      clearTimeout(timer);
      reject(new HttpError(`${method} ${addressOf2(url)}: ${what}`, isTransient2, isUnreachable));
      outgoing.destroy();
    };
    const timer = setTimeout(() => {
      fail(`no answer within ${(timeLimit / 1e3).toFixed(1)} s`, true);
    }, left);
    outgoing.on("error", (error) => {
      const { code = "" } = error;
      fail(reasonOf(error), !unknownAuthority.includes(code) && !badCertificate.includes(code), true);
    });
    outgoing.on("finish", () => request.onSent?.());
    outgoing.on("close", () => {
      if (!isAnswered) fail("the connection was closed without an answer", true);
    });
    outgoing.on("response", (incoming) => {
      isAnswered = true;
      readAnswer(incoming, url, fail, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
    });
    outgoing.end(request.body);
  });
}
async function routeTo(url, environment, timeLimit) {
  const client = clientFor(url);
  let proxy;
  try {
    proxy = proxyFor(url, environment);
  } catch (error) {
    if (error instanceof TypeError) return { reason: error.message, isTransient: false };
    throw error;
  }
  if (proxy === void 0) return { client, options: { agent: new client.Agent({ keepAlive: false }) } };
  if (url.protocol === "http:") {
    const headers = { host: url.host, ...proxyHeaders(proxy) };
    const place = { protocol: proxy.protocol, hostname: proxy.hostname.replace(/^\[|\]$/g, ""), port: proxy.port, path: url.href, headers };
    const proxyClient = clientFor(proxy);
    return { client: proxyClient, options: { ...place, agent: new proxyClient.Agent({ keepAlive: false }) } };
  }
  const tunnel = await openTunnel(proxy, url, timeLimit);
  return "reason" in tunnel ? tunnel : { client, options: through(encrypted(url, tunnel)) };
}
function through(socket) {
  return { defaultPort: 443, createConnection: () => socket };
}
function goesStraight(text, environment) {
  try {
    const url = httpUrl(text);
    return url.protocol === "https:" && proxyFor(url, environment) === void 0;
  } catch {
    return false;
  }
}
function addressOf2(url) {
  return `${url.origin}${url.pathname}`;
}
function httpUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : void 0;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new HttpError(`\`${text}\` is not an \`https\` URL`, false);
}
function mayCarrySecrets(text) {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}
function clientFor(url) {
  return url.protocol === "https:" ? process.getBuiltinModule("node:https") : import_node_http.default;
}
function readAnswer(incoming, url, fail, done) {
  const status = incoming.statusCode ?? 0;
  const chunks = [];
  let size = 0;
  incoming.on("error", () => {
    fail("the answer was cut short", true);
  });
  if (status >= 300 && status < 400) {
    const why = "which is not followed because the request carries a credential";
    fail(`answered with a redirect (${status})${targetOf(incoming, url)}, ${why}`, false);
    return;
  }
  incoming.on("data", (chunk) => {
    size += chunk.length;
    if (size > largestBody) fail("the answer is larger than 1 MiB", false);
    else chunks.push(chunk);
  });
  incoming.on("end", () => {
    if (!incoming.complete) fail("the answer was cut short", true);
    else done({ status, headers: singleValues(incoming.headers), body: Buffer.concat(chunks).toString("utf8") });
  });
}
function targetOf({ headers: { location = "" } }, from) {
  return URL.canParse(location, from.href) ? ` to \`${new URL(location, from).origin}\`` : "";
}
function reasonOf(error) {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  if (!unknownAuthority.includes(error.code ?? "")) return error.message;
  const [what = ""] = error.message.split(";");
  return `${what}
if an authority of your own has signed the certificate, name its file in \`NODE_EXTRA_CA_CERTS\` in the job's \`env\``;
}
function singleValues(headers) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value])
  );
}

// action/src/identity.ts
var userAgent = `access-token-action/${"3.0.0"}`;

// action/src/no-id-token.ts
var permissions = "permissions:\n  contents: read # and whatever else the job itself needs\n  id-token: write";
var dependabotEvents = [
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "push",
  "create",
  "deployment",
  "deployment_status"
];
function hasIdTokenEndpoint(runner) {
  return runner.variable("ACTIONS_ID_TOKEN_REQUEST_URL") !== "" && runner.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN") !== "";
}
function whyNoIdToken(runner) {
  const eventName = runner.variable("GITHUB_EVENT_NAME");
  const event = runner.event();
  if (eventName.startsWith("pull_request") && eventName !== "pull_request_target" && isFromFork(event)) {
    const reason = `GitHub gives no OIDC token to a \`${eventName}\` workflow of a fork, so this step cannot get an access token here`;
    const unlessFork = `github.event_name != '${eventName}' || github.event.pull_request.head.repo.full_name == github.repository`;
    return reason + orSkip(runner, { toSkip: "to let the job go on without one", condition: unlessFork });
  }
  if (isOfDependabot(runner, eventName, event)) {
    const reason = `Dependabot started this run, and GitHub lets its runs ask for an OIDC token only where the job itself has these lines
${permissions}`;
    const toSkip = "if it has them, or to let the job go on without a token";
    return reason + orSkip(runner, { toSkip, condition: "github.actor != 'dependabot[bot]'" });
  }
  const [workflow, caller] = [runner.input("job-workflow-ref"), runner.variable("GITHUB_WORKFLOW_REF")];
  if (workflow !== "" && caller !== "" && workflow !== caller) {
    return `this job of the reusable workflow \`${workflow}\` may not ask GitHub for an OIDC token; it can do no more than its caller allows: add these three lines to the job of \`${caller}\` that calls it
${permissions}
and to the job itself, if that has \`permissions\` of its own`;
  }
  const called = workflow === "" ? "\nif another workflow calls this one, add them to the job that calls it, too" : "";
  return `this job may not ask GitHub for an OIDC token; add these three lines to the job
${permissions}${called}`;
}
function orSkip(runner, { toSkip, condition }) {
  if (runner.input("if-unavailable").toLowerCase() === "skip") return "";
  return `
${toSkip}, give the step the input \`if-unavailable: skip\`; to leave out the step itself, give it
if: ${condition}`;
}
function isFromFork(event) {
  const { repository, pull_request: pullRequest } = asPullRequest(event);
  return pullRequest !== void 0 && pullRequest.head?.repo?.full_name !== repository?.full_name;
}
function isOfDependabot(runner, eventName, event) {
  const dependabot = "dependabot[bot]";
  if (runner.variable("GITHUB_ACTOR") !== dependabot) return false;
  if (eventName === "pull_request_target") return asPullRequest(event).pull_request?.user?.login === dependabot;
  return dependabotEvents.includes(eventName);
}
function asPullRequest(event) {
  return typeof event === "object" && event !== null ? event : {};
}

// action/src/retry.ts
var limits = { tries: 4, total: 6e4, oneTry: 15e3, firstDelay: 1e3, longestDelay: 16e3 };
async function withRetries({ clock, random }, tries) {
  const end = clock.elapsed() + Math.min(limits.total, tries.total ?? limits.total);
  for (let count = 1; ; count += 1) {
    const outcome = await outcomeOf(tries.attempt(Math.min(limits.oneTry, end - clock.elapsed())));
    const problem = outcome instanceof HttpError ? outcome.message : `answered ${outcome.status}`;
    const isTransient2 = outcome instanceof HttpError ? outcome.isTransient : tries.isTransient(outcome.status);
    const delay = delayAfter(outcome, random() * Math.min(limits.longestDelay, limits.firstDelay * 2 ** (count - 1)), clock);
    if (!isTransient2 || count === limits.tries || clock.elapsed() + delay >= end) {
      if (isTransient2 && delay > limits.total) {
        tries.onNotice(`${problem} and asks to wait for ${Math.ceil(delay / 1e3)} s, which is longer than a step waits`);
      }
      if (outcome instanceof HttpError) throw outcome;
      return outcome;
    }
    tries.onNotice(`${problem}; trying again in ${(delay / 1e3).toFixed(1)} s (${count} of ${limits.tries} tries)`);
    await clock.sleep(delay);
  }
}
async function outcomeOf(attempt) {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}
function delayAfter(outcome, backoff, clock) {
  const retryAfter = outcome instanceof HttpError ? void 0 : outcome.headers["retry-after"]?.trim();
  if (retryAfter === void 0 || retryAfter === "") return backoff;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1e3;
  const date = /^[A-Z][a-z]{2}/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(date) ? backoff : Math.max(0, date - clock.now());
}

// action/src/secret.ts
var concealed = "***";
var shortestPart = 16;
var Secret = class {
  #value;
  #forms;
  constructor(value) {
    this.#value = value;
  }
  /** The token itself: for the request that carries it, the runner's mask, and the runner's files. */
  reveal() {
    return this.#value;
  }
  /**
   * Base64 of the SHA-256 of the token: the `hashed_token` of GitHub's audit log, safe to print.
   *
   * Loading `node:crypto` takes 5 ms, so it is not an import: the post step does without.
   */
  hash() {
    return process.getBuiltinModule("node:crypto").createHash("sha256").update(this.#value).digest("base64");
  }
  /** Whether it can travel in an HTTP header. What cannot is no token: it could be neither used nor revoked. */
  isUsable() {
    return /^[\x21-\x7e]+$/.test(this.#value);
  }
  /**
   * Every text that would give the secret away, the secret itself first: its parts between dots (those of a JWT), its
   * base64 and base64url with whatever stands before and behind it, such as a user name, and its URL-encoded form.
   */
  forms() {
    this.#forms ??= formsOf(this.#value);
    return this.#forms;
  }
  /** The text with each occurrence of the secret covered, in all its forms. */
  cover(text) {
    return this.forms().reduce((covered, form) => covered.replaceAll(form, concealed), text);
  }
  toString() {
    return concealed;
  }
  toJSON() {
    return concealed;
  }
  [/* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom")]() {
    return concealed;
  }
};
function formsOf(value) {
  if (value === "") return [];
  const bytes = Buffer.from(value, "utf8");
  const base64 = [bytes.toString("base64"), ...[0, 1, 2].map((position) => base64Within(bytes, position))];
  const derived = [
    ...value.includes(".") ? value.split(".") : [],
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")),
    urlEncoded(value)
  ].filter((form) => form.length >= shortestPart && form !== value);
  return [value, ...[...new Set(derived)].sort((one, other) => other.length - one.length)];
}
function base64Within(bytes, position) {
  const begin = (3 - position) % 3;
  return bytes.subarray(begin, bytes.length - (bytes.length - begin) % 3).toString("base64");
}
function urlEncoded(value) {
  return encodeURIComponent(Buffer.from(value, "utf8").toString("utf8"));
}

// action/src/id-token.ts
function announceIdToken({ runner, http: http2 }) {
  http2.announce?.(runner.variable("ACTIONS_ID_TOKEN_REQUEST_URL"));
}
async function fetchIdToken({ runner, http: http2, clock, random }, audience2, total = limits.total) {
  const requestUrl = runner.variable("ACTIONS_ID_TOKEN_REQUEST_URL");
  const requestToken = new Secret(runner.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
  if (!hasIdTokenEndpoint(runner) || !requestToken.isUsable()) throw new Failure(whyNoIdToken(runner));
  runner.conceal(requestToken);
  const url = `${requestUrl}${requestUrl.includes("?") ? "&" : "?"}audience=${encodeURIComponent(audience2)}`;
  const headers = { authorization: `Bearer ${requestToken.reveal()}`, accept: "application/json", "user-agent": userAgent };
  let response;
  try {
    response = await withRetries(
      { clock, random },
      {
        total,
        attempt: (timeLimit) => http2({ method: "GET", url, headers }, timeLimit),
        isTransient,
        onNotice: (notice) => {
          runner.info(`The runner's OIDC endpoint: ${notice}`);
        }
      }
    );
  } catch (error) {
    if (error instanceof HttpError) throw new Failure(`the runner gave no OIDC token: ${error.message}`, { isTransient: error.isTransient });
    throw error;
  }
  const { status, body } = response;
  if (status !== 200) throw new Failure(`the runner gave no OIDC token: its endpoint answered ${status}`, { isTransient: isTransient(status) });
  const token = valueOf2(body);
  if (token === void 0) throw new Failure("the runner gave no OIDC token: its answer has no usable `value`");
  runner.mask(token);
  return token;
}
function isTransient(status) {
  return status === 429 || status >= 500;
}
function unverifiedClaims(token) {
  const payload = token.reveal().split(".")[1] ?? "";
  return objectOf(Buffer.from(payload, "base64url").toString("utf8"));
}
function valueOf2(body) {
  const value = objectOf(body)?.value;
  const token = typeof value === "string" ? new Secret(value) : void 0;
  return token?.isUsable() === true ? token : void 0;
}
function objectOf(json) {
  try {
    const value = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : void 0;
  } catch {
    return void 0;
  }
}

// action/src/role.ts
var audience = "sts.amazonaws.com";
async function assumeRole(effects, auth, left) {
  const { runner, http: http2, clock, random } = effects;
  const url = endpointOf(runner.variable("AWS_ENDPOINT_URL_STS").trim());
  const { stsUrl, stsBody, readStsAnswer, signed, gatewayRefusal } = await effects.loadAws();
  const idToken = await fetchIdToken(effects, audience, left());
  const subject = unverifiedClaims(idToken)?.sub;
  const caller = { subject: typeof subject === "string" ? subject : "", runId: runner.variable("GITHUB_RUN_ID") };
  runner.info(`Asking AWS for the role ${auth.roleArn}`);
  const request = {
    method: "POST",
    url: stsUrl(auth.region, url),
    headers: { accept: "text/xml", "content-type": "application/x-www-form-urlencoded", "user-agent": userAgent },
    body: stsBody(auth, idToken.reveal(), caller)
  };
  const response = await withRetries(
    { clock, random },
    {
      total: left(),
      attempt: async (timeLimit) => {
        const answer2 = await http2(request, timeLimit);
        const outcome2 = readStsAnswer(auth, caller, answer2);
        if (!outcome2.ok && outcome2.isTransient) throw new HttpError(outcome2.reason, true);
        return answer2;
      },
      isTransient: (status) => status === 429 || status >= 500,
      onNotice: (notice) => {
        runner.info(`AWS STS: ${notice}`);
      }
    }
  );
  const outcome = readStsAnswer(auth, caller, response);
  if (!outcome.ok) {
    if (response.status === 429 || response.status >= 500) throw new HttpError(outcome.reason, true);
    throw new Failure(`the role of AWS cannot be had: ${outcome.reason}${outcome.fix === void 0 ? "" : `
${outcome.fix}`}`);
  }
  const { credentials } = outcome;
  for (const secret of Object.values({ ...credentials })) runner.mask(new Secret(secret));
  return {
    sign: (toSign) => signed(toSign, auth, credentials, clock.now()),
    refusal: (answer2) => gatewayRefusal(auth, answer2)
  };
}
function endpointOf(text) {
  if (text === "" || mayCarrySecrets(text)) return text;
  throw new Failure("`AWS_ENDPOINT_URL_STS` must be an `https` URL");
}

// action/src/broker.ts
var transient = [429, 502, 503, 504];
var unreachable = [502, 503, 504];
var leastTime = 5e3;
async function askBrokers(effects, { appServers, ...question }) {
  const { clock } = effects;
  const end = clock.elapsed() + limits.total;
  for (const [index, appServer] of appServers.entries()) {
    const isLast = index === appServers.length - 1;
    const begin = clock.elapsed();
    const share = Math.max(end - begin, 0) / (appServers.length - index);
    const left = () => appServers.length === 1 ? limits.total : Math.max(begin + share - clock.elapsed(), leastTime);
    const asked = await askBroker(effects, appServer, { ...question, left });
    if (asked instanceof HttpError) {
      if (isLast || !asked.isUnreachable) throw new Failure(`the broker gave no token: ${asked.message}`, { isTransient: asked.isTransient });
    } else if (isLast || !unreachable.includes(asked.response.status) || tokenIn(asked.response) !== void 0) {
      return asked;
    }
    const reason = asked instanceof HttpError ? asked.message : `it answered ${asked.response.status}`;
    effects.runner.warning({ message: `the broker at ${hostOf(appServer)} cannot be reached, so the next one is asked: ${reason}` });
  }
  throw new Failure("input `app-server`: there is no broker");
}
async function askBroker(effects, appServer, { request, onSent, left }) {
  const { runner, http: http2, clock, random } = effects;
  http2.announce?.(appServer.url);
  const role = appServer.auth === void 0 ? void 0 : await roleFor(effects, appServer.auth, left);
  if (role instanceof HttpError) return role;
  let idToken = await fetchIdToken(effects, appServer.audience, left());
  const wish = request.dry_run === true ? "whether it would grant a token (a dry run)" : "for a token";
  runner.info(`Asking ${hostOf(appServer)} ${wish}`);
  let isAnswerLost = false;
  const ask2 = async (timeLimit) => {
    if (isAnswerLost) idToken = await fetchIdToken(effects, appServer.audience, left());
    const headers = {
      // The signature of AWS has the other header.
      [role === void 0 ? "authorization" : "x-authorization"]: `Bearer ${idToken.reveal()}`,
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": userAgent
    };
    const post = { method: "POST", url: `${appServer.url}/access_tokens`, headers, body: JSON.stringify(request), onSent };
    const toSend = role === void 0 ? post : { ...post, headers: await role.sign(post) };
    isAnswerLost = true;
    const answer2 = await http2(toSend, timeLimit);
    isAnswerLost = false;
    return answer2;
  };
  try {
    const response = await withRetries(
      { clock, random },
      {
        total: left(),
        attempt: ask2,
        isTransient: (status) => transient.includes(status),
        onNotice: (notice) => {
          runner.info(`The broker: ${notice}`);
        }
      }
    );
    const refusal2 = role?.refusal(response);
    if (refusal2 !== void 0) throw new Failure(refusal2);
    return { response, idToken };
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}
async function roleFor(effects, auth, left) {
  try {
    return await assumeRole(effects, auth, left);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}
function hostOf({ url }) {
  return new URL(url).host;
}
function tokenIn(response) {
  let answer2;
  try {
    answer2 = JSON.parse(response.body);
  } catch {
    return void 0;
  }
  const token = answer2?.token;
  return typeof token === "string" && token !== "" ? new Secret(token) : void 0;
}

// action/src/github.ts
function githubApiUrl(runner) {
  const text = runner.input("github-api-url") || runner.variable("GITHUB_API_URL") || "https://api.github.com";
  if (!mayCarrySecrets(text)) throw new Failure(`input \`github-api-url\`: expected an \`https\` URL, got \`${text}\``);
  return text.replace(/\/+$/, "");
}
function githubHeaders(token) {
  return {
    authorization: `Bearer ${token.reveal()}`,
    accept: "application/vnd.github+json",
    "user-agent": userAgent,
    "x-github-api-version": "2022-11-28"
  };
}

// action/src/readiness.ts
var patience = { total: 5e3, firstPause: 100, lastTry: 500 };
var noRateLimits = "Rate limiting is not enabled";
async function waitUntilReady(effects, token) {
  const { runner, clock } = effects;
  const begin = clock.elapsed();
  const end = begin + patience.total;
  for (let pause2 = patience.firstPause; ; pause2 *= 2) {
    const obstacle = await look(effects, token, end - clock.elapsed());
    if (obstacle === void 0) {
      if (pause2 > patience.firstPause) runner.info(`GitHub knows the token after ${seconds(clock.elapsed() - begin)}`);
      return;
    }
    const left = end - patience.lastTry - clock.elapsed();
    if (!obstacle.mayPass || left <= 0) {
      runner.warning({ message: `the token may not work at once: after ${seconds(clock.elapsed() - begin)}, ${obstacle.reason}` });
      return;
    }
    await clock.sleep(Math.min(pause2, left));
  }
}
async function look({ runner, http: http2 }, token, timeLimit) {
  try {
    const url = `${githubApiUrl(runner)}/rate_limit`;
    const { status, body } = await http2({ method: "GET", url, headers: githubHeaders(token) }, timeLimit);
    if (status === 200 || status === 404 && body.includes(noRateLimits)) return void 0;
    return { reason: `GitHub answered ${status} to it`, mayPass: status >= 401 };
  } catch (error) {
    return { reason: `GitHub could not be asked: ${wordsOf(error)}`, mayPass: error instanceof HttpError && error.isTransient };
  }
}
function seconds(milliseconds) {
  return `${(milliseconds / 1e3).toFixed(1)} s`;
}

// action/src/refusal.ts
function refusal(refused) {
  const { status, message, hint, requestId } = refused;
  return new Failure([{ title: titleOf(refused), message }], { hint, requestId, isTransient: status === 429 || status >= 500 });
}
function titleOf({ status, isDenial }) {
  return isDenial === true ? "Access token refused" : `The broker answered ${status}`;
}

// action/src/revocation.ts
async function revoke({ runner, http: http2, clock, random }, token) {
  try {
    const apiUrl = githubApiUrl(runner);
    const { status } = await withRetries(
      { clock, random },
      {
        attempt: (timeLimit) => http2({ method: "DELETE", url: `${apiUrl}/installation/token`, headers: githubHeaders(token) }, timeLimit),
        isTransient: (code) => code === 429 || code >= 500,
        onNotice: (notice) => {
          runner.info(`GitHub: ${notice}`);
        }
      }
    );
    if (status === 204) return { ok: true, wasGone: false };
    if (status === 401 || status === 404) return { ok: true, wasGone: true };
    return { ok: false, reason: `GitHub answered ${status}` };
  } catch (error) {
    return { ok: false, reason: wordsOf(error) };
  }
}

// action/src/refresh-token.ts
var patience2 = { all: 12e4, some: 2e4 };
var leastTime2 = 2 * 6e4;
async function validToken(effects, store) {
  const token = ready(effects, store);
  if (token !== void 0) return token;
  const time = store.current(effects.clock.now(), leastTime2) === void 0 ? patience2.all : patience2.some;
  const hold = await acquire(store.directory, time, effects);
  if (hold === void 0) {
    const message = `another process has been asking for this token for ${time / 1e3} s: expected it to be done by then`;
    return lastResort(effects, store, new Failure(message, { isTransient: true }));
  }
  try {
    return ready(effects, store) ?? await ask(effects, store, hold);
  } catch (error) {
    return lastResort(effects, store, error);
  } finally {
    hold.release();
  }
}
function lastResort({ runner, clock }, store, error) {
  const isTransient2 = error instanceof Failure && error.help.isTransient === true;
  const token = isTransient2 && !store.isClosed() ? store.current(clock.now(), leastTime2) : void 0;
  if (token === void 0) throw error;
  runner.conceal(token);
  const minutes = Math.floor(((store.endOf(token) ?? 0) - clock.now()) / 6e4);
  runner.warning({ message: `the token that is given out ends in ${minutes} min, since there is no new one: ${wordsOf(error)}` });
  return token;
}
function ready({ runner, clock }, store) {
  if (store.isClosed()) throw new Failure("the job is at its end and its tokens are revoked: expected to be called by a step before that");
  const token = store.current(clock.now());
  if (token !== void 0) runner.conceal(token);
  return token;
}
async function ask(given, store, hold) {
  const { request, appServers, repository, githubApiUrl: githubApiUrl2, waitUntilReady: shallWait } = store.settings();
  const effects = { ...given, runner: given.runner.withInput("github-api-url", githubApiUrl2) };
  const { runner, clock } = effects;
  announceIdToken(effects);
  const core = effects.loadCore();
  const onSent = () => {
    if (shallWait) effects.http.announce?.(githubApiUrl2);
  };
  const { response, idToken } = await askBrokers(effects, { appServers, request, onSent });
  const token = tokenIn(response);
  if (token !== void 0) runner.mask(token);
  try {
    const outcome = core.settle({
      request,
      repository,
      claims: unverifiedClaims(idToken),
      status: response.status,
      body: response.body,
      contentType: response.headers["content-type"]
    });
    const { expiresAt, text } = grantedBy(outcome);
    if (token?.isUsable() !== true || token.reveal() !== text) throw new Failure("the token in the answer of the broker is not usable");
    if (store.isClosed()) throw new Failure("the job came to its end while a token was on its way");
    if (!hold.isHeld()) throw new Failure("another process asked for this token at the same time: expected to be the only one", { isTransient: true });
    store.add(token, expiresAt, clock.now());
  } catch (error) {
    if (token?.isUsable() === true) await revoke(effects, token);
    throw error;
  }
  if (shallWait) await waitUntilReady(effects, token);
  return token;
}
function grantedBy(outcome) {
  switch (outcome.kind) {
    case "granted":
      return { expiresAt: outcome.expiresAt, text: outcome.token };
    case "refused":
      throw refusal(outcome);
    case "wouldGrant":
      throw new Failure("the broker answered with a decision, expected a token");
    case "mismatch":
    case "malformed":
      throw new Failure(outcome.message);
  }
}

// action/src/token-store.ts
var import_node_fs3 = require("node:fs");
var import_node_path3 = require("node:path");
var spareTime = 10 * 6e4;
var lifetime = 60 * 6e4;
var mostTokens = 256;
var TokenStore = class _TokenStore {
  directory;
  constructor(directory) {
    this.directory = directory;
  }
  /** Makes the directory, or fails if there is one. */
  static create(directory, settings) {
    (0, import_node_fs3.mkdirSync)(directory, { mode: 448 });
    const store = new _TokenStore(directory);
    store.#write("settings.json", settings);
    store.#write("tokens.json", []);
    return store;
  }
  settings() {
    return this.#read("settings.json");
  }
  /** A token that is good for a while, or for as many milliseconds. */
  current(now, left = spareTime) {
    const kept = this.#tokens().findLast(({ isRefused, endsAt }) => isRefused !== true && endsAt - left > now);
    return kept === void 0 ? void 0 : new Secret(kept.token);
  }
  /** When this token ends by the clock of this machine; `undefined` if it is not among them. */
  endOf(token) {
    return this.#tokens().find((kept) => kept.token === token.reveal())?.endsAt;
  }
  /** All tokens that may be alive. */
  tokens() {
    return this.#tokens().map(({ token, expiresAt }) => ({ token: new Secret(token), expiresAt }));
  }
  /** Adds a new token, and forgets those that have ended by this machine's clock and by GitHub's, since one may be wrong. */
  add(token, expiresAt, now) {
    const madeAt = Date.parse(expiresAt) - lifetime;
    const alive = this.#tokens().filter((kept) => !(kept.endsAt < now && Date.parse(kept.expiresAt) < madeAt));
    if (alive.length >= mostTokens) throw new Failure(`this job has ${mostTokens} tokens that may be alive: expected no more than that`);
    this.#write("tokens.json", [...alive, { token: token.reveal(), expiresAt, endsAt: endHere(expiresAt, now) }]);
  }
  /** Gives this token out no more. */
  refuse(token) {
    this.#write("tokens.json", this.#tokens().map((kept) => kept.token === token ? { ...kept, isRefused: true } : kept));
  }
  /** From now on no token is added: who gets one on the way revokes it. */
  close() {
    writePrivate((0, import_node_path3.join)(this.directory, "closed"), "");
  }
  isClosed() {
    return (0, import_node_fs3.existsSync)((0, import_node_path3.join)(this.directory, "closed"));
  }
  /** Takes everything away but that it is closed: who comes late must see that. */
  empty() {
    for (const name of (0, import_node_fs3.readdirSync)(this.directory)) if (name !== "closed") (0, import_node_fs3.rmSync)((0, import_node_path3.join)(this.directory, name), { force: true });
  }
  #tokens() {
    return this.#read("tokens.json");
  }
  #read(name) {
    const path = (0, import_node_path3.join)(this.directory, name);
    try {
      return JSON.parse((0, import_node_fs3.readFileSync)(path, "utf8"));
    } catch (error) {
      const isGone = error.code === "ENOENT";
      if (isGone && this.isClosed()) throw new Failure("the job is at its end and its tokens are revoked: expected to be called by a step before that");
      throw new Failure(`\`${path}\` cannot be read, which the action wrote for this job: ${wordsOf(error)}`);
    }
  }
  #write(name, value) {
    replacePrivate((0, import_node_path3.join)(this.directory, name), JSON.stringify(value));
  }
};
function endHere(expiresAt, now) {
  const end = Date.parse(expiresAt);
  return end > now + spareTime && end < now + lifetime ? end : now + lifetime;
}

// action/src/access-command.ts
var usage = [
  "access-token [--id ID]",
  "    prints a token that is good for at least ten minutes (where no new one can",
  "    be had, two). Give it a line of its own, or its failure is not noticed:",
  "    GH_TOKEN=$(access-token)",
  "    export GH_TOKEN",
  "access-token git-credential [--id ID] get|store|erase",
  "    is git's credential helper for the granted repositories",
  "",
  "ID is the input `id` of the step that the action runs in, by default the id of",
  "the step; it is needed where several steps of the job have `refresh: true`.",
  ""
].join("\n");
async function runCommand(effects, root, given) {
  if (given.includes("--help") || given.includes("-h")) {
    effects.print(usage);
    return;
  }
  const { id, words } = read(given);
  const store = storeOf((0, import_node_path4.join)(root, "uses"), id);
  const [word, operation] = words;
  if (word === void 0) {
    effects.print(`${(await validToken(effects, store)).reveal()}
`);
  } else if (word === "git-credential" && words.length === 2) {
    await helpGit(effects, store, operation ?? "");
  } else {
    throw new Failure(`expected no argument or \`git-credential\` and an operation, found \`${words.join(" ")}\`
${usage}`);
  }
}
function read(given) {
  const at = given.findIndex((word) => word === "--id" || word.startsWith("--id="));
  if (at < 0) return { words: given };
  const isOneWord = given[at] !== "--id";
  const id = isOneWord ? given[at]?.slice("--id=".length) : given[at + 1];
  if (id === void 0 || id === "") throw new Failure(`\`--id\`: expected the id of a step
${usage}`);
  return { id, words: given.filter((_, index) => index !== at && (isOneWord || index !== at + 1)) };
}
function storeOf(uses, id) {
  const ids = (0, import_node_fs4.existsSync)(uses) ? (0, import_node_fs4.readdirSync)(uses).sort() : [];
  const list = ids.map((one) => `\`${one}\``).join(", ") || "none";
  if (id !== void 0) {
    if (!ids.includes(id)) throw new Failure(`\`--id\`: expected one of ${list}, found \`${id}\``);
    return new TokenStore((0, import_node_path4.join)(uses, id));
  }
  const [only, ...others] = ids;
  if (only === void 0) throw new Failure("no step of this job has `refresh: true`: expected one before this");
  if (others.length > 0) throw new Failure(`several steps of this job have \`refresh: true\`: say which by \`--id\`, one of ${list}`);
  return new TokenStore((0, import_node_path4.join)(uses, only));
}
async function helpGit(effects, store, operation) {
  const description = readDescription(effects.readInput());
  if (operation !== "get" && operation !== "erase") return;
  if (store.isClosed() || !isGranted(description, store.settings())) return;
  if (operation === "get") {
    const token = await validToken(effects, store);
    effects.print(answer(token.reveal(), store.endOf(token)));
    return;
  }
  const hold = await acquire(store.directory, erasePatience, effects);
  if (hold === void 0) return;
  store.refuse(description.get("password") ?? "");
  hold.release();
}
var erasePatience = 1e4;

// action/src/core.ts
var import_node_fs5 = require("node:fs");
var import_node_path5 = require("node:path");

// action/core/core.js
function prepare(inputs, job) {
  const ret = wasm.prepare(inputs, job);
  if (ret[2]) {
    throw takeFromExternrefTable0(ret[1]);
  }
  return takeFromExternrefTable0(ret[0]);
}
function settle(answer2) {
  const ret = wasm.settle(answer2);
  if (ret[2]) {
    throw takeFromExternrefTable0(ret[1]);
  }
  return takeFromExternrefTable0(ret[0]);
}
function __wbg_get_imports() {
  const import0 = {
    __proto__: null,
    __wbg___wbindgen_string_get_7ce8eee7fd327545: function(arg0, arg1) {
      const obj = arg1;
      const ret = typeof obj === "string" ? obj : void 0;
      var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
      var len1 = WASM_VECTOR_LEN;
      getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 1, len1, true);
      getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, ptr1, true);
    },
    __wbg___wbindgen_throw_4c88d8bf264fd984: function(arg0, arg1) {
      throw new Error(getStringFromWasm0(arg0, arg1));
    },
    __wbg_new_787b9fb330d55d78: function(arg0, arg1) {
      const ret = new Error(getStringFromWasm0(arg0, arg1));
      return ret;
    },
    __wbg_parse_c3f72b5a24f83c01: function() {
      return handleError(function(arg0, arg1) {
        const ret = JSON.parse(getStringFromWasm0(arg0, arg1));
        return ret;
      }, arguments);
    },
    __wbg_stringify_0a0fbf2ef722380a: function() {
      return handleError(function(arg0) {
        const ret = JSON.stringify(arg0);
        return ret;
      }, arguments);
    },
    __wbindgen_init_externref_table: function() {
      const table = wasm.__wbindgen_externrefs;
      table.set(0, void 0);
      table.set(1024, void 0);
      table.set(1025, null);
      table.set(1026, true);
      table.set(1027, false);
    }
  };
  return {
    __proto__: null,
    "./core_bg.js": import0
  };
}
function addToExternrefTable0(obj) {
  const idx = wasm.__externref_table_alloc();
  wasm.__wbindgen_externrefs.set(idx, obj);
  return idx;
}
var cachedDataViewMemory0 = null;
function getDataViewMemory0() {
  if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || cachedDataViewMemory0.buffer.detached === void 0 && cachedDataViewMemory0.buffer !== wasm.memory.buffer) {
    cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
  }
  return cachedDataViewMemory0;
}
function getStringFromWasm0(ptr, len) {
  ptr = ptr >>> 0;
  return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}
var cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
  if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
    cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
  }
  return cachedUint8ArrayMemory0;
}
function handleError(f, args) {
  try {
    return f.apply(this, args);
  } catch (e) {
    const idx = addToExternrefTable0(e);
    wasm.__wbindgen_exn_store(idx);
  }
}
function isLikeNone(x) {
  return x === void 0 || x === null;
}
function passStringToWasm0(arg, malloc, realloc) {
  if (realloc === void 0) {
    const buf = cachedTextEncoder.encode(arg);
    const ptr2 = malloc(buf.length, 1) >>> 0;
    getUint8ArrayMemory0().subarray(ptr2, ptr2 + buf.length).set(buf);
    WASM_VECTOR_LEN = buf.length;
    return ptr2;
  }
  let len = arg.length;
  let ptr = malloc(len, 1) >>> 0;
  const mem = getUint8ArrayMemory0();
  let offset = 0;
  for (; offset < len; offset++) {
    const code = arg.charCodeAt(offset);
    if (code > 127) break;
    mem[ptr + offset] = code;
  }
  if (offset !== len) {
    if (offset !== 0) {
      arg = arg.slice(offset);
    }
    ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
    const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
    const ret = cachedTextEncoder.encodeInto(arg, view);
    offset += ret.written;
    ptr = realloc(ptr, len, offset, 1) >>> 0;
  }
  WASM_VECTOR_LEN = offset;
  return ptr;
}
function takeFromExternrefTable0(idx) {
  const value = wasm.__wbindgen_externrefs.get(idx);
  wasm.__externref_table_dealloc(idx);
  return value;
}
var cachedTextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
cachedTextDecoder.decode();
var MAX_SAFARI_DECODE_BYTES = 2146435072;
var numBytesDecoded = 0;
function decodeText(bytes) {
  numBytesDecoded += bytes.length;
  if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
    cachedTextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
    cachedTextDecoder.decode();
    numBytesDecoded = bytes.length;
  }
  return cachedTextDecoder.decode(bytes);
}
var cachedTextEncoder = new TextEncoder();
if (!("encodeInto" in cachedTextEncoder)) {
  cachedTextEncoder.encodeInto = function(arg, view) {
    const buf = cachedTextEncoder.encode(arg);
    view.set(buf);
    return {
      read: arg.length,
      written: buf.length
    };
  };
}
var WASM_VECTOR_LEN = 0;
var wasmModule;
var wasmInstance;
var wasm;
function __wbg_finalize_init(instance, module2) {
  wasmInstance = instance;
  wasm = instance.exports;
  wasmModule = module2;
  cachedDataViewMemory0 = null;
  cachedUint8ArrayMemory0 = null;
  wasm.__wbindgen_start();
  return wasm;
}
function initSync(module2) {
  if (wasm !== void 0) return wasm;
  if (module2 !== void 0) {
    if (Object.getPrototypeOf(module2) === Object.prototype) {
      ({ module: module2 } = module2);
    } else {
      console.warn("using deprecated parameters for `initSync()`; pass a single object instead");
    }
  }
  const imports = __wbg_get_imports();
  if (!(module2 instanceof WebAssembly.Module)) {
    module2 = new WebAssembly.Module(module2);
  }
  const instance = new WebAssembly.Instance(module2, imports);
  return __wbg_finalize_init(instance, module2);
}

// action/src/core.ts
function loadCore(directory) {
  const path = (0, import_node_path5.join)(directory, "core.wasm");
  try {
    initSync({ module: (0, import_node_fs5.readFileSync)(path) });
  } catch (error) {
    throw new Failure(`the action's core cannot be loaded: ${wordsOf(error)}
use a release of the action whose \`dist\` is complete`);
  }
  return {
    prepare: (inputs, context) => prepare(inputs, context),
    settle: (exchange) => settle(exchange)
  };
}

// action/src/runner.ts
var import_node_fs6 = require("node:fs");

// action/src/visible-text.ts
var longestText = 16384;
function visibleText(text) {
  return withoutHidden(shorten(text)).replaceAll(/^([^\S\n]*):(?=:)/gm, "$1: ").replaceAll("##[", "# #[");
}
function withoutHidden(text) {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text;
  return text.replaceAll(/\r\n?/g, "\n").replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, writtenOut);
}
function writtenOut(character) {
  if (character === "\n" || character === "	") return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
function shorten(text) {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText)}\u2026 (${text.length - longestText} more characters)`;
}

// action/src/workflow-command.ts
var EOL = process.platform === "win32" ? "\r\n" : "\n";
function workflowCommand(name, properties, message) {
  const written = Object.entries({ ...properties }).map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(",");
  return `::${name}${written === "" ? "" : ` ${written}`}::${escapeData(message)}`;
}
function fileCommand(key, value, uuid) {
  const delimiter = `ghadelimiter_${uuid}`;
  if (key.includes(delimiter) || value.includes(delimiter)) {
    throw new Error(`the value of \`${key}\` contains its own delimiter`);
  }
  return `${key}<<${delimiter}${EOL}${value}${EOL}${delimiter}${EOL}`;
}
function escapeData(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
function escapeProperty(text) {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

// action/src/runner.ts
var Runner = class _Runner {
  #host;
  #secrets;
  constructor(host, secrets = []) {
    this.#host = host;
    this.#secrets = secrets;
  }
  /** The same runner, as if the step had this input. */
  withInput(name, value) {
    const environment = { ...this.#host.environment, [`INPUT_${name.toUpperCase()}`]: value };
    return new _Runner({ ...this.#host, environment }, this.#secrets);
  }
  /** An input of the step, trimmed; empty if it was not given. */
  input(name) {
    return this.variable(`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`).trim();
  }
  /** The inputs that were given and whose names begin so: what follows in the name, in small letters, and the value. */
  inputsWith(prefix) {
    const begin = `INPUT_${prefix.toUpperCase()}`;
    const names = Object.keys(this.#host.environment).filter((name) => name.toUpperCase().startsWith(begin));
    const entries = names.sort().map((name) => [name.slice(begin.length).toLowerCase(), this.variable(name).trim()]);
    return entries.filter(([name, value]) => name !== "" && value !== "");
  }
  /** What the main step saved for the post step; empty if nothing. */
  state(name) {
    return this.variable(`STATE_${name}`);
  }
  /** An environment variable; empty if it is not set. */
  variable(name) {
    return this.#host.environment[name] ?? "";
  }
  /** The event that started the workflow, or `undefined` where the runner's file cannot be read. */
  event() {
    try {
      return JSON.parse((0, import_node_fs6.readFileSync)(this.variable("GITHUB_EVENT_PATH"), "utf8"));
    } catch {
      return void 0;
    }
  }
  /** Fails unless these files can be written: a token must not be made that could not be handed on or revoked. */
  requireFiles(...files) {
    for (const file of files) this.#append(file, "");
  }
  setOutput(name, value) {
    this.#append("GITHUB_OUTPUT", fileCommand(name, value, this.#host.uuid()));
  }
  /** Keeps a value for the post step. Of several values of one name, the last counts. */
  saveState(name, value) {
    this.#append("GITHUB_STATE", fileCommand(name, value, this.#host.uuid()));
  }
  /** Has the steps that follow find the programs of a directory. */
  addPath(directory) {
    this.#append("GITHUB_PATH", directory + EOL);
  }
  /** Sets an environment variable of the steps that follow. */
  exportVariable(name, value) {
    this.#append("GITHUB_ENV", fileCommand(name, value, this.#host.uuid()));
  }
  /** Adds Markdown to the step's summary. A summary is a courtesy: where it cannot be written, a warning says so. */
  summarize(markdown) {
    if (this.variable("GITHUB_STEP_SUMMARY") === "") return;
    try {
      this.#append("GITHUB_STEP_SUMMARY", this.#cover(markdown) + EOL);
    } catch (error) {
      this.warning({ message: `the step summary could not be written: ${wordsOf(error)}` });
    }
  }
  /**
   * Has the runner hide the secret in every log from here on, and this process, too.
   *
   * The runner masks line by line, and of a value with several lines each. It derives base64 and URL-encoded forms by
   * itself, other runners do not. The whole secret comes first: nothing of it can be shown by the commands that follow.
   */
  mask(secret) {
    this.conceal(secret);
    const masks = secret.forms().map((form) => workflowCommand("add-mask", {}, form) + EOL);
    this.#host.write(masks.join(""));
  }
  /** Hides the secret in what this process prints, without a word to the runner. */
  conceal(secret) {
    this.#secrets.push(secret);
  }
  /** Prints text, which may be from outside and have several lines. */
  info(text) {
    this.#host.write(this.#presentable(text).replaceAll("\n", EOL) + EOL);
  }
  debug(message) {
    this.#command("debug", {}, message);
  }
  /** Prints lines that are folded away until somebody looks. */
  group(title, lines) {
    this.#command("group", {}, title);
    for (const line of lines) this.info(line);
    this.#command("endgroup", {}, "");
  }
  notice(problem) {
    this.annotate("notice", problem);
  }
  warning(problem) {
    this.annotate("warning", problem);
  }
  error(problem) {
    this.annotate("error", problem);
  }
  annotate(level, { message, ...place }) {
    this.#command(level, place, message);
  }
  #command(name, properties, message) {
    const shown = Object.entries(properties).map(([key, value]) => [key, typeof value === "string" ? this.#presentable(value) : value]);
    this.#host.write(workflowCommand(name, Object.fromEntries(shown), this.#presentable(message)) + EOL);
  }
  #presentable(text) {
    return visibleText(this.#cover(text));
  }
  #cover(text) {
    return this.#secrets.reduce((covered, secret) => secret.cover(covered), text);
  }
  #path(file) {
    const path = this.variable(file);
    if (path === "") throw new Failure(`the runner does not set \`${file}\`; this action needs a runner of version 2.297 or later`);
    return path;
  }
  /** The runner makes its files itself, and would not look at one of ours: none is made here. */
  #append(file, text) {
    const path = this.#path(file);
    let descriptor;
    try {
      descriptor = (0, import_node_fs6.openSync)(path, import_node_fs6.constants.O_WRONLY | import_node_fs6.constants.O_APPEND);
      if (text === "" && (0, import_node_fs6.fstatSync)(descriptor).isDirectory()) throw new Error("EISDIR: it is a directory");
      (0, import_node_fs6.appendFileSync)(descriptor, text, "utf8");
    } catch (error) {
      const message = `\`${file}\`: expected a file of the runner that can be written, found ${found(path, error)}`;
      throw new Failure(message, { hint: brokenRunner });
    } finally {
      if (descriptor !== void 0) (0, import_node_fs6.closeSync)(descriptor);
    }
  }
};
var brokenRunner = "The runner makes this file before each step, so no input is to blame. On a self-hosted runner, see whether its disk is full and whether its user owns the folder `_work/_temp`; where the job runs in a container, whether that folder is mounted.";
function found(path, { code, message }) {
  if (code === "ENOENT") return `nothing at \`${path}\``;
  if (isDirectory(path)) return `the directory \`${path}\``;
  const [reason = message] = message.split(",");
  return `\`${path}\`, where that fails (${reason})`;
}
function isDirectory(path) {
  try {
    return (0, import_node_fs6.statSync)(path).isDirectory();
  } catch {
    return false;
  }
}

// action/src/effects.ts
function processHost() {
  return {
    environment: process.env,
    write: (text) => {
      process.stdout.write(text);
    },
    // Loaded where it is needed: the post step has nothing to write, and loading takes 5 ms.
    uuid: () => process.getBuiltinModule("node:crypto").randomUUID()
  };
}
function processEffects() {
  return {
    runner: new Runner(processHost()),
    http: nodeHttp(process.env),
    clock: systemClock,
    random: () => Math.random()
  };
}
async function tell(story, effects) {
  const fail = (thrown) => {
    process.exitCode = 1;
    reportFailure(effects.runner, thrown);
  };
  process.on("uncaughtException", fail);
  await story(effects).catch(fail);
}

// action/src/load-aws.ts
async function loadAws() {
  try {
    return await import("./aws.js");
  } catch (error) {
    throw new Failure(`the action's \`aws.js\` cannot be loaded: ${wordsOf(error)}
use a release of the action whose \`dist\` is complete`);
  }
}

// action/src/refresh.ts
function runnerOverStandardError() {
  const isRead = mayBeRead();
  return new Runner({
    environment: process.env,
    write: (text) => {
      if (isRead || !text.startsWith("::add-mask::")) process.stderr.write(text);
    },
    uuid: () => process.getBuiltinModule("node:crypto").randomUUID()
  });
}
function mayBeRead() {
  try {
    const kind = (0, import_node_fs7.fstatSync)(2).mode & import_node_fs7.constants.S_IFMT;
    return kind !== import_node_fs7.constants.S_IFREG && kind !== import_node_fs7.constants.S_IFCHR;
  } catch {
    return true;
  }
}
void tell(
  (effects) => {
    const [root = "", ...given] = process.argv.slice(2);
    return runCommand(
      {
        ...effects,
        loadCore: () => loadCore(__dirname),
        loadAws,
        pid: process.pid,
        isAlive: isProcessAlive,
        print: (text) => {
          process.stdout.write(text);
        },
        readInput: () => (0, import_node_fs7.readFileSync)(0, "utf8")
      },
      root,
      given
    );
  },
  { ...processEffects(), runner: runnerOverStandardError() }
);
