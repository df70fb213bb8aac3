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

// action/src/clock.ts
var systemClock = {
  // Not `performance`, for which Node 24 loads another module.
  elapsed: () => Number(process.hrtime.bigint()) / 1e6,
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
};

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
    const fail = (what, isTransient) => {
      clearTimeout(timer);
      resolve({ reason: `the proxy ${proxy.host} ${what}`, isTransient });
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

// action/src/http.ts
var HttpError = class extends Error {
  isTransient;
  isUnreachable;
  constructor(message, isTransient, isUnreachable = isTransient) {
    super(message);
    this.isTransient = isTransient;
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
    const fail = (what, isTransient, isUnreachable) => {
      clearTimeout(timer);
      reject(new HttpError(`${method} ${addressOf2(url)}: ${what}`, isTransient, isUnreachable));
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

// action/src/runner.ts
var import_node_fs = require("node:fs");

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
      return JSON.parse((0, import_node_fs.readFileSync)(this.variable("GITHUB_EVENT_PATH"), "utf8"));
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
      descriptor = (0, import_node_fs.openSync)(path, import_node_fs.constants.O_WRONLY | import_node_fs.constants.O_APPEND);
      if (text === "" && (0, import_node_fs.fstatSync)(descriptor).isDirectory()) throw new Error("EISDIR: it is a directory");
      (0, import_node_fs.appendFileSync)(descriptor, text, "utf8");
    } catch (error) {
      const message = `\`${file}\`: expected a file of the runner that can be written, found ${found(path, error)}`;
      throw new Failure(message, { hint: brokenRunner });
    } finally {
      if (descriptor !== void 0) (0, import_node_fs.closeSync)(descriptor);
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
    return (0, import_node_fs.statSync)(path).isDirectory();
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
function leave() {
  process.stdout.write("", () => process.exit());
}

// action/src/lock.ts
var import_node_fs3 = require("node:fs");
var import_node_path2 = require("node:path");

// action/src/private-file.ts
var import_node_fs2 = require("node:fs");
var import_node_path = require("node:path");
var replacing = { tries: 10, pause: 20 };
function writePrivate(path, text, flag = "w") {
  (0, import_node_fs2.writeFileSync)(path, text, { mode: 384, flag });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = (0, import_node_fs2.statSync)((0, import_node_path.dirname)(path));
  (0, import_node_fs2.chownSync)(path, uid, gid);
}
function replacePrivate(path, text) {
  const draft = `${path}.${process.pid}`;
  writePrivate(draft, text);
  for (let count = 1; ; count += 1) {
    try {
      (0, import_node_fs2.renameSync)(draft, path);
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
async function acquire(directory, patience2, effects) {
  const end = effects.clock.elapsed() + patience2;
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
    (0, import_node_fs3.rmSync)(path, { force: true });
    return void 0;
  }
  for (const earlier of numbersIn(directory)) if (earlier < number) (0, import_node_fs3.rmSync)(fileOf(directory, earlier), { force: true });
  return {
    isHeld,
    release: () => {
      if (isHeld()) (0, import_node_fs3.truncateSync)(path);
    }
  };
}
function make(path, pid, now) {
  const draft = `${path}.${pid}`;
  const text = `${pid} ${now}`;
  try {
    writePrivate(draft, text);
    return isNew(() => {
      (0, import_node_fs3.linkSync)(draft, path);
    });
  } catch (error) {
    if (!withoutLinks.includes(error.code ?? "")) throw error;
    return isNew(() => {
      writePrivate(path, text, "wx");
    });
  } finally {
    (0, import_node_fs3.rmSync)(draft, { force: true });
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
    holder = (0, import_node_fs3.readFileSync)(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
  const [pid, since] = holder.split(" ").map(Number);
  if (holder === free || pid === void 0 || since === void 0 || !isAlive(pid)) return true;
  return Math.abs(clock.now() - since) > longestHold;
}
function numbersIn(directory) {
  const numbers = (0, import_node_fs3.readdirSync)(directory).map((name) => /^lock-(\d+)$/.exec(name)?.[1]);
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

// action/src/close-store.ts
var patience = 6e4;
async function closeStore(effects, store) {
  const { runner } = effects;
  const obstacle = await obstacleTo(async () => {
    store.close();
    if (await acquire(store.directory, 0, effects) !== void 0) return;
    runner.info(`Waiting for a process that is asking for a token, for at most ${patience / 1e3} s`);
    if (await acquire(store.directory, patience, effects) === void 0) throw new Error("it is still asking");
  });
  const tokens = store.tokens();
  if (obstacle !== void 0) {
    runner.warning({ message: `a process that runs \`access-token\` at this moment may leave a token alive: ${obstacle}` });
  }
  const remains = await obstacleTo(() => {
    store.empty();
  });
  if (remains !== void 0) runner.warning({ message: `what is in \`${store.directory}\` cannot be deleted: ${remains}` });
  return tokens;
}
async function obstacleTo(act) {
  try {
    await act();
    return void 0;
  } catch (error) {
    return wordsOf(error);
  }
}

// action/src/identity.ts
var userAgent = `access-token-action/${"3.0.0"}`;

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

// action/src/retry.ts
var limits = { tries: 4, total: 6e4, oneTry: 15e3, firstDelay: 1e3, longestDelay: 16e3 };
async function withRetries({ clock, random }, tries) {
  const end = clock.elapsed() + Math.min(limits.total, tries.total ?? limits.total);
  for (let count = 1; ; count += 1) {
    const outcome = await outcomeOf(tries.attempt(Math.min(limits.oneTry, end - clock.elapsed())));
    const problem = outcome instanceof HttpError ? outcome.message : `answered ${outcome.status}`;
    const isTransient = outcome instanceof HttpError ? outcome.isTransient : tries.isTransient(outcome.status);
    const delay = delayAfter(outcome, random() * Math.min(limits.longestDelay, limits.firstDelay * 2 ** (count - 1)), clock);
    if (!isTransient || count === limits.tries || clock.elapsed() + delay >= end) {
      if (isTransient && delay > limits.total) {
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

// action/src/token-store.ts
var import_node_fs4 = require("node:fs");
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
    (0, import_node_fs4.mkdirSync)(directory, { mode: 448 });
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
    return (0, import_node_fs4.existsSync)((0, import_node_path3.join)(this.directory, "closed"));
  }
  /** Takes everything away but that it is closed: who comes late must see that. */
  empty() {
    for (const name of (0, import_node_fs4.readdirSync)(this.directory)) if (name !== "closed") (0, import_node_fs4.rmSync)((0, import_node_path3.join)(this.directory, name), { force: true });
  }
  #tokens() {
    return this.#read("tokens.json");
  }
  #read(name) {
    const path = (0, import_node_path3.join)(this.directory, name);
    try {
      return JSON.parse((0, import_node_fs4.readFileSync)(path, "utf8"));
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

// action/src/revoke-token.ts
async function revokeToken(effects) {
  const { runner } = effects;
  const token = new Secret(runner.state("token"));
  runner.conceal(token);
  const first = token.isUsable() ? [{ token, hash: runner.state("token-hash"), expiresAt: runner.state("expires-at") }] : [];
  const living = [...first, ...await latterTokens(effects, token)];
  const endings = living.map((one) => ({ ...one, revocation: revoke(effects, one.token) }));
  for (const { revocation, ...one } of endings) await tell2(runner, one, revocation);
}
async function latterTokens(effects, first) {
  const { runner } = effects;
  const directory = runner.state("refresh");
  if (directory === "") return [];
  try {
    const all = await closeStore(effects, new TokenStore(directory));
    const others = all.filter(({ token }) => token.isUsable() && token.reveal() !== first.reveal());
    for (const { token } of others) runner.mask(token);
    return others.map(({ token, expiresAt }) => ({ token, hash: token.hash(), expiresAt }));
  } catch (error) {
    runner.warning({ message: `tokens that the job got by \`access-token\` cannot be revoked and live for up to an hour: ${wordsOf(error)}` });
    return [];
  }
}
async function tell2(runner, { hash, expiresAt }, revocation) {
  runner.info(`Token hash: ${hash}`);
  const ended = await revocation;
  if (ended.ok) {
    runner.info(ended.wasGone ? "The token was already gone" : "The token is revoked");
    return;
  }
  runner.warning({
    message: `the token ${hash} could not be revoked and lives until ${expiresAt || "an hour after it was made"}: ${ended.reason}`
  });
}

// action/src/post.ts
void tell(revokeToken, { ...processEffects(), pid: process.pid, isAlive: isProcessAlive }).then(leave);
