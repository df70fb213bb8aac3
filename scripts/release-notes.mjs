// The notes of a release, from the changelog: `node scripts/release-notes.mjs v3.0.0` writes them to standard output.
//
// Fails unless tag, package.json, Cargo.toml and a dated section of CHANGELOG.md all name the same version.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { versionOf } from './release-version.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const tag = process.argv[2] ?? '';
const version = versionOf(tag)?.text;
if (version === undefined) stop(`expected a tag such as \`v3.0.0\`, found \`${tag}\``);

const { version: ofPackage } = JSON.parse(readFileSync('package.json', 'utf8'));
const [, ofCrates] = /^\[workspace\.package\]\nversion = "(.*)"$/m.exec(readFileSync('Cargo.toml', 'utf8')) ?? [];
for (const [file, found] of [['package.json', ofPackage], ['Cargo.toml', ofCrates]]) {
  if (found !== version) stop(`the tag is \`${tag}\`, but ${file} has the version \`${found}\``);
}

const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m).slice(1);
const section = sections.find((text) => text.startsWith(`${version} `));
if (section === undefined) stop(`CHANGELOG.md has no section \`## ${version} – DATE\``);
const [heading, ...lines] = section.split('\n');
if (!/ – \d{4}-\d{2}-\d{2}$/.test(heading)) stop(`CHANGELOG.md: \`## ${heading}\` has no date; write the day of the release`);
console.log(lines.join('\n').trim());

function stop(problem) {
  console.error(`error: ${problem}`);
  process.exit(1);
}
