// The runner's protocol: inputs and state come as environment variables, outputs and state go to files, masks and
// annotations are commands on standard output.

import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { Failure, wordsOf, type Problem } from './failure.ts';
import type { Secret } from './secret.ts';
import { visibleText } from './visible-text.ts';
import { EOL, fileCommand, workflowCommand, type CommandProperties } from './workflow-command.ts';

/** What the runner gives to a step's process. */
export interface RunnerHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  /** A new random UUID. */
  readonly uuid: () => string;
}

type CommandFile = 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_PATH' | 'GITHUB_ENV';

/** The runner as this step sees it. Everything printed through it is covered and made visible first. */
export class Runner {
  readonly #host: RunnerHost;
  readonly #secrets: Secret[];

  constructor(host: RunnerHost, secrets: Secret[] = []) {
    this.#host = host;
    this.#secrets = secrets;
  }

  /** The same runner, as if the step had this input. */
  withInput(name: string, value: string): Runner {
    const environment = { ...this.#host.environment, [`INPUT_${name.toUpperCase()}`]: value };
    return new Runner({ ...this.#host, environment }, this.#secrets);
  }

  /** An input of the step, trimmed; empty if it was not given. */
  input(name: string): string {
    return this.variable(`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`).trim();
  }

  /** The inputs that were given and whose names begin so: what follows in the name, in small letters, and the value. */
  inputsWith(prefix: string): readonly (readonly [string, string])[] {
    const begin = `INPUT_${prefix.toUpperCase()}`;
    const names = Object.keys(this.#host.environment).filter((name) => name.toUpperCase().startsWith(begin));
    const entries = names.sort().map((name) => [name.slice(begin.length).toLowerCase(), this.variable(name).trim()] as const);
    return entries.filter(([name, value]) => name !== '' && value !== '');
  }

  /** What the main step saved for the post step; empty if nothing. */
  state(name: string): string {
    return this.variable(`STATE_${name}`);
  }

  /** An environment variable; empty if it is not set. */
  variable(name: string): string {
    return this.#host.environment[name] ?? '';
  }

  /** The event that started the workflow, or `undefined` where the runner's file cannot be read. */
  event(): unknown {
    try {
      return JSON.parse(readFileSync(this.variable('GITHUB_EVENT_PATH'), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Fails unless these files can be written: a token must not be made that could not be handed on or revoked. */
  requireFiles(...files: readonly CommandFile[]): void {
    for (const file of files) this.#append(file, '');
  }

  setOutput(name: string, value: string): void {
    this.#append('GITHUB_OUTPUT', fileCommand(name, value, this.#host.uuid()));
  }

  /** Keeps a value for the post step. Of several values of one name, the last counts. */
  saveState(name: string, value: string): void {
    this.#append('GITHUB_STATE', fileCommand(name, value, this.#host.uuid()));
  }

  /** Has the steps that follow find the programs of a directory. */
  addPath(directory: string): void {
    this.#append('GITHUB_PATH', directory + EOL);
  }

  /** Sets an environment variable of the steps that follow. */
  exportVariable(name: string, value: string): void {
    this.#append('GITHUB_ENV', fileCommand(name, value, this.#host.uuid()));
  }

  /** Adds Markdown to the step's summary. A summary is a courtesy: where it cannot be written, a warning says so. */
  summarize(markdown: string): void {
    if (this.variable('GITHUB_STEP_SUMMARY') === '') return;
    try {
      this.#append('GITHUB_STEP_SUMMARY', this.#cover(markdown) + EOL);
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
  mask(secret: Secret): void {
    this.conceal(secret);
    const masks = secret.forms().map((form) => workflowCommand('add-mask', {}, form) + EOL);
    this.#host.write(masks.join(''));
  }

  /** Hides the secret in what this process prints, without a word to the runner. */
  conceal(secret: Secret): void {
    this.#secrets.push(secret);
  }

  /** Prints text, which may be from outside and have several lines. */
  info(text: string): void {
    this.#host.write(this.#presentable(text).replaceAll('\n', EOL) + EOL);
  }

  debug(message: string): void {
    this.#command('debug', {}, message);
  }

  /** Prints lines that are folded away until somebody looks. */
  group(title: string, lines: readonly string[]): void {
    this.#command('group', {}, title);
    for (const line of lines) this.info(line);
    this.#command('endgroup', {}, '');
  }

  notice(problem: Problem): void {
    this.annotate('notice', problem);
  }

  warning(problem: Problem): void {
    this.annotate('warning', problem);
  }

  error(problem: Problem): void {
    this.annotate('error', problem);
  }

  annotate(level: 'error' | 'warning' | 'notice', { message, ...place }: Problem): void {
    this.#command(level, place, message);
  }

  #command(name: string, properties: CommandProperties, message: string): void {
    const shown = Object.entries(properties).map(([key, value]: [string, unknown]) => [key, typeof value === 'string' ? this.#presentable(value) : value]);
    this.#host.write(workflowCommand(name, Object.fromEntries(shown) as CommandProperties, this.#presentable(message)) + EOL);
  }

  #presentable(text: string): string {
    return visibleText(this.#cover(text));
  }

  #cover(text: string): string {
    return this.#secrets.reduce((covered, secret) => secret.cover(covered), text);
  }

  #path(file: CommandFile): string {
    const path = this.variable(file);
    if (path === '') throw new Failure(`the runner does not set \`${file}\`; this action needs a runner of version 2.297 or later`);
    return path;
  }

  /** The runner makes its files itself, and would not look at one of ours: none is made here. */
  #append(file: CommandFile, text: string): void {
    const path = this.#path(file);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND);
      // Windows opens a directory, too, and then refuses the first text.
      if (text === '' && fstatSync(descriptor).isDirectory()) throw new Error('EISDIR: it is a directory');
      appendFileSync(descriptor, text, 'utf8');
    } catch (error) {
      const message = `\`${file}\`: expected a file of the runner that can be written, found ${found(path, error as NodeJS.ErrnoException)}`;
      throw new Failure(message, { hint: brokenRunner });
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

const brokenRunner =
  'The runner makes this file before each step, so no input is to blame. On a self-hosted runner, see whether its disk is full and ' +
  'whether its user owns the folder `_work/_temp`; where the job runs in a container, whether that folder is mounted.';

/** What is at a path that could not be written. */
function found(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `nothing at \`${path}\``;
  if (isDirectory(path)) return `the directory \`${path}\``;
  const [reason = message] = message.split(',');
  return `\`${path}\`, where that fails (${reason})`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
