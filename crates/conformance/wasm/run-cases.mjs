// Decides scenarios with the whole wasm core: a scenario as JSON on each line of standard input, its verdict on
// each line of standard output.

import { createInterface } from 'node:readline';
import { decide } from '../../../scripts/whole-core.mjs';

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(verdict(JSON.parse(line)))}\n`);
}

/** The core throws for what is no scenario; every other input has a verdict. */
function verdict(scenario) {
  try {
    return decide(scenario);
  } catch (error) {
    return { broken_scenario: String(error) };
  }
}
