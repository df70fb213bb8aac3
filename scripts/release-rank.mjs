// What a release is among the others: `node scripts/release-rank.mjs v3.0.2 main < TAGS`, where TAGS are those of the releases that
// there are, one a line. Writes outputs of a step: `kind`, which tells `gh release create` what it is, and `major`, the tag that
// moves to it, empty where none does.
//
// Fails unless the commit at hand is on the default branch, or on the branch `release/v3` of its major version.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { versionOf } from './release-version.mjs';

const [tag = '', defaultBranch = ''] = process.argv.slice(2);
const version = versionOf(tag);
if (version === undefined) stop(`expected a tag such as \`v3.0.0\`, found \`${tag}\``);
const major = `v${version.numbers[0]}`;

const branches = [defaultBranch, `release/${major}`];
if (!isBranch(defaultBranch)) stop(`the default branch \`${defaultBranch}\` is not here: fetch all branches`);
if (!branches.some((branch) => isBranch(branch) && git('merge-base', '--is-ancestor', 'HEAD', remote(branch)))) {
  stop(`the commit of \`${tag}\` is on neither of the branches ${branches.map((branch) => `\`${branch}\``).join(' and ')}: merge it there, and push the tag anew`);
}

const others = readFileSync(0, 'utf8').split('\n').map(versionOf).filter((other) => other?.isPrerelease === false);
const higher = others.filter((other) => isHigher(other, version));
const moves = !version.isPrerelease && !higher.some(({ numbers }) => numbers[0] === version.numbers[0]);
const latest = higher.length === 0 ? '--latest' : '--latest=false';
console.log(`kind=${version.isPrerelease ? '--prerelease' : latest}`);
console.log(`major=${moves ? major : ''}`);

function isHigher({ numbers }, other) {
  const at = numbers.findIndex((number, place) => number !== other.numbers[place]);
  return at >= 0 && numbers[at] > other.numbers[at];
}

function isBranch(name) {
  return git('rev-parse', '--quiet', '--verify', `${remote(name)}^{commit}`);
}

function remote(branch) {
  return `refs/remotes/origin/${branch}`;
}

/** Whether git says yes; what it prints otherwise is shown. */
function git(...words) {
  const { status, error } = spawnSync('git', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error !== undefined) throw error;
  return status === 0;
}

function stop(problem) {
  console.error(`error: ${problem}`);
  process.exit(1);
}
