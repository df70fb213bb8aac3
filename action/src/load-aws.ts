// The door to what AWS wants, which lies in a bundle of its own: `aws.js`, beside the one that loads it.

import type * as aws from './aws.ts';
import { Failure } from './failure.ts';

export async function loadAws(): Promise<typeof aws> {
  try {
    return await import('./aws.ts');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`the action's \`aws.js\` cannot be loaded: ${reason}\nuse a release of the action whose \`dist\` is complete`);
  }
}
