// A workspace of the crates that decide, and of the tests that ask them and nobody else: what is built again and again, or in a
// way of its own, need not build the broker each time.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** The tests of other crates that ask the core itself, natively: the linter's, and these of `conformance`. */
export const NATIVE_TESTS = {
  packages: ['conformance', 'lint'],
  names: [
    'native_cases', 'denials', 'diagnostics', 'requests', 'review_allowed', 'rules',
    'properties', 'review', 'review_asking', 'generated', 'oracle_cases', 'patterns_exhaustive',
  ],
};
const MEMBERS = ['conformance', 'github-types', 'lint', 'oidc', 'policy'];
/** What those tests use beside the dependencies of `conformance` itself. */
const DEPENDENCIES = ['github-types', 'lint', 'proptest', 'time'];

/** Makes it anew in a folder, from the sources as they are; what was built there is kept. `profiles` is added to its manifest. */
export function makeCoreWorkspace(folder, profiles = '') {
  for (const name of MEMBERS) {
    rmSync(`${folder}/crates/${name}`, { recursive: true, force: true });
    cpSync(`crates/${name}`, `${folder}/crates/${name}`, { recursive: true, filter: (path) => !isLeftOut(path) });
  }
  // The linter's tests compare it with its rules.
  cpSync('docs/rules.md', `${folder}/docs/rules.md`);
  const members = MEMBERS.map((name) => `"crates/${name}"`).join(', ');
  const manifest = readFileSync('Cargo.toml', 'utf8')
    .replace(/^members = .*$/m, `members = [${members}]`)
    .replace(/^default-members = \[[^\]]*\]$/m, '');
  writeFileSync(`${folder}/Cargo.toml`, manifest + profiles);
  cpSync('Cargo.lock', `${folder}/Cargo.lock`);
  const [conformance] = readFileSync('crates/conformance/Cargo.toml', 'utf8').split('[[bench]]');
  const [before, needed] = conformance.split('[dev-dependencies]\n');
  const kept = needed.split('\n').filter((line) => DEPENDENCIES.some((name) => line.startsWith(`${name}.`)));
  writeFileSync(`${folder}/crates/conformance/Cargo.toml`, `${before}[dev-dependencies]\n${kept.join('\n')}\n`);
}

function isLeftOut(path) {
  const [, test] = /^crates\/conformance\/tests\/([^/.]+)/.exec(path) ?? [];
  return path === 'crates/conformance/benches' || (test !== undefined && !NATIVE_TESTS.names.includes(test));
}
