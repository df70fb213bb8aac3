// Built from action/src and check/src by `npm run build:js`; edit that instead.
"use strict";
"use strict";

// check/src/check.ts
var import_node_process = require("node:process");

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
var largestBody = 1024 * 1024;

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

// check/src/event.ts
function textAt(event, ...keys) {
  let value = event;
  for (const key of keys) value = typeof value === "object" && value !== null ? value[key] : void 0;
  return typeof value === "string" ? value : "";
}

// check/src/base.ts
function baseOf(eventName, event, git) {
  switch (eventName) {
    case "pull_request":
    case "pull_request_review":
    case "pull_request_review_comment":
    case "pull_request_target":
      return ofPullRequest(eventName, event, git);
    case "merge_group": {
      const [commit, name] = [textAt(event, "merge_group", "base_sha"), textAt(event, "merge_group", "base_ref")];
      return ofCommit(commit, branch(name), git);
    }
    case "push":
      return ofPush(event, git);
    default:
      return { kind: "none", why: `\`${eventName}\` is no change, so there is nothing to compare the policies with` };
  }
}
function ofPullRequest(eventName, event, git) {
  const name = textAt(event, "pull_request", "base", "ref");
  const [base, head] = [textAt(event, "pull_request", "base", "sha"), textAt(event, "pull_request", "head", "sha")];
  const here = git.commit("HEAD");
  if (here === void 0) return noRepository();
  const [first, second] = git.parents(here);
  if (first !== void 0 && second === head) return ofCommit(first, name, git);
  if (head !== "" && !git.contains(here, head)) {
    const way = eventName === "pull_request_target" ? "run this step on `pull_request`, which checks the change out" : "give `actions/checkout` no `ref`";
    return { kind: "missing", why: `the checkout is not of the change: ${here.slice(0, 7)} does not come after ${head.slice(0, 7)}, its last commit; ${way}` };
  }
  const commit = git.commit(base);
  return ofCommit(commit === void 0 ? base : git.mergeBase(here, commit) ?? commit, name, git, "`fetch-depth: 2` and no `ref`");
}
function ofPush(event, git) {
  const ref = textAt(event, "ref");
  if (ref.startsWith("refs/tags/")) return { kind: "none", why: "a tag is no change, so there is nothing to compare the policies with" };
  const before = textAt(event, "before");
  if (/^0+$/.test(before)) {
    return { kind: "missing", why: `\`${branch(ref)}\` is new, so what was there before is not known; run this step on \`pull_request\`, which has a base` };
  }
  return ofCommit(before, before.slice(0, 7), git);
}
function ofCommit(commit, name, git, inputs = "the input `fetch-depth: 2`, or `0` where a push has several commits") {
  if (commit === "") return { kind: "missing", why: "the event's data does not say what the change is based on" };
  if (git.commit("HEAD") === void 0) return noRepository();
  if (git.commit(commit) === void 0) {
    const why = `the commit ${commit.slice(0, 7)} that the change is based on is not in the checkout; give \`actions/checkout\` ${inputs}`;
    return { kind: "missing", why };
  }
  return { kind: "known", name: name === "" ? commit.slice(0, 7) : name, commit };
}
function noRepository() {
  return { kind: "missing", why: "the checkout cannot be asked for the base of the change: it has no commit, or `git` is not installed" };
}
function branch(ref) {
  return ref.replace(/^refs\/heads\//, "");
}

// check/src/policy-text.ts
var mostBytes = 102400;
function answerOf(path, content) {
  switch (content.kind) {
    case "file": {
      const text = textOf(content.bytes);
      return text === void 0 ? { missing: false, message: `cannot read \`${path}\`: it is not UTF-8 text` } : { text };
    }
    case "missing":
      return { missing: true, message: `cannot read \`${path}\`: it does not exist` };
    case "unusable":
    case "unknown":
      return { missing: false, message: `cannot read \`${path}\`: ${content.why}` };
  }
}
function baseAnswerOf(path, content) {
  if (content.kind === "file") return { text: textOf(content.bytes) ?? "" };
  return content.kind === "unusable" ? { text: "" } : answerOf(path, content);
}
function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: bytes.length <= mostBytes, ignoreBOM: true }).decode(bytes);
  } catch {
    return void 0;
  }
}
function isOfPolicies(path) {
  return /(?:^|\/)access-token(?:\.test)?\.ya?ml$/.test(path);
}

// check/src/revision.ts
var import_node_path = require("node:path");
var fileModes = ["100644", "100755", "100664"];
var linkMode = "120000";
var longestLink = 4096;
var Revision = class {
  #commit;
  #git;
  #folder;
  #policies;
  /** A commit, and the folder in which some of its files lie. */
  constructor(commit, git, folder) {
    this.#commit = commit;
    this.#git = git;
    this.#folder = folder;
    this.#policies = new Map(this.#tree().map(folderOfPolicy).filter(({ path }) => isOfPolicies(path)).map((entry) => [entry.path, entry]));
  }
  /** The files with the name of a policy or of tests of one. */
  policies() {
    return [...this.#policies.keys()];
  }
  /** What a path means: a file, if need be through one link, which GitHub follows within the repository; or what is no file. */
  entry(path) {
    const entry = this.#at(path);
    if (entry?.mode !== linkMode) return entry;
    const target = this.#git.blob(entry.object, longestLink)?.toString("utf8") ?? "";
    return (target.startsWith("/") ? void 0 : this.#at(import_node_path.posix.join(import_node_path.posix.dirname(entry.path), target))) ?? entry;
  }
  read(entry) {
    if (!fileModes.includes(entry.mode)) return { kind: "unusable", why: "it is a folder, or a link to no file of the repository; expected a policy file" };
    const bytes = this.#folder.committed(entry) ?? this.#git.blob(entry.object, mostBytes + 1);
    if (bytes !== void 0) return { kind: "file", bytes };
    const why = "git does not have it here; give `actions/checkout` the input `filter: blob:limit=200k`, or neither `filter` nor `sparse-checkout`";
    return { kind: "unknown", why };
  }
  #at(written) {
    const path = import_node_path.posix.normalize(written);
    if (path.split("/", 1)[0] === "..") return void 0;
    if (isOfPolicies(path)) return this.#policies.get(path);
    return this.#tree(path).find((entry) => entry.path === path);
  }
  #tree(path) {
    const tree = this.#git.tree(this.#commit, path);
    if (tree === void 0) throw new Failure(`git does not list the files of the commit ${this.#commit.slice(0, 7)}; check the repository out anew`);
    return tree;
  }
};
function folderOfPolicy(entry) {
  const [path] = /^(?:.*?\/)?access-token\.ya?ml(?=\/)/s.exec(entry.path) ?? [];
  return path === void 0 ? entry : { mode: "040000", object: "", path };
}

// check/src/checkout.ts
var Checkout = class {
  #folder;
  #git;
  #head;
  #differing = /* @__PURE__ */ new Set();
  constructor(folder, git) {
    this.#folder = folder;
    this.#git = git;
    const head = git.isRepository() ? git.commit("HEAD") : void 0;
    this.#head = head === void 0 ? void 0 : new Revision(head, git, folder);
  }
  /**
   * The files with the name of a policy or of tests of one, from the folder of the checkout, with `/`.
   *
   * What git keeps, it keeps in spite of a `.gitignore`, and so does the broker: a change cannot hide its policy that way.
   */
  policies() {
    const here = (this.#git.files() ?? this.#folder.files()).filter((path) => isOfPolicies(path) && this.#folder.has(path));
    return [.../* @__PURE__ */ new Set([...here, ...this.#head?.policies() ?? []])].sort();
  }
  /**
   * What is at a path.
   *
   * SECURITY: of what the commit has, that counts, as for the broker. In the folder it may look otherwise: a `.gitattributes` can have
   * it written in another encoding, and where letter case does not count, another file can lie in its place.
   */
  read(path) {
    const entry = this.#head?.entry(path);
    if (this.#head === void 0 || entry === void 0) return this.#folder.read(path);
    const content = this.#head.read(entry);
    const isWhole = content.kind === "file" && content.bytes.length <= mostBytes;
    if (isWhole && this.#folder.has(entry.path) && this.#folder.committed(entry) === void 0) this.#differing.add(entry.path);
    return content;
  }
  /** What was read from the commit although it lies otherwise in the folder. */
  differing() {
    return [...this.#differing];
  }
};

// check/src/repository.ts
function repositoryOf(runner, git) {
  const event = runner.event();
  const commits = [runner.variable("GITHUB_SHA"), ...["head", "base"].map((side) => textAt(event, "pull_request", side, "sha"))];
  if (commits.every((commit) => git.commit(commit) === void 0) || isFork(event)) return void 0;
  return runner.variable("GITHUB_REPOSITORY") || void 0;
}
function isFork(event) {
  const { repository } = event ?? {};
  return repository?.fork === true;
}

// check/src/check-policies.ts
async function checkPolicies({ runner, openFolder, openGit, loadCore, now }) {
  const folder = openFolder();
  const git = openGit(folder.path);
  const checkout = new Checkout(folder, git);
  const base = baseOf(runner.variable("GITHUB_EVENT_NAME"), runner.event(), git);
  const revision = base.kind === "known" ? new Revision(base.commit, git, folder) : void 0;
  const outcome = loadCore().checkUp(
    {
      inputs: { path: runner.input("path"), failOn: runner.input("fail-on"), ownerPolicy: runner.input("owner-policy") },
      now: now().toISOString(),
      folder: folder.path.replaceAll("\\", "/"),
      repository: repositoryOf(runner, git),
      found: checkout.policies(),
      base: base.kind === "known" ? { kind: "known", name: base.name, found: revision?.policies() ?? [] } : base
    },
    (path) => answerOf(path, checkout.read(path)),
    (path) => {
      const entry = revision?.entry(path);
      return baseAnswerOf(path, revision && entry ? revision.read(entry) : { kind: "missing" });
    }
  );
  for (const file of checkout.differing()) {
    const message = "what the commit has was checked: the file in the checkout is another, by a step before or a `.gitattributes`";
    runner.notice({ title: "Not as committed", message, file });
  }
  for (const { level, ...annotation } of outcome.annotations) runner.annotate(level, annotation);
  for (const line of outcome.lines) runner.info(line);
  if (outcome.summary !== "") runner.summarize(outcome.summary);
  runner.setOutput("errors", String(outcome.errors));
  runner.setOutput("warnings", String(outcome.warnings));
  runner.setOutput("widened", outcome.widened);
  if (outcome.passed) {
    runner.info(`Access token policies: ${outcome.conclusion}`);
  } else {
    process.exitCode = 1;
    runner.error({ title: "Access token policies", message: outcome.conclusion });
  }
  return Promise.resolve();
}

// check/src/folder.ts
var import_node_crypto = require("node:crypto");
var import_node_fs2 = require("node:fs");
var import_node_path2 = require("node:path");
var deepest = 16;
var mostEntries = 2e5;
var skipped = [".git", "node_modules"];
var Folder = class _Folder {
  path;
  constructor(path) {
    this.path = path;
  }
  /** The checkout in the workspace: that itself, or where the input `path` of `actions/checkout` put the only one. */
  static ofCheckout(workspace) {
    if (exists((0, import_node_path2.join)(workspace, ".git"))) return new _Folder(workspace);
    const inside = entriesOf(workspace).filter((entry) => entry.isDirectory() && exists((0, import_node_path2.join)(workspace, entry.name, ".git")));
    if (inside.length > 1) {
      const names = inside.map(({ name }) => `\`${name}\``).join(", ");
      throw new Failure(`expected one checkout in the workspace, found ${names}
give the \`actions/checkout\` of the policies no \`path\``);
    }
    return new _Folder((0, import_node_path2.join)(workspace, inside[0]?.name ?? ""));
  }
  has(path) {
    return exists((0, import_node_path2.join)(this.path, path));
  }
  /** The bytes of a file of a commit, if they lie here as git keeps them, or with the line ends of Windows. */
  committed({ path, object }) {
    const full = (0, import_node_path2.join)(this.path, path);
    try {
      if (!(0, import_node_fs2.lstatSync)(full).isFile()) return void 0;
      const bytes = beginning(full);
      if (isObject(object, bytes)) return bytes;
      const plain = Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
      return isObject(object, plain) ? plain : void 0;
    } catch {
      return void 0;
    }
  }
  /**
   * What lies at a path.
   *
   * SECURITY: a stranger may have put a link there to whatever the runner holds, and what it says is printed; and git keeps
   * credentials in its own folder.
   */
  read(path) {
    if (!this.has(path)) return { kind: "missing" };
    const full = (0, import_node_path2.join)(this.path, path);
    try {
      const within = (0, import_node_path2.relative)((0, import_node_fs2.realpathSync)(this.path), (0, import_node_fs2.realpathSync)(full)).split(import_node_path2.sep);
      if ((0, import_node_path2.isAbsolute)(within.join(import_node_path2.sep)) || within[0] === "..") return unusable("it is out of the checkout, or a link out of it, which is not followed");
      if (within.some((name) => name.toLowerCase() === ".git")) return unusable("it is in the folder of git, which is not read");
      const kind = (0, import_node_fs2.statSync)(full);
      if (kind.isDirectory()) return unusable("it is a folder, expected a policy file");
      if (!kind.isFile()) return unusable("it is no file, expected a policy");
      return { kind: "file", bytes: beginning(full) };
    } catch (error) {
      return unusable(error instanceof Error ? error.message : String(error));
    }
  }
  /** All files in it and below, as far as they are of this checkout. */
  files() {
    return this.#walk("", 0, { entries: 0 });
  }
  #walk(folder, depth, count) {
    if (depth > deepest) return [];
    const found2 = [];
    for (const entry of entriesOf((0, import_node_path2.join)(this.path, folder))) {
      count.entries += 1;
      if (count.entries > mostEntries) throw new Failure(`the checkout has more than ${mostEntries} files and folders: let git be installed, which lists them`);
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) found2.push(path);
      else if (!skipped.includes(entry.name) && !this.has((0, import_node_path2.join)(path, ".git"))) found2.push(...this.#walk(path, depth + 1, count));
    }
    return found2;
  }
};
function entriesOf(folder) {
  try {
    return (0, import_node_fs2.readdirSync)(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
function exists(path) {
  return (0, import_node_fs2.lstatSync)(path, { throwIfNoEntry: false }) !== void 0;
}
function isObject(name, bytes) {
  const hash = (0, import_node_crypto.createHash)(name.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex") === name;
}
function unusable(why) {
  return { kind: "unusable", why };
}
function beginning(path) {
  const file = (0, import_node_fs2.openSync)(path, "r");
  try {
    const bytes = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) read = (0, import_node_fs2.readSync)(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    (0, import_node_fs2.closeSync)(file);
  }
}

// check/src/git.ts
var import_node_child_process = require("node:child_process");
var import_node_fs3 = require("node:fs");
var import_node_path3 = require("node:path");
var longestAnswer = 256 * 1024 * 1024;
var Git = class {
  #folder;
  #environment;
  constructor(folder, environment) {
    this.#folder = folder;
    this.#environment = environment;
  }
  /** Everything that git keeps here or would take up; `undefined` where there is no git, or the folder is no repository of its own. */
  files() {
    if (!this.isRepository()) return void 0;
    return this.#text("ls-files", "-z", "--cached", "--others", "--exclude-standard")?.split("\0").filter((path) => path !== "");
  }
  /** Whether the folder is the top of a repository. */
  isRepository() {
    return this.#text("rev-parse", "--show-prefix")?.trim() === "";
  }
  /** The full name of a commit that is at hand. */
  commit(revision) {
    if (revision.startsWith("-")) return void 0;
    return this.#text("rev-parse", "--verify", "--quiet", `${revision}^{commit}`)?.trim();
  }
  /** The parents of a commit, as it names them, whether they are at hand or not: in a shallow clone they are not. */
  parents(commit) {
    const [head = ""] = (this.#text("cat-file", "commit", commit) ?? "").split("\n\n");
    return [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent ?? "");
  }
  /** Whether a commit is another one or comes before it, as far as that is at hand. */
  contains(later, earlier) {
    return later === earlier || this.#text("merge-base", "--is-ancestor", earlier, later) !== void 0;
  }
  /** Where two commits parted, as far as that is at hand. */
  mergeBase(one, other) {
    return this.#text("merge-base", one, other)?.trim();
  }
  /** The files of a commit: all, or the one of this path. */
  tree(commit, path) {
    const which = path === void 0 ? ["-r", commit] : [commit, "--", path];
    const lines = this.#text("--literal-pathspecs", "ls-tree", "-z", "--full-tree", ...which)?.split("\0");
    return lines?.flatMap((line) => {
      const [, mode, object, name] = /^(\d{6}) \w+ ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
      return mode === void 0 || object === void 0 || name === void 0 ? [] : [{ mode, object, path: name }];
    });
  }
  /** The beginning of what an object holds, of this length at most. */
  blob(object, length) {
    const { status, stdout, error } = this.#run(length, "cat-file", "blob", object);
    const isCut = error !== void 0 && "code" in error && error.code === "ENOBUFS";
    return status === 0 || isCut ? stdout.subarray(0, length) : void 0;
  }
  #text(...parameters) {
    const { status, stdout } = this.#run(longestAnswer, ...parameters);
    return status === 0 ? stdout.toString("utf8") : void 0;
  }
  #run(maxBuffer, ...parameters) {
    const environment = {
      ...this.#environment,
      // A repository further up is not the checkout.
      GIT_CEILING_DIRECTORIES: (0, import_node_path3.dirname)(real(this.#folder)),
      // What a partial clone lacks is not fetched; an older git only knows the second.
      GIT_NO_LAZY_FETCH: "1",
      GIT_ALLOW_PROTOCOL: "none",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0"
    };
    const settings = ["safe.directory=*", "safe.bareRepository=explicit", "core.fsmonitor=false", "core.quotePath=false"];
    const before = ["-C", this.#folder, ...settings.flatMap((setting) => ["-c", setting])];
    const run = (0, import_node_child_process.spawnSync)("git", [...before, ...parameters], {
      // SECURITY: Windows looks for a program in this folder first, and in the checkout a stranger may have put a `git.exe`.
      cwd: (0, import_node_path3.dirname)(process.execPath),
      env: environment,
      maxBuffer,
      stdio: ["ignore", "pipe", "ignore"]
    });
    return { ...run, stdout: run.stdout ?? Buffer.alloc(0) };
  }
};
function real(folder) {
  try {
    return (0, import_node_fs3.realpathSync)(folder);
  } catch {
    return folder;
  }
}

// check/src/whole-core.ts
var import_node_fs4 = require("node:fs");
var import_node_path4 = require("node:path");
var import_node_zlib = require("node:zlib");

// crates/wasm/whole/core.js
function checkUp(checkout, read, read_base) {
  const ret = wasm.checkUp(checkout, read, read_base);
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
    __wbg_call_a410eb4b59ed5965: function() {
      return handleError(function(arg0, arg1, arg2) {
        const ret = arg0.call(arg1, arg2);
        return ret;
      }, arguments);
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
    __wbindgen_generic_0000000000000001: function(arg0, arg1) {
      const ret = getStringFromWasm0(arg0, arg1);
      return ret;
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

// check/src/whole-core.ts
function loadWholeCore(directory) {
  try {
    initSync({ module: (0, import_node_zlib.brotliDecompressSync)((0, import_node_fs4.readFileSync)((0, import_node_path4.join)(directory, "whole.wasm.br"))) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`the action's core cannot be loaded: ${reason}
use a release of the action whose \`dist\` is complete`);
  }
  return { checkUp: (checkout, read, readBase) => checkUp(checkout, read, readBase) };
}

// check/src/check.ts
void tell(checkPolicies, {
  runner: new Runner(processHost()),
  openFolder: () => Folder.ofCheckout(import_node_process.env["GITHUB_WORKSPACE"] ?? process.cwd()),
  openGit: (folder) => new Git(folder, import_node_process.env),
  loadCore: () => loadWholeCore(__dirname),
  now: () => /* @__PURE__ */ new Date()
}).then(leave);
