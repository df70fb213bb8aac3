// The door to the whole core, which is compiled from Rust to WebAssembly and lies packed beside the bundle.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { Failure } from '../../action/src/failure.ts';
import * as glue from '../../crates/wasm/whole/core.js';

/** A checkout, and what is known of where it comes from; its shape is the core's. */
export interface CheckoutFacts {
  readonly inputs: { readonly path: string; readonly failOn: string; readonly ownerPolicy: string };
  /** RFC 3339. */
  readonly now: string;
  /** With `/` between folders. */
  readonly folder: string;
  /** Where it is known; its policy must say it as `origin`. */
  readonly repository: string | undefined;
  /** The files that may be policies or tests of such, from the folder. */
  readonly found: readonly string[];
  readonly base:
    | { readonly kind: 'known'; readonly name: string; readonly found: readonly string[] }
    | { readonly kind: 'missing' | 'none'; readonly why: string };
}

/** What a file is asked for: its text, or why there is none. */
export type Answer = { readonly text: string } | { readonly missing: boolean; readonly message: string };

export interface Outcome {
  readonly passed: boolean;
  readonly annotations: readonly {
    readonly level: 'error' | 'warning' | 'notice';
    readonly title: string;
    readonly message: string;
    readonly file?: string;
    readonly line?: number;
    readonly endLine?: number;
    readonly col?: number;
    readonly endColumn?: number;
  }[];
  readonly lines: readonly string[];
  readonly conclusion: string;
  /** In GitHub's Markdown. */
  readonly summary: string;
  readonly errors: number;
  readonly warnings: number;
  readonly widened: 'true' | 'false' | 'unknown';
}

export interface WholeCore {
  checkUp(checkout: CheckoutFacts, read: (path: string) => Answer, readBase: (path: string) => Answer): Outcome;
}

/** Unpacks and compiles the core that lies in this directory. */
export function loadWholeCore(directory: string): WholeCore {
  try {
    glue.initSync({ module: brotliDecompressSync(readFileSync(join(directory, 'whole.wasm.br'))) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`the action's core cannot be loaded: ${reason}\nuse a release of the action whose \`dist\` is complete`);
  }
  return { checkUp: (checkout, read, readBase) => glue.checkUp(checkout, read, readBase) as Outcome };
}
