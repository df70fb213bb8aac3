// Compares all four engines (native, wasm, a broker over HTTP, the oracle) on generated scenarios:
// `npm run differential [-- COUNT [SEED]]`, a million unless told otherwise. The
// same seed gives the same scenarios; each part of 250 has one of its own, counted on from SEED.
//
// The last lines say how many scenarios each engine was compared on, what the verdicts were, and what could not be
// played over HTTP, and why.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [count = '1000000', seed = '1', ...rest] = process.argv.slice(2);
if (![count, seed].every((number) => /^[1-9][0-9]{0,8}$/.test(number)) || rest.length > 0) {
  console.error('expected: npm run differential [-- COUNT [SEED]]');
  process.exit(2);
}
const test = ['test', '--release', '--locked', '-p', 'conformance', '--test', 'http', '--', '--nocapture', 'differential::'];
const env = { ...process.env, DIFFERENTIAL_SCENARIOS: count, DIFFERENTIAL_SEED: seed };
const begin = Date.now();
const { status } = spawnSync('cargo', test, { stdio: 'inherit', env });
console.log(`${((Date.now() - begin) / 1000).toFixed(0)} s, with building`);
process.exitCode = status ?? 1;
