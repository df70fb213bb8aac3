// The bytes of a file as the text of a policy.

import type { Answer } from './whole-core.ts';

/** The most bytes of a policy. The core knows it, too: what is longer it refuses, and so only needs the beginning. */
export const mostBytes = 102_400;

/** The text, if it is one; of what is too long, as much of it as there is. */
export function policyText(path: string, bytes: Buffer): Answer {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: bytes.length <= mostBytes, ignoreBOM: true });
    return { text: decoder.decode(bytes) };
  } catch {
    return unreadable(path, 'it is not UTF-8 text');
  }
}

export function unreadable(path: string, why: string): Answer {
  return { missing: false, message: `cannot read \`${path}\`: ${why}` };
}

export function missing(path: string): Answer {
  return { missing: true, message: `cannot read \`${path}\`: it does not exist` };
}

/** Whether a file has the name of a policy or of tests of one. */
export function isOfPolicies(path: string): boolean {
  return /(?:^|\/)access-token(?:\.test)?\.ya?ml$/.test(path);
}
