/* tslint:disable */
/* eslint-disable */

/**
 * Reads a policy file and reports everything that is wrong with it.
 *
 * # Errors
 * When the argument is not `{kind, text, repository}`.
 */
export function checkPolicy(policy: any): any;

/**
 * Checks the policies of a checkout, runs their tests and compares them with their base: `{passed, annotations, …}`.
 *
 * `read` and `read_base` are functions from a path to `{text}`, or `{missing, message}` where there is none.
 *
 * # Errors
 * When the argument is not of the shape that [`Checkout`] has.
 */
export function checkUp(checkout: any, read: Function, read_base: Function): any;

/**
 * Decides in a situation: what would be granted or denied, and why.
 *
 * # Errors
 * When the argument is not of the shape that [`Scenario`] has.
 */
export function decide(scenario: any): any;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly checkPolicy: (a: any) => [number, number, number];
    readonly checkUp: (a: any, b: any, c: any) => [number, number, number];
    readonly decide: (a: any) => [number, number, number];
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
