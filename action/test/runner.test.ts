import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { EOL, tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { Failure } from '../src/failure.ts';
import { Runner } from '../src/runner.ts';
import { Secret } from '../src/secret.ts';
import { fakeStep } from './fakes/effects.ts';

function runnerWith(environment: Record<string, string>): { runner: Runner; printed: string[] } {
  const printed: string[] = [];
  return { runner: new Runner({ environment, write: (text) => printed.push(text), uuid: randomUUID }), printed };
}

describe('the runner', () => {
  it('gives inputs trimmed, and empty where there are none', () => {
    const { runner } = runnerWith({ 'INPUT_APP-SERVER': ' https://broker \n' });
    assert.equal(runner.input('app-server'), 'https://broker');
    assert.equal(runner.input('owner'), '');
  });

  it('covers a secret in all that is printed and summarized', () => {
    const { effects, printed, summary } = fakeStep({});
    effects.runner.conceal(new Secret('s3cret'));
    effects.runner.info('a s3cret');
    effects.runner.error({ message: 'the s3cret' });
    effects.runner.debug('s3cret');
    effects.runner.summarize('# s3cret');
    assert.deepEqual(printed, ['a ***', '::error::the ***', '::debug::***']);
    assert.equal(summary(), `# ***${EOL}`);
  });

  it('masks every form of a secret, the whole of it first', () => {
    const { runner, printed } = runnerWith({});
    const secret = new Secret('ghs_0123456789?abcdef');
    runner.mask(secret);
    assert.equal(printed.join(''), secret.forms().map((form) => `::add-mask::${form.replaceAll('%', '%25')}${EOL}`).join(''));
    assert.ok(printed.join('').startsWith(`::add-mask::ghs_0123456789?abcdef${EOL}`));
    assert.ok(printed.join('').includes(`::add-mask::ghs_0123456789%253Fabcdef${EOL}`));
    runner.info(`basic ${Buffer.from(`u:${secret.reveal()}`).toString('base64')}`);
    assert.match(printed.at(-1) ?? '', /^basic .{0,6}\*\*\*.{0,4}$/m);
  });

  it('folds lines away without letting them out', () => {
    const { runner, printed } = runnerWith({});
    runner.group('Subjects\n::endgroup::', ['a', '::endgroup::']);
    const lines = ['::group::Subjects%0A: :endgroup::', 'a', ': :endgroup::', '::endgroup::', ''];
    assert.equal(printed.join(''), lines.join(EOL));
  });

  it('prints no line that is a command', () => {
    const { runner, printed } = runnerWith({});
    runner.info('fine\n::error::x\n##[error]x');
    runner.warning({ message: '::error::x\r\n##[error]x' });
    assert.deepEqual(printed, [`fine${EOL}: :error::x${EOL}# #[error]x${EOL}`, `::warning::: :error::x%0A# #[error]x${EOL}`]);
  });

  it('keeps outputs apart, whatever they contain', () => {
    const { effects, outputs } = fakeStep({});
    effects.runner.setOutput('owner', 'a\nghadelimiter_1\ntoken<<x');
    effects.runner.setOutput('token', 't');
    assert.deepEqual(outputs(), { owner: 'a\nghadelimiter_1\ntoken<<x', token: 't' });
  });

  it('refuses to start where outputs or state would be lost', () => {
    const { runner } = runnerWith({});
    assert.throws(() => { runner.requireFiles('GITHUB_OUTPUT'); }, (error) => error instanceof Failure && error.message.startsWith('the runner does not set `GITHUB_OUTPUT`'));
    const folder = tmpdir();
    for (const [path, found] of [
      ['/nowhere/state', 'nothing at `/nowhere/state`'],
      [folder, `the directory \`${folder}\``],
      [`${process.execPath}/state`, `\`${process.execPath}/state\`, where that fails (ENOTDIR: not a directory)`],
    ] as const) {
      const { runner } = fakeStep({ GITHUB_STATE: path }).effects;
      runner.requireFiles('GITHUB_OUTPUT');
      assert.throws(() => { runner.requireFiles('GITHUB_OUTPUT', 'GITHUB_STATE'); }, (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.message, `\`GITHUB_STATE\`: expected a file of the runner that can be written, found ${found}`);
        assert.match(error.help.hint ?? '', /^The runner makes this file before each step, so no input is to blame\./);
        return true;
      });
    }
  });

  it('looks at its files without changing them', () => {
    const { effects, outputs, state } = fakeStep({});
    effects.runner.setOutput('owner', 'octo-org');
    effects.runner.requireFiles('GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_PATH', 'GITHUB_ENV');
    assert.deepEqual([outputs(), state()], [{ owner: 'octo-org' }, {}]);
  });

  it('survives a summary that cannot be written', () => {
    const { runner, printed } = runnerWith({ GITHUB_STEP_SUMMARY: '/nowhere/summary' });
    runner.summarize('text');
    const warning = 'the step summary could not be written: `GITHUB_STEP_SUMMARY`: expected a file of the runner that can be written, found nothing at `/nowhere/summary`';
    assert.deepEqual(printed, [`::warning::${warning}${EOL}`]);
  });

  it('has no event where its file is missing or not JSON', () => {
    const { effects } = fakeStep({ GITHUB_EVENT_PATH: '/nowhere' });
    assert.equal(effects.runner.event(), undefined);
    const path = fakeStep({}).effects.runner.variable('GITHUB_OUTPUT');
    writeFileSync(path, 'no JSON');
    assert.equal(fakeStep({ GITHUB_EVENT_PATH: path }).effects.runner.event(), undefined);
  });
});
