// The broker's no, as the author of the workflow sees it.

import type { Refused } from './core.ts';
import { Failure } from './failure.ts';

export function refusal({ status, message, hint, requestId }: Refused): Failure {
  const title = status === 403 ? 'Access token refused' : `The broker answered ${status}`;
  return new Failure([{ title, message }], { hint, requestId, isTransient: status === 429 || status >= 500 });
}
