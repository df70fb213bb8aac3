// Mixed load with faults in it, for ten minutes or as many seconds as are given: `npm run soak [-- SECONDS]`.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [seconds = '600', ...rest] = process.argv.slice(2);
if (!/^[1-9][0-9]{0,5}$/.test(seconds) || rest.length > 0) {
  console.error('expected: npm run soak [-- SECONDS]');
  process.exit(2);
}
const test = ['test', '--locked', '-p', 'conformance', '--test', 'http', '--', '--nocapture', 'soak::'];
const { status } = spawnSync('cargo', test, { stdio: 'inherit', env: { ...process.env, SOAK_SECONDS: seconds } });
process.exitCode = status ?? 1;
