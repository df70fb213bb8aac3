// Runs the action's tests: bundles each `action/test/*.test.ts`, then runs them on this Node and on those in
// `action/test/node20` and `action/test/node24` whose major version is another one.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundledTests } from './test/bundled-tests.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const tests = readdirSync('action/test').filter((name) => name.endsWith('.test.ts'));
const files = await bundledTests(tests.map((name) => `action/test/${name}`), 'target/action-test');
for (const node of [process.execPath, ...otherNodes()]) {
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
