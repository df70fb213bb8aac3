// Builds the two wasm cores, each with a record of what it was built from: the action's, `dist/core.wasm`, its record
// `dist/core.json` and its JavaScript side in `action/core/`; and the whole one, which reads policies and decides by them,
// `dist/whole.wasm.br`, with record and JavaScript side in `crates/wasm/whole/`.
//
//   node scripts/build-wasm.mjs [--out DIRECTORY]
//
// With --out everything goes into `action` and `whole` within that directory instead: that is how check-dist compares.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { findToolchain, HOW_TO_GET_ONE } from './wasm-toolchain.mjs';
import { sourceHash } from './wasm-sources.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
process.chdir(root);

/** For size. What has one caller becomes part of it only if it is so small. */
const optimizations = (largest) => ['-Oz', `--one-caller-inline-max-function-size=${largest}`];

const outAt = process.argv.indexOf('--out');
const out = outAt < 0 ? undefined : process.argv[outAt + 1];

const toolchain = findToolchain();
if (toolchain === undefined) {
  console.error(HOW_TO_GET_ONE);
  process.exit(3);
}
console.log(`building the wasm core with ${toolchain.name}, ${toolchain.version}`);

const target = join(root, 'target/wasm');
// V8 compiles a function as a whole when it is first called: where everything that has one caller became part of it, a quarter of what
// a step compiles would be for messages that it does not write, which is 2 to 3 ms for 3 KB.
build({ name: 'action', largest: 100, features: ['action'], file: 'dist/core.wasm', record: 'dist/core.json', glue: 'action/core' });
// Packed, functions of their own resemble each other: 10 KB less than with 100.
build({ name: 'whole', largest: 0, features: ['policies'], file: 'dist/whole.wasm.br', record: 'crates/wasm/whole/core.json', glue: 'crates/wasm/whole' });

function build({ name, largest, features, file, record, glue }) {
  run(
    toolchain.cargo,
    ['build', '--locked', ...toolchain.arguments, '--target', 'wasm32-unknown-unknown', '--profile', 'wasm', '-p', 'wasm', '--no-default-features', '--features', ...features, '--target-dir', target],
    { ...toolchain.environment, CARGO_ENCODED_RUSTFLAGS: [...toolchain.flags, ...remapped(toolchain)].join('\x1f') },
  );
  const bindings = join(target, 'bindings');
  rmSync(bindings, { recursive: true, force: true });
  mkdirSync(bindings, { recursive: true });
  run('cargo', ['run', '--quiet', '--locked', '-p', 'bindgen', '--', join(target, 'wasm32-unknown-unknown/wasm/wasm.wasm'), bindings]);

  const place = (path) => (out === undefined ? path : join(out, name, basename(path)));
  const glueFolder = out === undefined ? glue : join(out, name);
  for (const folder of [dirname(place(file)), dirname(place(record)), glueFolder]) mkdirSync(folder, { recursive: true });
  const wasm = join(bindings, 'core.wasm');
  run(process.execPath, ['node_modules/binaryen/bin/wasm-opt', ...optimizations(largest), join(bindings, 'core_bg.wasm'), '-o', wasm]);
  for (const name of ['core.js', 'core.d.ts']) copyFileSync(join(bindings, name), join(glueFolder, name));

  const bytes = readFileSync(wasm);
  const shipped = file.endsWith('.br') ? compressed(bytes) : bytes;
  writeFileSync(place(file), shipped);
  const built = {
    toolchain: toolchain.version,
    sources: sourceHash(root, name),
    // Of the WebAssembly itself: another Brotli may compress the same bytes otherwise.
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  writeFileSync(place(record), `${JSON.stringify(built, null, 2)}\n`);
  console.log(`${place(file)}: ${shipped.length} bytes${shipped === bytes ? '' : `, ${bytes.length} unpacked`}`);
}

/** For what is seldom loaded and much downloaded. */
function compressed(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
}

/** No path of this machine may reach the file: the same toolchain must give the same bytes everywhere. */
function remapped({ sysroot }) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const registries = join(cargoHome, 'registry/src');
  let folders;
  try {
    folders = readdirSync(registries);
  } catch {
    // A first build: cargo makes the folder, under a name that it does not tell before.
    run(toolchain.cargo, ['fetch', '--locked'], toolchain.environment);
    folders = readdirSync(registries);
  }
  return [
    `--remap-path-prefix=${root}=/source`,
    ...folders.map((folder) => `--remap-path-prefix=${join(registries, folder)}=/registry`),
    `--remap-path-prefix=${sysroot}/lib/rustlib/src/rust=/std`,
  ];
}

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  if (error !== undefined || status !== 0) {
    console.error(`${command} ${args[0]} failed${error === undefined ? '' : `: ${error.message}`}`);
    process.exit(1);
  }
}
