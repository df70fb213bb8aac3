// What a file holds as the text of a policy.

import type { Answer } from './whole-core.ts';

/** The most bytes of a policy. The core knows it, too: what is longer it refuses, and so only needs the beginning. */
export const mostBytes = 102_400;

/** What there is at a path. */
export type Content =
  /** As much as is needed to tell what is too long. */
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  /** Something that the broker cannot use as a policy. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** It may be anything. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What the checkout answers: everything that stands in the way is told. */
export function answerOf(path: string, content: Content): Answer {
  switch (content.kind) {
    case 'file': {
      const text = textOf(content.bytes);
      return text === undefined ? { missing: false, message: `cannot read \`${path}\`: it is not UTF-8 text` } : { text };
    }
    case 'missing':
      return { missing: true, message: `cannot read \`${path}\`: it does not exist` };
    case 'unusable':
    case 'unknown':
      return { missing: false, message: `cannot read \`${path}\`: ${content.why}` };
  }
}

/** What the base answers: what the broker cannot use grants nothing, as an empty policy does, and is not in the way of who mends it. */
export function baseAnswerOf(path: string, content: Content): Answer {
  if (content.kind === 'file') return { text: textOf(content.bytes) ?? '' };
  return content.kind === 'unusable' ? { text: '' } : answerOf(path, content);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: bytes.length <= mostBytes, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a file has the name of a policy or of tests of one. */
export function isOfPolicies(path: string): boolean {
  return /(?:^|\/)access-token(?:\.test)?\.ya?ml$/.test(path);
}
