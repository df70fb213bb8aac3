// What a workflow may still have from another action that gives tokens, in the words of this one.

import type { Runner } from './runner.ts';

/** The most permissions that are translated; GitHub has about a hundred. */
const most = 100;

/** What to write instead of inputs such as `permission-contents: read`; `undefined` where there are none. */
export function translatedPermissions(runner: Runner): string | undefined {
  const given = runner.inputsWith('permission-').slice(0, most);
  if (given.length === 0) return undefined;
  const lines = given.map(([name, level]) => `  ${name}: ${level}`);
  return ['this action takes all permissions in one input, so write', 'permissions: |', ...lines].join('\n');
}
