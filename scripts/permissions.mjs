// Shows what GitHub has added to its permissions since our copy was made, and makes a new copy.
//
//   node scripts/permissions.mjs SOURCE          what SOURCE has and the catalogue has not (exit code 1 if anything)
//   node scripts/permissions.mjs SOURCE --write  makes SOURCE our copy, for the test of the catalogue to compare with
//
// SOURCE is an extract as `crates/github-types/data/github-app-permissions.json` is one, or the folder of the npm
// package `@octokit/openapi` (MIT), which holds GitHub's OpenAPI descriptions; our copy is an extract of its version
// 23.0.2. The package itself is far too large to be a dependency.

import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const COPY = new URL('crates/github-types/data/github-app-permissions.json', root);
const CATALOGUE = new URL('crates/github-types/src/permission/catalogue.rs', root);

/** The permissions of the catalogue, in GitHub's spelling, with their levels. */
export function catalogue() {
  const source = readFileSync(CATALOGUE, 'utf8');
  const levels = new Map(
    [...source.matchAll(/^const (\w+): &\[Level\] = &\[(.*)\];$/gm)].map(([, name, list]) => [
      name,
      list.split(', ').map((level) => level.replace('Level::', '').toLowerCase()),
    ]),
  );
  const entries = [...source.matchAll(/Entry::new\(\s*"([^"]+)",\s*Scope::\w+,\s*(\w+),/g)];
  if (entries.length === 0 || entries.length !== source.match(/Entry::new\(/g).length) {
    throw new Error('an entry of the catalogue is not understood');
  }
  return new Map(entries.map(([, name, list]) => [name.replaceAll('-', '_'), levels.get(list)]));
}

/** Names that `published` has and `known` has not, and levels of known names; each as a line. */
export function additions(published, known) {
  const union = new Map();
  for (const permissions of Object.values(published)) {
    for (const [name, levels] of Object.entries(permissions)) {
      union.set(name, new Set([...(union.get(name) ?? []), ...levels]));
    }
  }
  if (union.size === 0) throw new Error('the source names no permission');
  return [...union].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([name, levels]) => {
    const ours = known.get(name);
    if (ours === undefined) return [`${name}: not in the catalogue; levels ${[...levels].join(', ')}`];
    const more = [...levels].filter((level) => !ours.includes(level));
    return more.length === 0 ? [] : [`${name}: the catalogue lacks the level ${more.join(', ')}`];
  });
}

/** The `app-permissions` schema of each OpenAPI description of the package, or an extract as it stands. */
function read(source) {
  if (!statSync(source).isDirectory()) return JSON.parse(readFileSync(source, 'utf8'));
  const folder = join(source, 'generated');
  const described = readdirSync(folder).filter((name) => /^(?:api\.github\.com|ghec|ghes-[\d.]+)\.json$/.test(name)).sort();
  const found = described.map((name) => {
    const schema = JSON.parse(readFileSync(join(folder, name), 'utf8')).components?.schemas?.['app-permissions'];
    const permissions = Object.entries(schema?.properties ?? {}).map(([key, { enum: levels = [] }]) => [key, levels]);
    return [name.replace(/\.json$/, ''), Object.fromEntries(permissions)];
  });
  return Object.fromEntries(found.filter(([, permissions]) => Object.keys(permissions).length > 0));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [source, option] = process.argv.slice(2);
  if (source === undefined || (option !== undefined && option !== '--write')) {
    console.error('expected an extract or the folder of `@octokit/openapi`, and perhaps `--write`');
    process.exit(2);
  }
  const published = read(source);
  const added = additions(published, catalogue());
  for (const line of added) console.log(line);
  if (option === '--write') writeFileSync(COPY, `${JSON.stringify(published, null, 1)}\n`);
  if (added.length === 0) console.log('the catalogue has every permission and level that GitHub publishes');
  process.exitCode = added.length === 0 || option === '--write' ? 0 : 1;
}
