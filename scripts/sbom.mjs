// What `dist/` is made of, as a bill of materials (CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/), on standard output:
// the crates within the wasm core, with the checksums of the lock file, and the npm packages within the bundles.

import { readFileSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { coreCrates } from './wasm-sources.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const files = readdirSync('dist').sort();

const components = [...files.map(file), ...coreCrates('.').map(crate), ...bundled().map(npmPackage)];
const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { 'bom-ref': name, type: 'application', name, version, licenses: [{ license: { id: license } }] } },
  components,
};
console.log(JSON.stringify(bill, null, 2));

function file(path) {
  const content = createHash('sha256').update(readFileSync(`dist/${path}`)).digest('hex');
  return { 'bom-ref': `dist/${path}`, type: 'file', name: `dist/${path}`, hashes: [{ alg: 'SHA-256', content }] };
}

function crate({ name, version, checksum }) {
  const purl = `pkg:cargo/${name}@${version}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl, ...(checksum === '' ? {} : { hashes: [{ alg: 'SHA-256', content: checksum }] }) };
}

/** The npm packages whose code is in the bundles: esbuild writes each file's path above what it took from it. */
function bundled() {
  const texts = files.filter((path) => path.endsWith('.js')).map((path) => readFileSync(`dist/${path}`, 'utf8'));
  const names = texts.flatMap((text) => [...text.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(([, name]) => name));
  return [...new Set(names)].sort();
}

function npmPackage(name) {
  const { version, license, integrity } = packages[`node_modules/${name}`];
  const [, digest] = /^sha512-(.+)$/.exec(integrity) ?? [];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const hashes = [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }];
  return { 'bom-ref': purl, type: 'library', name, version, purl, licenses: [{ license: { id: license } }], hashes };
}
