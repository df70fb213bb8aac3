// What the wasm core is built from, as one hash.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const SOURCES = ['Cargo.toml', 'Cargo.lock', 'crates/github-types', 'crates/policy', 'crates/wasm'];

/** SHA-256 over the path and content of every source file, in the order of the paths. */
export function sourceHash(root) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => files(join(root, source)))) {
    hash.update(`${relative(root, file).replaceAll('\\', '/')}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}
