// The runner's protocol of our own, held to the one of `@actions/core`, byte for byte.

import * as toolkit from '@actions/core';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { EOL, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { fetchIdToken } from '../src/id-token.ts';
import { nodeHttp } from '../src/http.ts';
import { Runner } from '../src/runner.ts';
import { Secret } from '../src/secret.ts';
import { workflowCommand } from '../src/workflow-command.ts';
import { fakeStep } from './fakes/effects.ts';
import { startServer } from './fakes/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-token-toolkit-'));
const values = ['', 'plain', '100 % of it', 'two\nlines', 'two\r\nlines', '{"a":"ü ✓ 🎉"}', 'a,b:c', 'x'.repeat(10_000)];
const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

/** What a call prints to standard output. */
function printed(call: () => void): string {
  const write = process.stdout.write.bind(process.stdout);
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    call();
  } finally {
    process.stdout.write = write;
  }
  return text;
}

/** What a call of the toolkit and one of ours append to the file of this variable, delimiters aside. */
function appended(variable: string, theirs: () => void, ours: (runner: Runner) => void): [string, string] {
  const [first, second] = [join(folder, 'theirs'), join(folder, 'ours')];
  writeFileSync(first, '');
  writeFileSync(second, '');
  process.env[variable] = first;
  theirs();
  ours(new Runner({ environment: { [variable]: second }, write: () => undefined, uuid: randomUUID }));
  const read = (path: string): string => readFileSync(path, 'utf8').replaceAll(/ghadelimiter_[\da-f-]{36}/g, 'DELIMITER');
  return [read(first), read(second)];
}

describe('as @actions/core does it', () => {
  for (const value of values) {
    const shown = JSON.stringify(value.slice(0, 20));

    it(`sets an output of ${shown}`, () => {
      const [theirs, ours] = appended('GITHUB_OUTPUT', () => { toolkit.setOutput('token', value); }, (runner) => { runner.setOutput('token', value); });
      assert.notEqual(theirs, '');
      assert.equal(ours, theirs);
    });

    it(`saves state of ${shown}`, () => {
      const [theirs, ours] = appended('GITHUB_STATE', () => { toolkit.saveState('token', value); }, (runner) => { runner.saveState('token', value); });
      assert.notEqual(theirs, '');
      assert.equal(ours, theirs);
    });

    it(`masks ${shown}`, () => {
      const runner = new Runner({ environment: {}, write: (text) => process.stdout.write(text), uuid: randomUUID });
      const theirs = value === '' ? '' : printed(() => { toolkit.setSecret(value); });
      const ours = printed(() => { runner.mask(new Secret(value)); });
      assert.equal(ours.slice(0, theirs.length), theirs);
      // An empty mask is a mistake to the runner; further forms are a matter of ours.
      if (value === '') assert.equal(ours, '');
    });

    it(`writes commands with ${shown}`, () => {
      const properties = value === '' ? {} : { title: value };
      for (const level of ['error', 'warning', 'notice'] as const) {
        const theirs = printed(() => { toolkit[level](value, properties); });
        assert.equal(workflowCommand(level, properties, value) + EOL, theirs);
      }
      assert.equal(workflowCommand('group', {}, value) + EOL, printed(() => { toolkit.startGroup(value); }));
      assert.equal(workflowCommand('endgroup', {}, '') + EOL, printed(() => { toolkit.endGroup(); }));
      assert.equal(workflowCommand('debug', {}, value) + EOL, printed(() => { toolkit.debug(value); }));
    });

    it(`reads an input of ${shown}`, () => {
      const environment = { 'INPUT_APP-SERVER': ` ${value}\n`, STATE_token: value };
      Object.assign(process.env, environment);
      const runner = new Runner({ environment, write: () => undefined, uuid: randomUUID });
      assert.equal(runner.input('app-server'), toolkit.getInput('app-server'));
      assert.equal(runner.state('token'), toolkit.getState('token'));
    });
  }

  it('prints annotations and lines', () => {
    const runner = new Runner({ environment: {}, write: (text) => process.stdout.write(text), uuid: randomUUID });
    const message = '50 % of it\nfailed: a, b';
    assert.equal(printed(() => { runner.error({ title: 'a:b', message }); }), printed(() => { toolkit.error(message, { title: 'a:b' }); }));
    assert.equal(printed(() => { runner.warning({ message }); }), printed(() => { toolkit.warning(message); }));
    assert.equal(printed(() => { runner.debug(message); }), printed(() => { toolkit.debug(message); }));
    assert.equal(printed(() => { runner.info('a line'); }), printed(() => { toolkit.info('a line'); }));
  });

  it('asks for an OIDC token', async () => {
    const server = await startServer({ 'GET /idtoken/1': [{ status: 200, body: '{"count":3,"value":"a.b.c"}' }] });
    const environment = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/idtoken/1?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    };
    try {
      const step = fakeStep(environment);
      const ours = await fetchIdToken({ ...step.effects, http: nodeHttp({}) }, 'broker.example:8080/ä');
      assert.equal(ours.reveal(), 'a.b.c');
      Object.assign(process.env, environment);
      await toolkitIdToken('broker.example:8080/ä');
      const [first, second] = server.asked;
      assert.deepEqual(first, second);
      assert.equal(first?.path, '/idtoken/1?api-version=2.0&audience=broker.example%3A8080%2F%C3%A4');
      assert.equal(first.authorization, 'Bearer request-token');
    } finally {
      await server.close();
    }
  });
});

/** The toolkit prints masks and debug lines while it asks; they have no business in the output of the tests. */
async function toolkitIdToken(audience: string): Promise<void> {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (): boolean => true;
  try {
    assert.equal(await toolkit.getIDToken(audience), 'a.b.c');
  } finally {
    process.stdout.write = write;
  }
}
