// Policies as organizations have them, made by numbers, so that each run has the same: some files have mistakes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERMISSIONS = ['contents', 'issues', 'pull-requests', 'actions', 'deployments', 'packages', 'checks', 'statuses', 'secrets', 'environments'];
const SUBJECTS = [
  (app) => `repo:octo-org/${app}:ref:refs/heads/main`,
  (app) => `repo:octo-org/${app}:ref:refs/heads/release/*`,
  (app) => `repo:octo-org/${app}:environment:production`,
  (app) => `repo:octo-org@65/${app}@4711:ref:refs/tags/v*`,
  (app) => `repo:octo-org/${app}:job_workflow_ref:octo-org/workflows/.github/workflows/deploy.yaml@refs/heads/main`,
  (app) => `repo:octo-org/${app}:workflow_ref:octo-org/${app}/.github/workflows/ci.yaml@refs/heads/main`,
];
/** One in ten files has one of these. */
const MISTAKES = [
  (text) => text.replace('permissions:', 'permission:'),
  (text) => text.replace(/: (read|write)$/m, ': wrtie'),
  (text) => text.replace(':ref:', ':reff:'),
  (text) => `${text}origin: octo-org/other\n`,
  (text) => text.replace('    subjects:', '    subjects: ['),
];

/** Writes `count` checkouts, each with a policy, and returns how many bytes the policies have. */
export function writePolicies(folder, count) {
  let bytes = 0;
  for (let number = 0; number < count; number += 1) {
    const text = policyOf(number);
    const place = join(folder, `repository-${String(number).padStart(4, '0')}`, '.github');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'access-token.yaml'), text);
    bytes += text.length;
  }
  return bytes;
}

/** Three to fourteen statements with one to four subjects each. */
function policyOf(number) {
  const random = generator(number);
  const statements = Array.from({ length: 3 + random(12) }, () => statementOf(random));
  const text = `# Who gets what of this repository.\norigin: octo-org/repository-${number}\nstatements:\n${statements.join('')}`;
  return number % 10 === 9 ? MISTAKES[Math.floor(number / 10) % MISTAKES.length](text) : text;
}

function statementOf(random) {
  const app = `app-${random(400)}`;
  const lines = [`  # What ${app} does here.`, `  - description: ${app} keeps this up to date`, '    subjects:'];
  for (let left = 1 + random(4); left > 0; left -= 1) lines.push(`      - ${SUBJECTS[random(SUBJECTS.length)](app)}`);
  lines.push('    permissions:');
  const first = random(PERMISSIONS.length);
  for (let left = random(3); left >= 0; left -= 1) {
    lines.push(`      ${PERMISSIONS[(first + left) % PERMISSIONS.length]}: ${random(2) === 0 ? 'read' : 'write'}`);
  }
  if (random(3) === 0) lines.push('    claims: {runner_environment: github-hosted}');
  if (random(6) === 0) lines.push('    expires: 2026-12-31');
  return `${lines.join('\n')}\n`;
}

/** Numbers below a bound, always the same for a seed (a linear congruence; the low bits are too regular). */
function generator(seed) {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
