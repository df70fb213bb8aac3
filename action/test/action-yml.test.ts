// The names in `action.yml` and `check/action.yml`, held to those that the code reads and writes.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const manifest = readFileSync('action.yml', 'utf8');
const checkManifest = readFileSync('check/action.yml', 'utf8');
const sources = sourcesIn('action/src');
const checkSources = sourcesIn('check/src');

function sourcesIn(folder: string): string {
  return readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
}

/** The keys of a top-level section of a manifest. */
function keysOf(section: string, manifest: string): string[] {
  const [, text = ''] = new RegExp(`^${section}:\n((?:(?: .*)?\n)+)`, 'm').exec(manifest) ?? [];
  return [...text.matchAll(/^ {2}([\w-]+):/gm)].map(([, key]) => key ?? '').sort();
}

function namesIn(sources: string, pattern: RegExp): string[] {
  return [...new Set([...sources.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();
}

/** All keys of a manifest as paths, such as `inputs.owner.required`, with what stands behind them on their line. */
function paths(manifest: string): Map<string, string> {
  const found = new Map<string, string>();
  const open: string[] = [];
  let textBegins = Infinity;
  for (const line of manifest.split('\n')) {
    const [, indent = '', key, value = ''] = /^( *)([\w-]+):(?: (.*))?$/.exec(line) ?? [];
    // What stands deeper than a key with `>-` is its text.
    if (key === undefined || indent.length >= textBegins) continue;
    open.splice(indent.length / 2, Infinity, key);
    found.set(open.join('.'), value);
    textBegins = value === '>-' ? indent.length + 1 : Infinity;
  }
  return found;
}

for (const [name, text] of [['action.yml', manifest], ['check/action.yml', checkManifest]] as const) describe(name, () => {
  // https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax, for an action in JavaScript. What a
  // runner does not know there, it ignores, or it refuses the whole action.
  it('has only what the metadata of an action may have', () => {
    const name = '[A-Za-z_][\\w-]*';
    const known = [
      'name|author|description|branding|inputs|outputs|runs',
      'branding\\.(?:icon|color)',
      `inputs\\.${name}(?:\\.(?:description|required|default|deprecationMessage))?`,
      `outputs\\.${name}(?:\\.description)?`,
      'runs\\.(?:using|pre|pre-if|main|post|post-if)',
    ];
    const all = paths(text);
    assert.deepEqual([...all.keys()].filter((path) => !new RegExp(`^(?:${known.join('|')})$`).test(path)), []);
    for (const needed of ['name', 'description', 'runs.using', 'runs.main']) assert.ok(all.get(needed), needed);
    assert.equal(all.get('runs.using'), 'node24');
    assert.match(all.get('branding.color') ?? '', /^(?:white|black|yellow|blue|green|orange|red|purple|gray-dark)$/);
    for (const [path, value] of all) {
      if (/^(?:inputs|outputs)\.[^.]+$/.test(path)) assert.ok(all.get(`${path}.description`), path);
      if (path.endsWith('.required')) assert.match(value, /^(?:true|false)$/);
    }
  });

  it('names files that are there', () => {
    for (const [, path = ''] of text.matchAll(/^ {2}(?:main|post): (.*)$/gm)) assert.ok(existsSync(join(dirname(name), path)), path);
  });
});

describe('action.yml', () => {
  it('has the inputs that the action reads', () => {
    assert.deepEqual(keysOf('inputs', manifest), namesIn(sources, /runner\.input\('([\w-]+)'\)/g));
    assert.equal(keysOf('inputs', manifest).length, 14);
  });

  it('has the outputs that the action sets', () => {
    const set = namesIn(sources, /(?:setOutput\(|\[)'(token|[a-z]+(?:-[a-z]+)+|expires-at|owner|repositories|permissions)',/g);
    assert.deepEqual(keysOf('outputs', manifest), set);
    assert.equal(keysOf('outputs', manifest).length, 11);
  });
});

describe('check/action.yml', () => {
  it('has the inputs that the action reads, and the outputs that it sets', () => {
    assert.deepEqual(keysOf('inputs', checkManifest), namesIn(checkSources, /runner\.input\('([\w-]+)'\)/g));
    assert.deepEqual(keysOf('outputs', checkManifest), namesIn(checkSources, /setOutput\('([\w-]+)'/g));
    assert.equal(keysOf('inputs', checkManifest).length, 3);
    assert.equal(keysOf('outputs', checkManifest).length, 3);
  });
});
