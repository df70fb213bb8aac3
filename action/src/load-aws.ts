// The door to what AWS wants, which lies in a bundle of its own: `aws.js`, beside the one that loads it.

import type * as aws from './aws.ts';
import { Failure, wordsOf } from './failure.ts';

export async function loadAws(): Promise<typeof aws> {
  try {
    return await import('./aws.ts');
  } catch (error) {
    throw new Failure(`the action's \`aws.js\` cannot be loaded: ${wordsOf(error)}\nuse a release of the action whose \`dist\` is complete`);
  }
}
