// What the wasm core is built from, as one hash: its crates, the exact versions of what they use, and how it is built.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The crates of each core. The crate `wasm` has files that only the whole one uses, but they are few. */
const CRATES = {
  action: ['crates/github-types', 'crates/policy', 'crates/wasm/src', 'crates/wasm/Cargo.toml'],
  whole: ['crates/github-types', 'crates/policy', 'crates/lint', 'crates/preview', 'crates/wasm/src', 'crates/wasm/Cargo.toml'],
};
/** The sections of the workspace's manifest that count as a whole. */
const SECTIONS = ['workspace.package', 'profile.release', 'profile.wasm'];

/** SHA-256 over the path and content of every source of the core `action` or `whole`, in the order of the paths. */
export function sourceHash(root, core) {
  const hash = createHash('sha256');
  const add = (name, content) => hash.update(`${name}\0`).update(content).update('\0');
  for (const file of CRATES[core].flatMap((crate) => files(join(root, crate)))) {
    add(relative(root, file).replaceAll('\\', '/'), readFileSync(file));
  }
  const packages = lockedPackages(readFileSync(join(root, 'Cargo.lock'), 'utf8'));
  // How an entry spells its dependencies changes with what other crates use; what a package is does not.
  for (const { name, version, checksum } of packages) add(`Cargo.lock: ${name}`, `${version} ${checksum}`);
  const manifest = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  add('Cargo.toml', manifestLines(manifest, inherited(root, CRATES[core])).join('\n'));
  return hash.digest('hex');
}

/** The packages that the core is made of, with their versions and checksums. */
export function coreCrates(root) {
  return lockedPackages(readFileSync(join(root, 'Cargo.lock'), 'utf8'));
}

function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}

/** The entries of the lock file that the crate `wasm` reaches, in the order of the file. */
function lockedPackages(lock) {
  const entries = lock.split('[[package]]\n').slice(1).map(entry);
  const wanted = new Set();
  const visit = ({ name, version }) => {
    for (const found of entries.filter((one) => one.name === name && (version === undefined || one.version === version))) {
      if (wanted.has(found)) continue;
      wanted.add(found);
      found.dependencies.forEach(visit);
    }
  };
  visit({ name: 'wasm' });
  return entries.filter((one) => wanted.has(one));
}

function entry(text) {
  const value = (key) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(text)?.[1];
  const list = /^dependencies = \[\n([^\]]*)\]/m.exec(text)?.[1] ?? '';
  const dependencies = [...list.matchAll(/"([^" ]+)(?: ([^" ]+))?[^"]*"/g)].map(([, name, version]) => ({ name, version }));
  return { name: value('name'), version: value('version'), checksum: value('checksum') ?? '', dependencies };
}

/** The dependencies that the crates take over from the workspace: what others take over has no effect on the core. */
function inherited(root, crates) {
  const manifests = crates.map((crate) => join(root, crate, 'Cargo.toml')).filter((path) => existsSync(path));
  const texts = [...manifests, join(root, 'crates/wasm/Cargo.toml')].map((path) => readFileSync(path, 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(/^([\w-]+)(?:\.workspace| = \{ workspace) = true/gm)].map(([, name]) => name)));
}

/** The lines of the manifest that say how the core and what it uses are built. */
function manifestLines(manifest, dependencies) {
  let section = '';
  return manifest.split('\n').filter((line) => {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    // Between two sections stand blank lines and comments: they belong to neither.
    if (/^\s*(?:#|$)/.test(line)) return false;
    return SECTIONS.includes(section) || (section === 'workspace.dependencies' && dependencies.has(line.split(' ')[0]));
  });
}
