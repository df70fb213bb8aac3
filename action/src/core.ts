// The door to the core, which is compiled from Rust to WebAssembly and lies beside the bundle as `core.wasm`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as glue from '../core/core.js';
import { Failure, wordsOf } from './failure.ts';

/** The inputs of the step as they were written; empty where not given. */
export interface Inputs {
  readonly permissions: string;
  readonly repository: string;
  readonly repositories: string;
  readonly owner: string;
  readonly appServer: string;
  readonly scope: string;
  readonly skipTokenRevoke: string;
  readonly dryRun: string;
  readonly ifUnavailable: string;
  readonly waitUntilReady: string;
  readonly refresh: string;
  readonly id: string;
}

/** What the runner tells about the workflow run. */
export interface RunContext {
  /** `owner/name`. */
  readonly repository?: string | undefined;
  readonly eventName?: string | undefined;
}

export type Repositories = readonly string[] | 'ALL';

/** The body of `POST /access_tokens`. */
export interface TokenRequest {
  readonly owner?: string;
  readonly repositories?: Repositories;
  readonly permissions: Readonly<Record<string, string>>;
  readonly dry_run?: true;
}

export interface AppServer {
  /** Without a slash at its end; a path prefix is kept. */
  readonly url: string;
  /** The host name of the broker, without port. */
  readonly audience: string;
  readonly auth?: { readonly type: 'aws'; readonly roleArn: string; readonly region: string; readonly service: 'lambda' | 'execute-api' };
}

export interface InputProblem {
  readonly input: string;
  readonly message: string;
  readonly help?: string;
}

export type Prepared =
  | {
      readonly ok: true;
      readonly request: TokenRequest;
      /** At least one, to be tried in this order. */
      readonly appServers: readonly AppServer[];
      readonly skipTokenRevoke: boolean;
      readonly dryRun: boolean;
      readonly ifUnavailable: 'fail' | 'skip';
      readonly waitUntilReady: boolean;
      readonly refresh: boolean;
      /** The name of this use of the action in its job, if it was given one. */
      readonly id?: string;
    }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** A request and the answer it got. */
export interface Exchange {
  readonly request: TokenRequest;
  /** `owner/name` of the repository that the workflow runs in. */
  readonly repository?: string | undefined;
  /** The unverified claims of the caller's OIDC token. */
  readonly claims?: object | undefined;
  readonly status: number;
  readonly body: string;
  readonly contentType?: string | undefined;
}

export interface Granted {
  readonly kind: 'granted';
  readonly token: string;
  readonly expiresAt: string;
  readonly owner: string;
  readonly repositories: Repositories;
  readonly permissions: Readonly<Record<string, string>>;
  readonly appSlug?: string;
  readonly installationId?: number;
  /** Whom commits of the App are attributed to: all three or none. */
  readonly botUserId?: number;
  readonly gitName?: string;
  readonly gitEmail?: string;
}

export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  /** Set where the broker has decided, and this is its no. */
  readonly isDenial?: true;
  /** The broker's own words; of a denial without the subjects. */
  readonly message: string;
  /** What the job counts as, where that matters. */
  readonly subjects?: readonly string[];
  /** What to do about it, in the core's words. */
  readonly hint?: string;
  readonly requestId?: string;
}

export type Outcome =
  | Granted
  | Refused
  /** A dry run's yes: what grants each part, a line each. */
  | { readonly kind: 'wouldGrant'; readonly reasons: readonly string[] }
  | { readonly kind: 'mismatch'; readonly token: string; readonly message: string }
  | { readonly kind: 'malformed'; readonly message: string };

export interface Core {
  prepare(inputs: Inputs, context: RunContext): Prepared;
  settle(exchange: Exchange): Outcome;
}

/**
 * Compiles the core that lies in this directory.
 *
 * NOTE: no `--wasm-tiering-budget` here. Setting any flag of V8 makes Node reject the code cache of its own modules, which
 * costs 8 ms; optimizing in the background costs this short process nothing.
 */
export function loadCore(directory: string): Core {
  const path = join(directory, 'core.wasm');
  try {
    glue.initSync({ module: readFileSync(path) });
  } catch (error) {
    throw new Failure(`the action's core cannot be loaded: ${wordsOf(error)}\nuse a release of the action whose \`dist\` is complete`);
  }
  return {
    prepare: (inputs, context) => glue.prepare(inputs, context) as Prepared,
    settle: (exchange) => glue.settle(exchange) as Outcome,
  };
}
