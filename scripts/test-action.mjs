// Runs the action's tests, bundled: `npm run test:action`.
//
//   node scripts/test-action.mjs              each `action/test/*.test.ts`, on this Node and on those in `action/test/node20` and
//                                             `action/test/node24` whose major version is another one
//   node scripts/test-action.mjs --scenarios  on this Node those that run the shipped steps and nothing of a shell, for systems
//                                             other than Linux

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundledTests } from './test/bundled-tests.mjs';
import { scenarios } from './test/scenarios.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const options = process.argv.slice(2);
const unknown = options.find((option) => option !== '--scenarios');
if (unknown !== undefined) {
  console.error(`unknown option \`${unknown}\`: expected \`--scenarios\``);
  process.exit(2);
}
const onlyScenarios = options.includes('--scenarios');

const tests = onlyScenarios ? scenarios.map((name) => `${name}.test.ts`) : readdirSync('action/test').filter((name) => name.endsWith('.test.ts'));
const files = await bundledTests(tests.map((name) => `action/test/${name}`), 'target/action-test');
for (const node of [process.execPath, ...(onlyScenarios ? [] : otherNodes())]) {
  console.log(`\naction tests on Node ${versionOf(node)}`);
  const { status } = spawnSync(node, ['--enable-source-maps', '--test', '--test-reporter=spec', ...files], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

function otherNodes() {
  return ['20', '24'].filter((major) => process.versions.node.split('.')[0] !== major).map(nodeOf);
}

/** The binary of a Node that a package carries, installed if need be. */
function nodeOf(major) {
  const folder = `action/test/node${major}`;
  const binary = `${folder}/node_modules/node/bin/node`;
  if (!existsSync(binary)) spawnSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' });
  return binary;
}

function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
}
