// The action's tests as files that Node runs.

import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

/** Bundles these files of tests into the directory, which holds nothing else then; gives the paths of the bundles. */
export async function bundledTests(files, out) {
  rmSync(out, { recursive: true, force: true });
  await build({
    entryPoints: files.map((file) => ({ in: file, out: basename(file, '.ts') })),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    define: { ACTION_VERSION: '"0.0.0"' },
    logLevel: 'warning',
  });
  return files.map((file) => `${out}/${basename(file, '.ts')}.mjs`);
}
