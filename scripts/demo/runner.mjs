// A runner in small: runs a step of the action as GitHub's runner does, and shows its log as that would.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a step may take, in milliseconds. */
const stepLimit = 60_000;

/** A workflow job: it may ask for OIDC tokens, and has masks that hold for all its steps. */
export class Job {
  #context;
  #masks = [];

  /** Starts a job with these claims in the sandbox. */
  static async start(github, claims) {
    const answer = await fetch(`${github.url}/sandbox/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ claims }),
    });
    if (answer.status !== 201) throw new Error(`the sandbox started no job: ${answer.status} ${await answer.text()}`);
    const { request_url: url, request_token: token } = await answer.json();
    const job = new Job();
    job.#context = {
      ACTIONS_ID_TOKEN_REQUEST_URL: url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      GITHUB_API_URL: github.api_url,
      GITHUB_EVENT_NAME: claims.event_name,
      GITHUB_REPOSITORY: claims.repository,
    };
    job.#masks.push(token);
    return job;
  }

  /** Runs `dist/main.js` with these inputs. */
  runMain(inputs) {
    return this.#run('dist/main.js', inputs, {});
  }

  /** Runs `dist/post.js` with the same inputs and what the main step left in its state. */
  runPost(inputs, state) {
    return this.#run('dist/post.js', inputs, state);
  }

  async #run(script, inputs, state) {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-demo-'));
    const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STATE: join(folder, 'state'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    try {
      for (const file of Object.values(files)) writeFileSync(file, '');
      const environment = { ...this.#context, ...files, ...named('INPUT_', inputs, inputName), ...named('STATE_', state) };
      const { exitCode, stdout, stderr } = await finished(spawn(process.execPath, [script], { env: environment }));
      const log = stdout.split(/\r?\n/).slice(0, -1);
      return {
        exitCode,
        stderr,
        log: log.flatMap((line) => this.#shown(line)),
        /** Whether a line other than a mask holds the text. */
        prints: (text) => stderr.includes(text) || log.some((line) => !line.startsWith('::add-mask::') && line.includes(text)),
        outputs: entries(readFileSync(files.GITHUB_OUTPUT, 'utf8')),
        state: entries(readFileSync(files.GITHUB_STATE, 'utf8')),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** A line of the log as the runner shows it: commands are obeyed, what is masked is covered. */
  #shown(line) {
    const [, command, text] = /^::([a-z-]+)[^:]*::(.*)$/.exec(line) ?? [];
    if (command === undefined) return [this.#covered(line)];
    const message = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
    if (command === 'add-mask') {
      this.#masks.push(message);
      return [];
    }
    if (command === 'endgroup') return [];
    const head = command === 'group' ? '▸ ' : `${command.charAt(0).toUpperCase()}${command.slice(1)}: `;
    return `${head}${this.#covered(message)}`.split('\n');
  }

  #covered(text) {
    return this.#masks.reduce((covered, secret) => covered.replaceAll(secret, '***'), text);
  }
}

/** The runner's rule: spaces become `_`, everything is upper case, hyphens stay. */
function inputName(name) {
  return name.replaceAll(' ', '_').toUpperCase();
}

function named(prefix, values, rule = (name) => name) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + rule(name), value]));
}

/** The entries of a command file: `NAME<<DELIMITER`, lines, `DELIMITER`. Of several values of a name the last counts. */
function entries(text) {
  const lines = text.split(/\r?\n/);
  const found = {};
  while (lines.length > 1) {
    const [name, delimiter] = lines.shift().split('<<');
    const end = lines.indexOf(delimiter);
    if (delimiter === undefined || end < 0) throw new Error('a command file is malformed');
    found[name] = lines.splice(0, end + 1).slice(0, -1).join('\n');
  }
  return found;
}

function finished(child) {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), stepLimit);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      done({ exitCode, stdout, stderr });
    });
  });
}
