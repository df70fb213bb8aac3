// Finds the tools that read what instrumented Rust code has counted, of the very LLVM that rustc has; says how to get them.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** `{LLVM_COV, LLVM_PROFDATA}`, with paths, or `{missing}`, with what to do about it. */
export function findLlvmTools() {
  const { LLVM_COV, LLVM_PROFDATA } = process.env;
  if (LLVM_COV !== undefined && LLVM_PROFDATA !== undefined) return { LLVM_COV, LLVM_PROFDATA };
  const version = output('rustc', ['-vV']);
  const [, host] = /^host: (.*)$/m.exec(version) ?? [];
  const [, major] = /^LLVM version: (\d+)/m.exec(version) ?? [];
  if (host === undefined || major === undefined) return { missing: 'rustc does not run: install Rust first' };
  const component = `${output('rustc', ['--print', 'sysroot']).trim()}/lib/rustlib/${host}/bin`;
  const places = [(name) => `${component}/${name}`, (name) => `/usr/bin/${name}-${major}`, (name) => `/usr/lib/llvm-${major}/bin/${name}`];
  for (const place of places) {
    const found = { LLVM_COV: place('llvm-cov'), LLVM_PROFDATA: place('llvm-profdata') };
    if (Object.values(found).every((path) => existsSync(path))) return found;
  }
  return { missing: howToGetThem(major) };
}

function howToGetThem(major) {
  return `no \`llvm-cov\` and \`llvm-profdata\` of LLVM ${major}, which rustc has, were found. Any of these helps:

  rustup component add llvm-tools

  apt-get update && apt-get install -y --no-install-recommends llvm-${major}

  the paths of such tools in the variables LLVM_COV and LLVM_PROFDATA`;
}

function output(command, args) {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';
}
