// Checks that the documents tell the truth: examples are fed to the core, tables and names are compared with the code.
//
//   node scripts/docs-check.mjs
//
// Needs the whole built core (`dist/whole.wasm.br`) and nothing else.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { blocksOf, headingsOf, linksOf, rowsOf } from './docs-markdown.mjs';
import { staleTables } from './readme-tables.mjs';
import * as step from './action-core.mjs';
import * as core from './whole-core.mjs';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const documents = [
  'README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CHANGELOG.md', 'CONTRIBUTING.md',
  ...readdirSync(new URL('docs', root)).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

const problems = [];
const counts = { policies: 0, schemas: 0, steps: 0, grants: 0, patterns: 0, answers: 0, links: 0 };
const complain = (place, message) => problems.push(`${place}: ${message}`);

for (const path of documents) {
  const text = read(path);
  const blocks = blocksOf(text);
  for (const block of blocks) {
    const place = `${path}:${block.line}`;
    if (block.language === 'yaml') checkPolicy(place, block);
    if (block.language === 'json') checkJson(place, block);
    for (const step of stepsOf(block)) checkStep(place, step);
  }
  checkUseCases(path, blocks);
  checkLinks(path, text);
  checkScripts(path, text);
  checkSchemas(path, text);
}
checkPatterns('docs/policy.md');
checkCodes('docs/policy.md', 'Reasons for a refusal', /=> "([a-z-]+)",$/gm, 'crates/policy/src/decision.rs');
checkCodes('docs/policy.md', 'Findings of the checker', /= "(AT\d+)",$/gm, 'crates/policy/src/diagnostic.rs');
checkCodes('docs/protocol.md', 'Errors', /^ {4}\/\/\/ (\d{3}):/gm, 'crates/broker/src/failure.rs');
problems.push(...staleTables());
if (read('ARCHITECTURE.md').split('\n').length > 151) complain('ARCHITECTURE.md', 'longer than 150 lines');
// A check that finds nothing to check has lost sight of the documents.
for (const [what, count] of Object.entries(counts)) if (count === 0) complain('docs-check', `found no ${what}`);

for (const problem of problems) console.error(problem);
if (problems.length === 0) {
  console.log(`documents: ${Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(', ')} are as the code has it`);
} else {
  process.exitCode = 1;
}

/** A policy, or a list of statements, must have exactly the findings that a comment before it announces: mostly none. */
function checkPolicy(place, { text, note }) {
  const policy = policyOf(text);
  if (policy === undefined) return;
  counts.policies += 1;
  const { valid, diagnostics } = core.checkPolicy(policy);
  const expected = /^findings: (.*)$/.exec(note)?.[1].split(' ') ?? [];
  const found = diagnostics.map(({ code }) => code);
  if (String(found) !== String(expected)) {
    const told = diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ') || 'none';
    complain(place, `findings in this policy: ${told}; expected: ${expected.join(' ') || 'none'}`);
  }
  if (!valid && expected.length === 0) complain(place, 'this policy is invalid');
}

function policyOf(text) {
  const statements = /^- (?:subjects|description):/m.test(text.replaceAll(/^ .*$/gm, ''));
  const whole = statements ? `origin: octo-org/website\nstatements:\n${text.replaceAll(/^/gm, '  ')}` : text;
  const origin = /^origin: (\S+)$/m.exec(whole)?.[1];
  if (origin === undefined) return undefined;
  const isOwner = origin.endsWith('/.github-access-token');
  // Where a copied policy is shown, it was found in the usual repository.
  const repository = isOwner || origin === 'octo-org/infra' ? origin : 'octo-org/website';
  return { kind: isOwner ? 'owner' : 'repository', text: whole, repository };
}

/** The steps that use the action, with their inputs; as far as the documents use YAML. */
function stepsOf({ language, text }) {
  if (language !== 'yaml') return [];
  const steps = text.split(/^(?= *- )/m).filter((step) => /uses: \S*access-token@/.test(step));
  return steps.map((step) => {
    const [, indent, body] = /^( *)with:\n([\s\S]*)$/m.exec(step) ?? [undefined, '', ''];
    const inputs = {};
    let key;
    for (const line of body.split('\n')) {
      const depth = line.length - line.trimStart().length;
      if (line.trim() !== '' && depth <= indent.length) break;
      const [, name, value] = depth === indent.length + 2 ? (/^ *([\w-]+): ?(.*)$/.exec(line) ?? []) : [];
      if (name !== undefined) [key, inputs[name]] = [name, value === '|' ? '' : value.replace(/\s+#.*$/, '')];
      else if (key !== undefined) inputs[key] += `${line.trim()}\n`;
    }
    return inputs;
  });
}

function prepare(inputs) {
  const known = [...read('action.yml').split('outputs:')[0].matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name);
  const unknown = Object.keys(inputs).filter((name) => !known.includes(name));
  if (unknown.length > 0) return { ok: false, problems: [{ message: `no inputs of the action: ${unknown.join(', ')}` }] };
  const [, fallback] = /^ {4}default: (https:\S+)$/m.exec(read('action.yml')) ?? [];
  const input = (name) => inputs[name] ?? '';
  return step.prepare(
    {
      permissions: input('permissions'),
      repository: input('repository'),
      repositories: input('repositories'),
      owner: input('owner'),
      appServer: inputs['app-server'] ?? fallback,
      scope: input('scope'),
      skipTokenRevoke: input('skip-token-revoke'),
    },
    { repository: 'octo-org/app', eventName: 'push' },
  );
}

function checkStep(place, inputs) {
  counts.steps += 1;
  const prepared = prepare(inputs);
  if (!prepared.ok) for (const { message } of prepared.problems) complain(place, `the step's inputs: ${message}`);
}

/**
 * A section with a job and a policy must work as it stands: with the owner policy of the same document, the job of
 * `octo-org/app` on `main` is granted what its step asks for, for the repository that the policy is for.
 */
function checkUseCases(path, blocks) {
  const policies = blocks.filter(({ text }) => /^origin: /m.test(text));
  const ownerPolicy = policies.find(({ text }) => /^origin: \S+\/\.github-access-token$/m.test(text))?.text;
  for (const job of blocks.filter(({ text }) => /^jobs:/m.test(text))) {
    const policy = policies.find(({ section }) => section === job.section);
    const prepared = stepsOf(job).map(prepare).find(({ ok }) => ok);
    if (policy === undefined || prepared === undefined) continue;
    const [, repository] = /^origin: octo-org\/(\S+)$/m.exec(policy.text);
    const verdict = core.decide(scenario({
      claims: { environment: /environment: (\S+)/.exec(job.text)?.[1] },
      request: { ...prepared.request, repositories: [repository] },
      owner_policy: ownerPolicy,
      repository_policies: { [repository]: policy.text },
    }));
    counts.grants += 1;
    if (verdict.granted !== true) complain(`${path}:${job.line}`, `this job would get no token: ${JSON.stringify(verdict)}`);
  }
}

function scenario({ claims, request, ...rest }) {
  const permissions = Object.entries({ ...request.permissions, single_file: 'read' });
  return {
    now: '2026-11-01T12:00:00Z',
    claims: {
      sub: 'repo:octo-org/app:ref:refs/heads/main',
      repository: 'octo-org/app',
      repository_owner: 'octo-org',
      ref: 'refs/heads/main',
      workflow_ref: 'octo-org/app/.github/workflows/release.yml@refs/heads/main',
      event_name: 'push',
      ...claims,
    },
    request,
    installation: {
      owner_id: 65,
      permissions: Object.fromEntries(permissions),
      single_file_paths: ['access-token.yaml', 'access-token.yml', '.github/access-token.yaml', '.github/access-token.yml'],
    },
    ...rest,
  };
}

/** Each line of the table of patterns is decided as a whole: a policy of `octo-org/website` with that one subject. */
function checkPatterns(path) {
  const [, text = ''] = /<!-- patterns: begin -->([\s\S]*?)<!-- patterns: end -->/.exec(read(path)) ?? [];
  for (const [pattern, subject, matches] of rowsOf(text)) {
    const sub = subject.replaceAll('`', '');
    const verdict = core.decide(scenario({
      claims: { sub, ref: undefined, workflow_ref: undefined },
      request: { repositories: ['website'], permissions: { contents: 'read' } },
      owner_policy: `origin: octo-org/.github-access-token\nallowed-subjects: ['${sub}']\nallowed-repository-permissions: {contents: read}\n`,
      repository_policies: {
        website: `origin: octo-org/website\nstatements:\n  - subjects: ['${pattern.replaceAll('`', '')}']\n    permissions: {contents: read}\n`,
      },
    }));
    counts.patterns += 1;
    const code = verdict.denied?.[0].code;
    if (verdict.granted !== true && code !== 'not-granted-by-repository-policy') complain(path, `${pattern}: not decided by the pattern (${code})`);
    if ((verdict.granted === true ? 'yes' : 'no') !== matches) complain(path, `${pattern} and ${subject}: the table says ${matches}`);
  }
}

/** Example answers are JSON with the broker's words, and the action's core understands those that are marked as examples. */
function checkJson(place, { text, note }) {
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    complain(place, `not JSON: ${error.message}`);
    return;
  }
  const failures = read('crates/broker/src/failure.rs') + read('crates/broker/src/exchange.rs') + read('crates/broker/src/github_failure.rs');
  if (body.status >= 404 && body.message !== undefined && !failures.includes(`"${body.message}"`)) {
    complain(place, `the broker never says \`${body.message}\``);
  }
  const status = /^example: (\d+)$/.exec(note)?.[1];
  if (status === undefined) return;
  counts.answers += 1;
  const request = { repositories: ['website', 'docs'], permissions: body.permissions ?? { secrets: 'write' } };
  const { claims } = scenario({ request });
  const outcome = step.settle({ request, repository: 'octo-org/app', claims, status: Number(status), body: text });
  const expected = status === '200' ? 'granted' : 'refused';
  if (outcome.kind !== expected) complain(place, `the action takes this answer as ${outcome.kind}: ${outcome.message}`);
}

/** What an editor is pointed to must lie in the repository. */
function checkSchemas(path, text) {
  for (const [, schema] of text.matchAll(/^ *# yaml-language-server: \$schema=https:\S+\/(schemas\/\S+)$/gm)) {
    counts.schemas += 1;
    if (!existsSync(new URL(schema, root))) complain(path, `there is no \`${schema}\``);
  }
}

/** The codes in the first column of the first table of a section are those of the source, all of them. */
function checkCodes(path, heading, pattern, source) {
  const [, section = ''] = read(path).split(new RegExp(`^##+ ${heading}$`, 'm'));
  const told = rowsOf(section.split(/^## /m)[0]).map(([code]) => code.replaceAll('`', '')).sort();
  const real = [...new Set([...read(source).matchAll(pattern)].map(([, code]) => code))].sort();
  if (String(told) !== String(real)) complain(path, `the table of "${heading}" has ${told.join(' ')}; ${source} has ${real.join(' ')}`);
}

function checkLinks(path, text) {
  for (const { target, line } of linksOf(text)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file, anchor] = target.split('#');
    const linked = file === '' ? path : posix.join(posix.dirname(path), file);
    counts.links += 1;
    if (!existsSync(new URL(linked, root))) complain(`${path}:${line}`, `\`${target}\` does not exist`);
    else if (anchor !== undefined && !headingsOf(read(linked)).includes(anchor)) complain(`${path}:${line}`, `\`${target}\` has no such heading`);
  }
}

function checkScripts(path, text) {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...text.matchAll(/npm (?:run )?((?<=run )[\w:]+|test)/g)].map(([, name]) => name);
  for (const name of new Set(named)) if (!(name in scripts)) complain(path, `package.json has no script \`${name}\``);
}
