// The broker's no, as the author of the workflow sees it.

import type { Refused } from './core.ts';
import { Failure } from './failure.ts';

export function refusal(refused: Refused): Failure {
  const { status, message, hint, requestId } = refused;
  return new Failure([{ title: titleOf(refused), message }], { hint, requestId, isTransient: status === 429 || status >= 500 });
}

/** What stands over it: not every refusal is a decision. */
export function titleOf({ status, isDenial }: Pick<Refused, 'status' | 'isDenial'>): string {
  return isDenial === true ? 'Access token refused' : `The broker answered ${status}`;
}
