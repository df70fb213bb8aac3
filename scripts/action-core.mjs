// The wasm core of the action as it is shipped, for scripts.

import { readFileSync } from 'node:fs';
import * as core from '../action/core/core.js';

core.initSync({ module: readFileSync(new URL('../dist/core.wasm', import.meta.url)) });

export const { prepare, settle } = core;
