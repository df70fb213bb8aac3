// The main job from start to end on one machine: a workflow step gets a token that a policy allows, uses it, and it is
// revoked; another is refused. It needs Node and cargo, and nothing else: no packages, no network beyond loopback.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { binary, startBroker, startSandbox, stopAll } from './demo/processes.mjs';
import { Job } from './demo/runner.mjs';
import { check, complain, quote, say, step, theEnd, title } from './demo/story.mjs';

const world = 'crates/sandbox/world';
const policy = `${world}/octo-org/website/files/.github/access-token.yaml`;
const secretPlan = '/repos/octo-org/website/contents/docs/secret-plan.md';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
let isInterrupted = false;
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  process.on(signal, () => {
    isInterrupted = true;
    void stopAll().finally(() => process.exit(code));
  });
}

try {
  await tell();
} catch (error) {
  if (!isInterrupted) complain(error);
  process.exitCode = 1;
} finally {
  await stopAll();
}

async function tell() {
  title('A workflow gets a short-lived token, uses it, and gives it back');
  const path = await binary(say);

  step('A GitHub of our own, and a broker on it, start on this machine');
  const github = await startSandbox(path, world);
  const broker = await startBroker(path, github);
  say(`sandbox ${github.url}  a world of plain files: ${world}`);
  say(`broker  ${broker}  holds the key of the GitHub App`);

  const inputs = {
    permissions: 'contents: read',
    repository: '',
    repositories: 'website',
    owner: '',
    'app-server': broker,
    scope: '',
    'github-api-url': github.api_url,
    'skip-token-revoke': 'false',
  };
  const { job, token, state } = await getToken(github, inputs);
  await useToken(github, token);
  await giveBack(github, job, { inputs, token, state });
  await beRefused(github, inputs);
  theEnd(['Now change something and run it again, such as `contents: read` in', policy]);
}

async function getToken(github, inputs) {
  step('octo-org/website has a policy: who may do what with it');
  quote(readFileSync(policy, 'utf8').trimEnd().split('\n'));

  step('A job of octo-org/app on the branch main asks for a token');
  quote(['- uses: octo-org/access-token@v3', '  with:', `    app-server: ${inputs['app-server']}`]);
  quote(['    repositories: website', '    permissions: |', '      contents: read']);
  say('What the step (dist/main.js) prints:');
  const job = await Job.start(github, { repository: 'octo-org/app', ref: 'refs/heads/main', event_name: 'push' });
  const run = await job.runMain(inputs);
  quote(run.log);
  if (isRefused(run)) throw edited('no longer grants what the demo asks for');
  const { token } = run.outputs;
  check(run.exitCode === 0 && Boolean(token), 'the step succeeds, and its output `token` is the token');
  check(!run.prints(token), 'the token is shown nowhere: the step masks it');
  return { job, token, state: run.state };
}

async function useToken(github, token) {
  step('The token can do what was granted, and nothing else');
  check((await livingTokens(github)) === 1, 'GitHub knows one token that can read contents');
  const plan = await ask(github, 'GET', secretPlan, token);
  check(plan.status === 200, `reads a file of the private repository (${plan.status}):`);
  quote(plan.text.trimEnd().split('\n'));
  const stranger = await ask(github, 'GET', secretPlan);
  check(stranger.status === 404, `without the token there is no such file (${stranger.status})`);
  const body = { message: 'Tell everybody', content: Buffer.from('Friday!').toString('base64') };
  const write = await ask(github, 'PUT', '/repos/octo-org/website/contents/news.md', token, body);
  check(write.status === 403, `may not write a file (${write.status} ${write.message})`);
  const other = await ask(github, 'GET', '/repos/octo-org/infra/contents/README.md', token);
  check(other.status === 404, `cannot even see the repository octo-org/infra (${other.status} ${other.message})`);
}

async function giveBack(github, job, { inputs, token, state }) {
  step('The job ends: the post step (dist/post.js) revokes the token');
  const run = await job.runPost(inputs, state);
  quote(run.log);
  check(run.exitCode === 0 && !run.prints(token), 'the post step succeeds');
  const late = await ask(github, 'GET', secretPlan, token);
  check(late.status === 401, `the token is dead (${late.status} ${late.message})`);
}

async function beRefused(github, inputs) {
  step('A pull request of octo-org/app runs the same step');
  const job = await Job.start(github, { repository: 'octo-org/app', event_name: 'pull_request' });
  const run = await job.runMain(inputs);
  quote(run.log);
  if (run.exitCode === 0) throw edited('now grants what the demo expects to be refused');
  check(run.exitCode === 1 && run.outputs.token === undefined, 'the step fails: the policy does not grant it');
  check(run.log.join('\n').includes('- repo:octo-org/app:pull_request'), 'the hint says what would');
  check((await livingTokens(github)) === 0, 'GitHub made no token for it');
}

/** Whether the broker refused the request of a step: then it has issues with it. */
function isRefused(run) {
  return run.exitCode === 1 && run.log.includes('Error: Issues:');
}

/** The world is there to be edited: that is no failure of anything. */
function edited(what) {
  return new Error(`the policy ${what}: undo the edit to see the rest\n   ${policy}`);
}

/** How many tokens that can read contents the sandbox has made and nobody has revoked. */
async function livingTokens(github) {
  const tokens = await (await fetch(`${github.url}/sandbox/tokens`)).json();
  return tokens.filter(({ revoked, permissions }) => !revoked && permissions.contents !== undefined).length;
}

/** One request to the sandbox's REST API. */
async function ask(github, method, path, token, body) {
  const answer = await fetch(github.api_url + path, {
    method,
    headers: {
      accept: method === 'GET' ? 'application/vnd.github.raw+json' : 'application/vnd.github+json',
      'user-agent': 'access-token-demo',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, message: messageOf(text) };
}

function messageOf(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return '';
  }
}
