// The names in `action.yml`, held to those that the code reads and writes.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

const manifest = readFileSync('action.yml', 'utf8');
const sources = readdirSync('action/src').map((name) => readFileSync(`action/src/${name}`, 'utf8')).join('\n');

/** The keys of a top-level section of the manifest. */
function keysOf(section: string): string[] {
  const [, text = ''] = new RegExp(`^${section}:\n((?:(?: .*)?\n)+)`, 'm').exec(manifest) ?? [];
  return [...text.matchAll(/^ {2}([\w-]+):/gm)].map(([, key]) => key ?? '').sort();
}

function namesIn(pattern: RegExp): string[] {
  return [...new Set([...sources.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();
}

describe('action.yml', () => {
  it('has the inputs that the action reads', () => {
    assert.deepEqual(keysOf('inputs'), namesIn(/runner\.input\('([\w-]+)'\)/g));
    assert.equal(keysOf('inputs').length, 12);
  });

  it('has the outputs that the action sets', () => {
    const set = namesIn(/(?:setOutput\(|\[)'(token|[a-z]+-[a-z]+|expires-at|owner|repositories|permissions)',/g);
    assert.deepEqual(keysOf('outputs'), set);
    assert.equal(keysOf('outputs').length, 8);
  });

  it('names files that are there', () => {
    for (const [, path = ''] of manifest.matchAll(/^ {2}(?:main|post): (.*)$/gm)) assert.ok(existsSync(path), path);
  });
});
