// A job with `refresh: true`: steps of the shipped action and its command, each in its own process, on a clock that the test
// puts forward.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeServer } from './server.ts';
import { inputs, runStep, type StepRun } from './step.ts';

export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `Date.now` says in a process that loads this first. */
const clock = 'const now = Date.now; Date.now = () => now() + Number(process.env.TEST_AHEAD);';

export class Job {
  readonly temporary = mkdtempSync(join(tmpdir(), 'access-token-job-'));
  /** How far the clock of the job is ahead, in milliseconds. */
  ahead = 0;
  readonly #server: FakeServer;
  #environment: Record<string, string>;
  #path: string[] = [];
  readonly #state = new Map<string, Readonly<Record<string, string>>>();

  constructor(server: FakeServer, environment: Record<string, string> = {}) {
    this.#server = server;
    this.#environment = environment;
    writeFileSync(join(this.temporary, 'clock.cjs'), clock);
  }

  /** The directories that steps of the action added to the path. */
  get path(): readonly string[] {
    return this.#path;
  }

  /** What the steps of the job have in their environment. */
  get environment(): Record<string, string> {
    return {
      PATH: [...this.#path, process.env['PATH'] ?? ''].join(':'),
      HOME: this.temporary,
      RUNNER_TEMP: this.temporary,
      NODE_OPTIONS: `--require ${join(this.temporary, 'clock.cjs')}`,
      TEST_AHEAD: String(this.ahead),
      GITHUB_REPOSITORY: 'octo-org/app',
      GITHUB_SERVER_URL: 'https://github.example',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.#server.url}/idtoken/1?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-request-token',
      ...this.#environment,
    };
  }

  /** A step of the action; what it tells the runner holds for the steps that follow. */
  async main(step: string, given: Record<string, string> = {}): Promise<StepRun> {
    const usual = {
      permissions: 'contents: write\nissues: read',
      repositories: 'website, docs',
      'app-server': `${this.#server.url}/prefix`,
      'github-api-url': `${this.#server.url}/api/v3`,
      refresh: 'true',
    };
    const run = await runStep('main', { ...this.environment, GITHUB_ACTION: step, ...inputs({ ...usual, ...given }) });
    this.#environment = { ...this.#environment, ...run.exported };
    this.#path = [...run.path, ...this.#path];
    this.#state.set(step, run.state);
    return run;
  }

  async post(step: string): Promise<StepRun> {
    const state = Object.entries(this.#state.get(step) ?? {}).map(([name, value]) => [`STATE_${name}`, value]);
    const given = inputs({ 'github-api-url': `${this.#server.url}/api/v3` });
    return runStep('post', { ...this.environment, ...given, ...(Object.fromEntries(state) as Record<string, string>) });
  }

  /** What a step of the workflow runs. */
  async shell(script: string, input = ''): Promise<CommandRun> {
    const child = spawn('sh', ['-c', script], { env: this.environment, cwd: this.temporary });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    // Who does not read it may be gone already.
    child.stdin.on('error', () => undefined).end(input);
    const exitCode = await new Promise<number | null>((done) => child.on('close', done));
    return { exitCode, stdout, stderr };
  }

  /** The token that a step gets by `access-token`. */
  async token(...given: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.shell(['access-token', ...given].join(' '));
    assert.equal(exitCode, 0, stderr);
    return stdout.trimEnd();
  }

  end(): void {
    rmSync(this.temporary, { recursive: true });
  }
}
