// The check action as it is shipped: a process on `dist/check.js`, in real git repositories.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { FakeCheckout, type Files } from './fakes/checkout.ts';
import { inputs, runStep, type StepRun } from './fakes/step.ts';

const POLICY = '.github/access-token.yaml';
const TESTS = '.github/access-token.test.yaml';

let open: (() => void)[] = [];

afterEach(() => {
  for (const close of open) close();
  open = [];
});

function checkout(make = (): FakeCheckout => new FakeCheckout()): FakeCheckout {
  const made = make();
  open.push(() => {
    made.remove();
  });
  return made;
}

/** A policy of `octo-org/website` with a statement for these subjects. */
function policy(subjects: readonly string[], permissions = 'contents: read'): string {
  return ['origin: octo-org/website', 'statements:', '  - subjects:', ...subjects.map((subject) => `      - ${subject}`), '    permissions:', `      ${permissions}`, ''].join('\n');
}

const main = 'repo:octo-org/app:ref:refs/heads/main';
const anyBranch = 'repo:octo-org/app:ref:refs/heads/*';

interface Event {
  readonly name: string;
  readonly data?: unknown;
}

async function check({ folder }: FakeCheckout, event: Event, given: Record<string, string> = {}, environment: Record<string, string> = {}): Promise<StepRun> {
  const events = mkdtempSync(join(tmpdir(), 'access-token-event-'));
  open.push(() => {
    rmSync(events, { recursive: true });
  });
  const path = join(events, 'event.json');
  writeFileSync(path, JSON.stringify(event.data ?? {}));
  const run = await runStep('check', {
    PATH: process.env['PATH'] ?? '',
    GITHUB_WORKSPACE: folder,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: path,
    ...inputs(given),
    ...environment,
  });
  assert.equal(run.stderr, '');
  return run;
}

/** A pull request whose merge GitHub made: the checkout is of the merge, its first parent is the base. */
function pullRequest(before: Files, after: Files, prepare?: (folder: string) => void): { readonly merged: FakeCheckout; readonly event: Event } {
  const merged = checkout();
  prepare?.(merged.folder);
  const base = merged.commit(before);
  merged.git('checkout', '--quiet', '-b', 'change');
  const head = merged.commit(after);
  merged.git('checkout', '--quiet', 'main');
  merged.git('merge', '--quiet', '--no-ff', '--message', 'merge', 'change');
  return { merged, event: { name: 'pull_request', data: { pull_request: { base: { ref: 'main', sha: base }, head: { sha: head } } } } };
}

/** What the step prints besides its annotations. */
function plain({ stdout }: StepRun): string[] {
  return stdout.filter((line) => !line.startsWith('::'));
}

function annotations({ stdout }: StepRun): string[] {
  return stdout.filter((line) => line.startsWith('::'));
}

describe('the check action, on a pull request', () => {
  it('passes what changes nothing', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { 'README.md': 'new' });
    const run = await check(merged, event, { 'fail-on': 'warning, widening' });
    assert.deepEqual(run.stdout, [
      `${POLICY} (repository policy of octo-org/website, going by its \`origin\`): no problems`,
      'Access token policies: no problems; nothing that is granted changes',
    ]);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(run.outputs, { errors: '0', warnings: '0', widened: 'false' });
    assert.equal(
      run.summary,
      [
        '## Access token policies',
        '',
        '✅ no problems; nothing that is granted changes',
        '',
        '### What the change grants and revokes',
        '',
        'No policy differs from <code>main</code>.',
        '',
        '',
        '',
      ].join('\n'),
    );
  });

  const widening = {
    stdout: [
      `title=Grants more (low risk),file=${POLICY},line=3,endLine=3::contents: read%0Afor: ${anyBranch}%0Aby: statement 1 of the new policy, line 3%0Asuch as: repo:octo-org/app:ref:refs/heads/a`,
      `${POLICY} (repository policy of octo-org/website, going by its \`origin\`): no problems`,
      `main:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`,
    ],
    table: [
      `### \`main:${POLICY}\` → \`${POLICY}\``,
      '',
      '| | risk | what | who |',
      '| --- | --- | --- | --- |',
      `| ➕ widens | low | contents: read | for \`${anyBranch}\`<br>by \`statement 1 of the new policy, line 3\`<br>such as \`repo:octo-org/app:ref:refs/heads/a\` |`,
      '',
      '1 widened, nothing is narrowed',
    ].join('\n'),
  };

  it('shows what is widened, and passes', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const run = await check(merged, event);
    const [first = '', ...lines] = widening.stdout;
    assert.deepEqual(run.stdout, [`::notice ${first}`, ...lines, 'Access token policies: no problems; 1 widened, nothing is narrowed']);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(run.outputs, { errors: '0', warnings: '0', widened: 'true' });
    assert.ok(run.summary.includes(widening.table), run.summary);
  });

  it('fails on what is widened, where that is wanted', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const run = await check(merged, event, { 'fail-on': 'widening' });
    const [first = '', ...lines] = widening.stdout;
    assert.deepEqual(run.stdout, [`::error ${first}`, ...lines, '::error title=Access token policies::no problems; 1 widened, nothing is narrowed']);
    assert.equal(run.exitCode, 1);
    assert.match(run.summary, /^❌ no problems; 1 widened/m);
  });

  it('takes what is narrowed for no reason to fail', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([anyBranch]) }, { [POLICY]: policy([main]) });
    const run = await check(merged, event, { 'fail-on': 'widening' });
    assert.equal(run.exitCode, 0);
    assert.deepEqual(annotations(run), []);
    assert.match(run.summary, /➖ narrows \| low \| contents: read/);
  });

  it('takes a policy that is new for widened, and one that goes for narrowed', async () => {
    const fresh = pullRequest({ 'README.md': '' }, { [POLICY]: policy([main]) });
    const added = await check(fresh.merged, fresh.event, { 'fail-on': 'widening' });
    assert.equal(added.exitCode, 1);
    assert.ok(plain(added).includes(`note: \`main:${POLICY}\` does not exist, so it grants nothing`), added.stdout.join('\n'));
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: undefined });
    const gone = await check(merged, event, { 'fail-on': 'widening' });
    assert.deepEqual(gone.stdout, [
      `main:${POLICY} → ${POLICY}: nothing is widened, 1 narrowed`,
      `note: \`${POLICY}\` does not exist, so it grants nothing`,
      'Access token policies: no problems; nothing is widened, 1 narrowed',
    ]);
    assert.equal(gone.exitCode, 0);
  });

  it('compares a policy under its other name', async () => {
    const other = '.github/access-token.yml';
    const { merged, event } = pullRequest({ [other]: policy([main]) }, { [POLICY]: policy([main]), [other]: undefined });
    const run = await check(merged, event, { 'fail-on': 'widening' });
    assert.deepEqual(plain(run).slice(1), ['Access token policies: no problems; nothing that is granted changes']);
    const beside = pullRequest({ [POLICY]: policy([main]) }, { [other]: policy([anyBranch]) });
    const both = await check(beside.merged, beside.event, { 'fail-on': 'widening' });
    assert.equal(both.exitCode, 0);
    assert.ok(plain(both).includes(`note: \`${other}\` is not checked: it does not count beside \`access-token.yaml\`, so remove one of the two`), both.stdout.join('\n'));
  });

  it('takes a policy that is named for both of its names', async () => {
    const other = '.github/access-token.yml';
    const renamed = pullRequest({ [POLICY]: policy([main]) }, { [other]: policy([anyBranch]), [POLICY]: undefined });
    const run = await check(renamed.merged, renamed.event, { path: POLICY, 'fail-on': 'widening' });
    assert.ok(plain(run).includes(`main:${POLICY} → ${other}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
    assert.equal(run.exitCode, 1);
    const overruled = pullRequest({ [other]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const both = await check(overruled.merged, overruled.event, { path: other, 'fail-on': 'widening' });
    assert.ok(plain(both).includes(`main:${other} → ${POLICY}: 1 widened, nothing is narrowed`), both.stdout.join('\n'));
    assert.equal(both.exitCode, 1);
  });

  it('finds the base where the head itself was checked out', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    merged.commit({ [POLICY]: policy(['repo:octo-org/other:ref:refs/heads/main']) });
    merged.git('checkout', '--quiet', 'change');
    const run = await check(merged, event);
    assert.ok(plain(run).includes(`main:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
    const one = await check(checkout(() => merged.shallow(1)), event);
    assert.match(one.stdout[0] ?? '', /::warning title=Not compared::.*; give `actions\/checkout` `fetch-depth: 2` and no `ref`$/);
  });
});

describe('the check action, without its base', () => {
  const why = (commit: string): string =>
    `the commit ${commit.slice(0, 7)} that the change is based on is not in the checkout; give \`actions/checkout\` the input \`fetch-depth: 2\`, or \`0\` where a push has several commits`;

  it('says what to do in a checkout of one commit, and fails where widening matters', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const base = merged.git('rev-parse', 'HEAD^1') ?? '';
    const one = checkout(() => merged.shallow(1));
    const run = await check(one, event);
    assert.deepEqual(run.stdout, [
      `::warning title=Not compared::${why(base)}`,
      `${POLICY} (repository policy of octo-org/website, going by its \`origin\`): no problems`,
      `note: ${why(base)}`,
      'Access token policies: no problems; not known whether anything is widened',
    ]);
    assert.equal(run.exitCode, 0);
    assert.equal(run.outputs['widened'], 'unknown');
    const strict = await check(one, event, { 'fail-on': 'widening' });
    assert.equal(strict.exitCode, 1);
    assert.deepEqual(annotations(strict), [
      `::error title=Not compared::${why(base)}`,
      '::error title=Access token policies::no problems; not known whether anything is widened',
    ]);
  });

  it('has what it needs with two', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    for (const name of ['pull_request', 'pull_request_review', 'pull_request_review_comment']) {
      const run = await check(checkout(() => merged.shallow(2)), { ...event, name });
      assert.equal(run.outputs['widened'], 'true', name);
    }
  });

  it('is not fooled by a checkout of the base, even if that has moved on', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const change = merged.git('rev-parse', 'change')?.slice(0, 7) ?? '';
    merged.git('checkout', '--quiet', 'HEAD^1');
    const ways = {
      pull_request_target: 'run this step on `pull_request`, which checks the change out',
      pull_request: 'give `actions/checkout` no `ref`',
    };
    for (const [name, way] of Object.entries(ways)) {
      const run = await check(merged, { ...event, name }, { 'fail-on': 'widening' });
      assert.equal(run.exitCode, 1);
      const why = `the checkout is not of the change: ${merged.head().slice(0, 7)} does not come after ${change}, its last commit; ${way}`;
      assert.equal(annotations(run)[0], `::error title=Not compared::${why}`);
      merged.commit({ 'README.md': 'moved on' });
    }
  });

  it('fails where git is not installed or nothing was committed', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const why = 'the checkout cannot be asked for the base of the change: it has no commit, or `git` is not installed';
    const run = await check(merged, event, { 'fail-on': 'widening' }, { PATH: '/nowhere' });
    assert.deepEqual(annotations(run).slice(0, 1), [`::error title=Not compared::${why}`]);
    assert.equal(run.exitCode, 1);
    assert.equal(plain(run)[0], `${POLICY} (repository policy of octo-org/website, going by its \`origin\`): no problems`);
  });

  it('fails where the data of the event says nothing', async () => {
    const { merged } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const run = await check(merged, { name: 'pull_request' }, { 'fail-on': 'widening' });
    assert.deepEqual(annotations(run).slice(0, 1), ["::error title=Not compared::the event's data does not say what the change is based on"]);
  });
});

describe('the check action, on other events', () => {
  it('compares a push with what was there before', async () => {
    const pushed = checkout();
    const before = pushed.commit({ [POLICY]: policy([main]) });
    pushed.commit({ [POLICY]: policy([anyBranch]) });
    const run = await check(pushed, { name: 'push', data: { ref: 'refs/heads/main', before } });
    assert.ok(plain(run).includes(`${before.slice(0, 7)}:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
    const made = await check(pushed, { name: 'push', data: { ref: 'refs/heads/new', before: '0'.repeat(40) } }, { 'fail-on': 'widening' });
    assert.equal(made.exitCode, 1);
    assert.match(made.stdout[0] ?? '', /^::error title=Not compared::`new` is new, so what was there before is not known; run this step on `pull_request`/);
  });

  it('compares a merge group with its base', async () => {
    const queue = checkout();
    const base = queue.commit({ [POLICY]: policy([main]) });
    queue.commit({ [POLICY]: policy([anyBranch]) });
    const run = await check(queue, { name: 'merge_group', data: { merge_group: { base_sha: base, base_ref: 'refs/heads/main' } } });
    assert.ok(plain(run).includes(`main:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
  });

  it('has nothing to compare with where nothing changes', async () => {
    const scheduled = checkout();
    scheduled.commit({ [POLICY]: policy([main]) });
    for (const event of [{ name: 'schedule' }, { name: 'push', data: { ref: 'refs/tags/v1', before: '0'.repeat(40) } }]) {
      const run = await check(scheduled, event, { 'fail-on': 'widening' });
      assert.equal(run.exitCode, 0);
      assert.equal(run.outputs['widened'], 'false');
      assert.equal(plain(run).at(-1), 'Access token policies: no problems; nothing to compare with');
    }
  });
});

describe('the check action, findings and tests', () => {
  const wrong = policy([main, 'repo:octo-org/app:enviroment:production'], 'contents: raed');

  it('shows findings at their lines', async () => {
    const found = checkout();
    found.commit({ [POLICY]: wrong });
    const run = await check(found, { name: 'schedule' });
    assert.deepEqual(
      annotations(run).map((line) => line.replace(/(?:: expected|%0A).*/, '')),
      [
        `::warning title=AT014 unknown-claim,file=${POLICY},line=5,endLine=5,col=27,endColumn=37::no subject has the key \`enviroment\``,
        `::error title=AT009 unknown-level,file=${POLICY},line=7,endLine=7,col=17,endColumn=21::\`contents\` has no level \`raed\``,
        '::error title=Access token policies::1 error; 1 warning; nothing to compare with',
      ],
    );
    assert.equal(run.exitCode, 1);
    assert.deepEqual(run.outputs, { errors: '1', warnings: '1', widened: 'false' });
    assert.match(run.summary, /\| warning \| <code>.*access-token&#46;yaml&#58;5<\/code> \| no subject has the key <code>enviroment<\/code> \(AT014\) \| did you mean <code>environment<\/code>&#63; \|/);
  });

  it('fails on warnings where that is wanted', async () => {
    const found = checkout();
    found.commit({ [POLICY]: policy(['repo:octo-org/app:enviroment:production']) });
    assert.equal((await check(found, { name: 'schedule' })).exitCode, 0);
    assert.equal((await check(found, { name: 'schedule' }, { 'fail-on': 'error, Warning' })).exitCode, 1);
  });

  const test = (name: string, branch: string, expect: string): string =>
    [
      `  - name: "${name}"`,
      `    claims: {repository: octo-org/app, ref: refs/heads/${branch}}`,
      '    request: {repositories: [website], permissions: {contents: read}}',
      `    expect: ${expect}`,
      '',
    ].join('\n');

  it('runs the tests', async () => {
    const tested = checkout();
    tested.commit({ [POLICY]: policy([main]), [TESTS]: `tests:\n${test('main reads', 'main', 'granted')}${test('a | branch reads', 'x', 'granted')}` });
    const run = await check(tested, { name: 'schedule' });
    assert.deepEqual(annotations(run).slice(0, 1).map((line) => line.split('%0A').slice(0, 2)), [
      [`::error title=Policy test,file=${TESTS},line=6,endLine=6::a | branch reads`, 'expected granted, found denied'],
    ]);
    assert.ok(plain(run).includes(`${TESTS}: 2 tests: 1 failed`), run.stdout.join('\n'));
    assert.equal(run.exitCode, 1);
    assert.match(run.summary, /access-token&#46;test&#46;yaml<\/code>: 2 tests, 1 failed/);
    tested.commit({ [TESTS]: `tests:\n${test('main reads', 'main', 'granted')}` });
    const fine = await check(tested, { name: 'schedule' });
    assert.equal(fine.exitCode, 0);
    assert.ok(plain(fine).includes(`${TESTS}: 1 test: all as expected`), fine.stdout.join('\n'));
  });

  it('says which file of tests is none', async () => {
    const tested = checkout();
    tested.commit({ [POLICY]: policy([main]), [TESTS]: 'tests: []\n' });
    const run = await check(tested, { name: 'schedule' });
    assert.equal(annotations(run)[0], `::error title=Policy test,file=${TESTS}::cannot use \`${TESTS}\`: \`tests\` is empty: expected at least one test`);
    assert.equal(run.exitCode, 1);
  });

  it('holds repository policies against the policy of the owner', async () => {
    const found = checkout();
    found.commit({ [POLICY]: policy([main], 'secrets: write'), 'owner.yaml': 'origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: read}\n' });
    const run = await check(found, { name: 'schedule' }, { 'owner-policy': 'owner.yaml', path: '.github' });
    assert.match(annotations(run)[0] ?? '', /^::warning title=AT0\d\d not-allowed-by-owner,file=\.github\/access-token\.yaml,line=6/);
    const absent = await check(found, { name: 'schedule' }, { 'owner-policy': 'gone.yaml' });
    assert.equal(annotations(absent)[0], '::error title=Not checked,file=gone.yaml::owner-policy: cannot read `gone.yaml`: it does not exist');
    assert.equal(absent.exitCode, 1);
  });
});

describe('the check action, which files', () => {
  it('holds the policy of the repository against its name, and no other file', async () => {
    const found = checkout();
    const elsewhere = policy([main]).replace('octo-org/website', 'octo-org/docs');
    const commit = found.commit({ [POLICY]: elsewhere, 'teams/docs/.github/access-token.yaml': elsewhere });
    const runs = { GITHUB_REPOSITORY: 'octo-org/website', GITHUB_SHA: commit };
    const run = await check(found, { name: 'schedule' }, {}, runs);
    assert.equal(run.outputs['errors'], '1');
    assert.match(annotations(run)[0] ?? '', /^::error title=AT\d{3} [\w-]*origin,file=\.github\/access-token\.yaml,line=1,/);
    assert.ok(plain(run).includes(`${POLICY} (repository policy of octo-org/website): 1 error; it is invalid as a whole and grants nothing`), run.stdout.join('\n'));
    // Of a fork, and of a checkout of another repository, that is not known.
    const fork = await check(found, { name: 'push', data: { repository: { fork: true } } }, {}, runs);
    const other = await check(found, { name: 'schedule' }, {}, { ...runs, GITHUB_SHA: '1'.repeat(40) });
    assert.deepEqual([fork.outputs['errors'], other.outputs['errors']], ['0', '0']);
  });

  it('knows the repository by the head of the pull request, where that is checked out', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([main]).replace('octo-org/website', 'octo-org/other') });
    merged.git('checkout', '--quiet', 'change');
    const merge = { GITHUB_REPOSITORY: 'octo-org/website', GITHUB_SHA: '1'.repeat(40) };
    const run = await check(merged, event, {}, merge);
    assert.match(annotations(run)[0] ?? '', /^::error title=AT007 wrong-origin,file=\.github\/access-token\.yaml,line=1,/);
    assert.equal(run.outputs['widened'], 'false');
    const elsewhere = { pull_request: { head: { sha: '2'.repeat(40) }, base: { sha: '3'.repeat(40) } } };
    const other = await check(merged, { name: 'pull_request', data: elsewhere }, {}, merge);
    assert.equal(other.outputs['errors'], '0');
  });

  it('says that there is no checkout', async () => {
    const empty = checkout();
    const run = await check(empty, { name: 'schedule' });
    assert.match(annotations(run)[0] ?? '', /^::error title=Not checked::the checkout has no policies: expected `\.github\/access-token\.yaml` in a repository, .* `actions\/checkout` must come before this step$/);
    assert.equal(run.exitCode, 1);
    const named = await check(empty, { name: 'schedule' }, { path: 'policies' });
    assert.equal(annotations(named)[0], '::error title=Not checked,file=policies::input `path`: `policies` does not exist in the checkout; is `actions/checkout` a step before?');
  });

  it('checks the paths that are named and no others', async () => {
    const many = checkout();
    many.commit({ [POLICY]: 'a: [b', 'teams/a/access-token.yaml': policy([main]), 'teams/b.yaml': policy([main]), 'node_modules/x/access-token.yaml': 'a: [b' });
    const run = await check(many, { name: 'schedule' }, { path: 'teams\nteams/b.yaml' });
    assert.deepEqual(plain(run).slice(0, 2).map((line) => line.split(' ')[0]), ['teams/a/access-token.yaml', 'teams/b.yaml']);
    assert.equal(run.exitCode, 0);
    const all = await check(many, { name: 'schedule' });
    assert.deepEqual(plain(all).slice(0, 2).map((line) => line.split(' ')[0]), [POLICY, 'teams/a/access-token.yaml']);
    assert.equal(all.exitCode, 1);
  });

  it('compares a file of another name with itself', async () => {
    const { merged, event } = pullRequest({ 'policies/website.yaml': policy([main]) }, { 'policies/website.yaml': policy([anyBranch]) });
    const run = await check(merged, event, { path: 'policies/website.yaml' });
    assert.ok(plain(run).includes('main:policies/website.yaml → policies/website.yaml: 1 widened, nothing is narrowed'), run.stdout.join('\n'));
    const fresh = pullRequest({ 'README.md': '' }, { 'policies/website.yaml': policy([main]) });
    const added = await check(fresh.merged, fresh.event, { path: 'policies/website.yaml' });
    assert.equal(added.outputs['widened'], 'true');
  });

  it('overlooks nothing that a sparse checkout leaves out', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]), 'teams/access-token.yaml': policy([main]) }, { [POLICY]: policy([anyBranch]) });
    const run = await check(checkout(() => merged.sparse(['teams'])), event, { 'fail-on': 'widening' });
    assert.ok(plain(run).includes(`main:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
    const filtered = await check(checkout(() => merged.sparse(['teams'], '--filter=blob:none')), event);
    const why = 'git does not have it here; give `actions/checkout` the input `filter: blob:limit=200k`, or neither `filter` nor `sparse-checkout`';
    assert.equal(annotations(filtered)[0], `::error title=Not checked,file=${POLICY}::cannot read \`${POLICY}\`: ${why}`);
    assert.equal(annotations(filtered).at(-1), '::error title=Access token policies::1 error; not known whether anything is widened');
    assert.equal(filtered.outputs['widened'], 'unknown');
    assert.match(filtered.summary, /\n\nNot everything could be compared; the findings say why\.\n/);
  });

  it('finds the only checkout of a workspace that is none', async () => {
    const workspace = checkout();
    const [one, other] = ['one', 'other'].map((name) => join(workspace.folder, name));
    for (const folder of [one, other]) {
      mkdirSync(folder ?? '');
      const run = await check(workspace, { name: 'schedule' });
      assert.match(run.stdout[0] ?? '', folder === one ? /the checkout has no policies/ : /^\.github.*: no problems$/);
      new FakeCheckout(folder).commit({ [POLICY]: policy([main]) });
    }
    const run = await check(workspace, { name: 'schedule' });
    assert.deepEqual(run.stdout, ['::error::expected one checkout in the workspace, found `one`, `other`%0Agive the `actions/checkout` of the policies no `path`']);
  });

  it('does not overlook what a .gitignore names and git keeps', async () => {
    const hidden = checkout();
    hidden.commit({ '.gitignore': 'access-token.yaml\nout/\n', [POLICY]: 'a: [b' });
    hidden.write({ 'out/access-token.yaml': 'a: [b' });
    const run = await check(hidden, { name: 'schedule' });
    assert.deepEqual(plain(run).filter((line) => !line.startsWith('note:')).map((line) => line.split(' ')[0]), [POLICY]);
    assert.equal(run.exitCode, 1);
  });

  it('tells everything that is wrong with the inputs', async () => {
    const run = await check(checkout(), { name: 'schedule' }, { path: '/etc/passwd', 'fail-on': 'never' });
    assert.deepEqual(run.stdout, [
      '::error title=Input::input `path`: expected a path within the checkout, such as `.github`, found `/etc/passwd`',
      '::error title=Input::input `fail-on`: expected `error`, `warning` or `widening`, or several of them, found `never`',
      '::error title=Access token policies::2 inputs cannot be used',
    ]);
    assert.equal(run.exitCode, 1);
    assert.equal(run.summary, '');
  });
});

describe('the check action, on what strangers write', () => {
  it('follows no link out of the checkout', async () => {
    const linked = checkout();
    const secret = join(dirname(linked.folder), `${linked.folder.split('/').at(-1) ?? ''}.secret`);
    writeFileSync(secret, 'origin: top-secret\n');
    open.push(() => {
      rmSync(secret);
    });
    linked.write({ '.github/x': '' });
    symlinkSync(secret, join(linked.folder, POLICY));
    // Before it is in a commit, the folder alone says what it is, afterwards the commit.
    const ways = [
      'it is out of the checkout, or a link out of it, which is not followed',
      'it is a folder, or a link to no file of the repository; expected a policy file',
    ];
    for (const way of ways) {
      const run = await check(linked, { name: 'schedule' });
      assert.equal(annotations(run)[0], `::error title=Not checked,file=${POLICY}::cannot read \`${POLICY}\`: ${way}`);
      assert.ok(!JSON.stringify(run).includes('top-secret'));
      assert.equal(run.exitCode, 1);
      linked.commit({});
    }
  });

  it('follows a link to a file of the repository, as GitHub does, before and after', async () => {
    const linked = (text: string): Files => ({ 'policies/website.yaml': text });
    const { merged, event } = pullRequest(linked(policy([main])), linked(policy([anyBranch])), (folder) => {
      mkdirSync(join(folder, '.github'));
      symlinkSync('../policies/website.yaml', join(folder, POLICY));
    });
    const run = await check(merged, event);
    assert.ok(plain(run).includes(`main:${POLICY} → ${POLICY}: 1 widened, nothing is narrowed`), run.stdout.join('\n'));
  });

  it('takes a folder in the place of a policy for what counts, as the broker does', async () => {
    const other = '.github/access-token.yml';
    const { merged, event } = pullRequest({ [other]: policy([main]), [`${POLICY}/x/access-token.yaml`]: '' }, { [`${POLICY}/x/access-token.yaml`]: undefined });
    const freed = await check(merged, event);
    assert.ok(plain(freed).includes(`main:${POLICY} → ${other}: 1 widened, nothing is narrowed`), freed.stdout.join('\n'));
    merged.git('checkout', '--quiet', 'HEAD^1');
    const hidden = await check(merged, { name: 'schedule' });
    assert.match(annotations(hidden)[0] ?? '', /^::error title=Not checked,file=\.github\/access-token\.yaml::.*: it is a folder, or a link to no file of the repository/);
  });

  it('reads nothing of the folder of git', async () => {
    const curious = checkout();
    curious.commit({ [POLICY]: policy([main]), [TESTS]: 'owner-policy: ../.git/config\ntests: [{name: a, claims: {}, request: {}, expect: denied}]\n' });
    const run = await check(curious, { name: 'schedule' });
    assert.match(annotations(run)[0] ?? '', /: it is in the folder of git, which is not read$/);
    symlinkSync('.git/config', join(curious.folder, 'access-token.yaml'));
    assert.match(annotations(await check(curious, { name: 'schedule' }))[0] ?? '', /`access-token.yaml`: it is in the folder of git, which is not read$/);
  });

  it('judges what the commit has, however the folder shows it', async () => {
    const { merged, event } = pullRequest({ [POLICY]: policy([main]) }, { [POLICY]: policy([anyBranch]) });
    // As on a disk without letter case another file may lie in its place, or an encoding of a `.gitattributes`.
    merged.write({ [POLICY]: policy([main]) });
    const run = await check(merged, event, { 'fail-on': 'widening' });
    assert.equal(run.exitCode, 1);
    assert.deepEqual(annotations(run).map((line) => line.split('::')[1]).slice(0, 2), [
      `notice title=Not as committed,file=${POLICY}`,
      `error title=Grants more (low risk),file=${POLICY},line=3,endLine=3`,
    ]);
    merged.write({ [POLICY]: policy([anyBranch]).replaceAll('\n', '\r\n') });
    const windows = await check(merged, event);
    assert.deepEqual(annotations(windows).map((line) => line.split(' ')[0]), ['::notice']);
    assert.match(annotations(windows)[0] ?? '', /Grants more/);
  });

  it('shows what an owner policy newly allows at its line', async () => {
    const owner = (...lines: readonly string[]): Files => ({ 'access-token.yaml': ['origin: octo-org/.github-access-token', ...lines, ''].join('\n') });
    const own = (text: string): string => `- ${text}`;
    const { merged, event } = pullRequest(
      owner('allowed-subjects:', own('repo:octo-org/app:**'), 'allowed-repository-permissions:', '  contents: read', '  issues: write'),
      owner('allowed-subjects:', own('repo:octo-org/app:**'), own("'repo:${origin}:**'"), 'allowed-repository-permissions:', '  issues: write', '  contents: write'),
    );
    const run = await check(merged, event);
    assert.deepEqual(annotations(run).map((line) => line.split('::').slice(1).join(' ').split('%0A')[0]), [
      'notice title=Grants more (medium risk),file=access-token.yaml,line=4,endLine=4 may ask for tokens at all',
      'notice title=Grants more (medium risk),file=access-token.yaml,line=7,endLine=7 repository policies may grant contents: write (had read)',
    ]);
    // Where no entry says it, the key does; and what is left to the default has no line.
    const list = owner('allowed-subjects: []');
    const opened = pullRequest(list, owner());
    assert.match(annotations(await check(opened.merged, opened.event))[0] ?? '', /^::notice title=Grants more \(medium risk\),file=access-token\.yaml::/);
  });

  it('takes what nobody can read in the base for no grant, so that it can be mended', async () => {
    const { merged, event } = pullRequest({ [POLICY]: Buffer.from([0xff, 0xfe, 0x00]) }, { [POLICY]: policy([main]) });
    const run = await check(merged, event);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(run.outputs, { errors: '0', warnings: '0', widened: 'true' });
    assert.ok(plain(run).includes(`note: \`main:${POLICY}\` is invalid as a whole, so it grants nothing`), run.stdout.join('\n'));
  });

  it('lets no text become a command, a row or a link', async () => {
    const hostile = checkout();
    hostile.commit({ [POLICY]: `origin: octo-org/website\n"::set-output name=x::y\\n::error::z [a](https://example.com) <img src=x> | \`": 1\n` });
    const run = await check(hostile, { name: 'schedule' });
    assert.deepEqual(run.stdout.filter((line) => /^\s*::(?!error title=|warning title=)/.test(line)), []);
    assert.doesNotMatch(run.summary, /https:\/\/|<img|\]\(/);
    assert.equal(run.exitCode, 1);
  });

  it('lets no name of a file become a link, and shows what cannot be seen', async () => {
    const file = 'a`![x](https:/example.com)`@octocat/access-token.yaml';
    const { merged, event } = pullRequest({ 'README.md': '' }, { [file]: policy(['repo:octo-org/app:ref:refs/heads/main\u{200b}']) });
    const run = await check(merged, event);
    assert.doesNotMatch(run.summary.replaceAll(/(`+) ?[^`].*?[^`]\1(?!`)/g, ''), /(?<!\\)(?:!\[|\]\()|@octocat/);
    assert.match(run.summary, /^> `main:a`\\!\\\[x\\\]/m);
    assert.match(run.summary, /for `repo:octo-org\/app:ref:refs\/heads\/main\u{fffd}`/u);
  });

  it('says that a file is too large or no text, and reads no more of it', async () => {
    const large = checkout();
    large.commit({ [POLICY]: `# ${'x'.repeat(102_400)}` });
    assert.match(annotations(await check(large, { name: 'schedule' }))[0] ?? '', /larger than 102400 bytes/);
    large.commit({ [POLICY]: Buffer.from([0xff, 0xfe, 0x00]) });
    assert.match(annotations(await check(large, { name: 'schedule' }))[0] ?? '', /it is not UTF-8 text$/);
  });

  it('fails where the core does not lie beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'access-token-dist-'));
    open.push(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(join(folder, 'check.js'), readFileSync('dist/check.js'));
    const { folder: workspace } = checkout();
    const run = await runStep('check', { PATH: process.env['PATH'] ?? '', GITHUB_WORKSPACE: workspace, GITHUB_EVENT_NAME: 'schedule' }, folder);
    assert.match(run.stdout[0] ?? '', /^::error::the action's core cannot be loaded: .*%0Ause a release of the action whose `dist` is complete$/);
    assert.equal(run.exitCode, 1);
  });
});
