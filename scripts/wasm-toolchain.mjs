// Finds a toolchain that can compile for wasm32-unknown-unknown, and says how to get one where there is none.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const TARGET = 'wasm32-unknown-unknown';
const DEBIAN = { rustc: '/usr/bin/rustc', cargo: '/usr/bin/cargo', linker: '/usr/bin/wasm-ld-22' };

export const HOW_TO_GET_ONE = `No toolchain for ${TARGET} was found. Either of these gives one:

  rustup target add ${TARGET}

  apt-get update && apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src lld-22
`;

/**
 * The Debian packages come first where both are there: the wasm file in dist/ is built with them, and only the
 * same compiler gives the same bytes.
 */
export function findToolchain() {
  return debian() ?? rustup();
}

function debian() {
  const { rustc, cargo, linker } = DEBIAN;
  if (![rustc, cargo, linker].every(existsSync)) return undefined;
  const sysroot = output(rustc, ['--print', 'sysroot']);
  if (sysroot === undefined || !existsSync(`${sysroot}/lib/rustlib/src/rust/library`)) return undefined;
  return {
    name: 'Debian (rustc-web)',
    version: output(rustc, ['--version']),
    sysroot,
    cargo,
    // What a panic says never leaves the core, which knows no console; and the standard library, built for size. Together
    // they make the file a tenth smaller.
    arguments: ['-Z', 'build-std=std,panic_abort', '-Z', 'build-std-features=optimize_for_size'],
    flags: ['-Zunstable-options', '-Cpanic=immediate-abort'],
    environment: { RUSTC: rustc, RUSTC_BOOTSTRAP: '1', CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker },
  };
}

function rustup() {
  const libraries = output('rustc', ['--print', 'target-libdir', '--target', TARGET]);
  if (libraries === undefined || !existsSync(libraries) || readdirSync(libraries).length === 0) return undefined;
  return {
    name: 'rustup',
    version: output('rustc', ['--version']),
    sysroot: output('rustc', ['--print', 'sysroot']),
    cargo: 'cargo',
    arguments: [],
    flags: [],
    environment: {},
  };
}

function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
