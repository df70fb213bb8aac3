// Bundles the two entries of the action into `dist/`, or into the directory given as the argument.
//
// CommonJS, because it starts 4 to 8 ms faster than ES modules; not minified, because `dist/` is read in reviews.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

await build({
  absWorkingDir: root,
  entryPoints: { main: 'action/src/main.ts', post: 'action/src/post.ts' },
  outdir: process.argv[2] ?? 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  charset: 'utf8',
  legalComments: 'inline',
  define: { ACTION_VERSION: JSON.stringify(version) },
  banner: { js: '// Built from action/src by `npm run build:js`; edit that instead.\n"use strict";' },
  logLevel: 'warning',
});
