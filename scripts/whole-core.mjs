// The whole wasm core, ready to be asked: it is shipped packed, as `dist/whole.wasm.br`.

import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import * as core from '../crates/wasm/whole/core.js';

core.initSync({ module: brotliDecompressSync(readFileSync(new URL('../dist/whole.wasm.br', import.meta.url))) });

export const { checkPolicy, checkUp, decide } = core;
