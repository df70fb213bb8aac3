// The main step of the action.

import type * as aws from './aws.ts';
import { loadCore } from './core.ts';
import { tell } from './effects.ts';
import { Failure } from './failure.ts';
import { requestToken } from './request-token.ts';

tell((effects) => requestToken({ ...effects, loadCore: () => loadCore(__dirname), loadAws }));

async function loadAws(): Promise<typeof aws> {
  try {
    return await import('./aws.ts');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`the action's \`aws.js\` cannot be loaded: ${reason}\nuse a release of the action whose \`dist\` is complete`);
  }
}
