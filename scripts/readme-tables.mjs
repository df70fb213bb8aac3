// Keeps the tables of the documents equal to what they are about: the metadata of the actions, the settings of the broker and the
// catalogue of permissions.
//
//   node scripts/readme-tables.mjs           writes the tables
//   node scripts/readme-tables.mjs --check   only says whether they are up to date (exit code 1 if not)
//
// A table stands in a document between `<!-- table: NAME -->` and `<!-- /table -->`.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const documents = ['README.md', 'docs/check.md', 'docs/permissions.md'];
const tables = {
  inputs: () => inputs('action.yml'),
  outputs: () => outputs('action.yml'),
  check_inputs: () => inputs('check/action.yml'),
  check_outputs: () => outputs('check/action.yml'),
  settings,
  permissions,
};

/** The settings without which the broker does not start; the key may also be given as a file. */
const requiredSettings = ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE'];

/** What is wrong with the tables, each on a line; nothing when they are up to date. */
export function staleTables() {
  const problems = [];
  const seen = new Set();
  for (const document of documents) {
    const text = read(document);
    const fresh = filled(text, (name) => seen.add(name));
    if (fresh !== text) problems.push(`${document}: a table is out of date; \`node scripts/readme-tables.mjs\` writes it`);
  }
  const absent = Object.keys(tables).filter((name) => !seen.has(name));
  return [...problems, ...absent.map((name) => `no document has the table \`${name}\``)];
}

function filled(text, visit) {
  return text.replaceAll(/(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- \/table -->)/g, (_, begin, name, end) => {
    if (!Object.hasOwn(tables, name)) throw new Error(`there is no table \`${name}\``);
    visit(name);
    return `${begin}${tables[name]()}${end}`;
  });
}

function inputs(manifest) {
  const rows = section(manifest, 'inputs').map(({ name, description, required, default: value }) => {
    const fallback = required === 'true' ? 'required' : code(value);
    return [code(name), description, fallback];
  });
  return table(['input', 'what it says', 'default'], rows);
}

function outputs(manifest) {
  return table(['output', 'what it holds'], section(manifest, 'outputs').map(({ name, description }) => [code(name), description]));
}

function settings() {
  const source = read('crates/broker/src/settings.rs');
  const fields = [...source.matchAll(/((?: {4}\/\/\/ .*\n)+) {4}#\[arg\(([\s\S]*?)\)\]\n/g)];
  if (fields.length === 0) throw new Error('found no settings in settings.rs');
  const rows = fields.map(([, doc, argument]) => {
    const [, name] = /env = "(\w+)"/.exec(argument) ?? [];
    const [, quoted, plain] = /default_value(?:_t)? = (?:"([^"]*)"|(\w+))/.exec(argument) ?? [];
    const words = doc.replaceAll(/^ *\/\/\/ /gm, '').trim().replaceAll('\n', ' ');
    return [code(name), words, requiredSettings.includes(name) ? 'required' : code(quoted ?? plain)];
  });
  return table(['variable', 'what it says', 'default'], rows);
}

function permissions() {
  const source = read('crates/github-types/src/permission/catalogue.rs');
  const levels = Object.fromEntries(
    [...source.matchAll(/^const (\w+): &\[Level\] = &\[(.*)\];$/gm)].map(([, name, list]) => [
      name,
      list.split(', ').map((level) => code(level.replace('Level::', '').toLowerCase())).join(', '),
    ]),
  );
  const entries = [...source.matchAll(/Entry::new\(\s*"([^"]+)",\s*Scope::(\w+),\s*(\w+),\s*"([^"]+)",?\s*\)/g)];
  if (entries.length !== (source.match(/Entry::new\(/g) ?? []).length) throw new Error('an entry of the catalogue is not understood');
  const rows = entries.map(([, name, scope, list, words]) => [code(name), scope.toLowerCase(), levels[list], words]);
  return table(['permission', 'reaches', 'levels', 'what it is about'], rows);
}

/** The entries of a section of an action's metadata, as far as that uses YAML. */
function section(manifest, name) {
  const [, body = ''] = new RegExp(`^${name}:\n((?:(?: .*)?\n)+)`, 'm').exec(read(manifest)) ?? [];
  const entries = body.split(/^ {2}(?=[\w-]+:$)/m).slice(1).map((text) => {
    const [head, ...lines] = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
    const entry = { name: head.replace(':', '') };
    let key;
    for (const line of lines) {
      const [, found, value] = /^ {4}(\w+): ?(.*)$/.exec(line) ?? [];
      if (found === undefined) entry[key] = `${entry[key]} ${line.trim()}`.trim();
      else [key, entry[found]] = [found, unquoted(value.replace(/^>-$/, ''))];
    }
    return entry;
  });
  if (entries.length === 0) throw new Error(`found no ${name} in ${manifest}`);
  return entries;
}

function unquoted(text) {
  return text.replace(/^"(.*)"$/, '$1');
}

function code(text) {
  return text === undefined || text === '' ? '' : `\`${text}\``;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

function read(path) {
  return readFileSync(new URL(path, root), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const problems = staleTables();
    for (const problem of problems) console.error(problem);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } else {
    for (const document of documents) writeFileSync(new URL(document, root), filled(read(document), () => {}));
  }
}
