// What a workflow may still have from another action that gives tokens, in the words of this one.

import { Failure } from './failure.ts';
import type { Runner } from './runner.ts';

/** The most permissions that are translated; GitHub has about a hundred. */
const most = 100;

/** What to write instead of inputs such as `permission-contents: read`; `undefined` where there are none. */
export function translatedPermissions(runner: Runner): string | undefined {
  const given = permissionInputs(runner);
  if (given.length === 0) return undefined;
  const lines = given.map(([name, level]) => `  ${name}: ${level}`);
  return ['this action takes all permissions in one input, so write', 'permissions: |', ...lines].join('\n');
}

/** Throws where such inputs stand beside `permissions`: the token would be without what they ask for. */
export function refuseBothForms(runner: Runner): void {
  const given = runner.input('permissions') === '' ? [] : permissionInputs(runner);
  if (given.length === 0) return;
  throw new Failure(
    given.map(([name, level]) => ({
      message: `input \`permission-${name}\`: expected all permissions in the input \`permissions\`, found both\nmove \`${name}: ${level}\` there`,
    })),
  );
}

function permissionInputs(runner: Runner): readonly (readonly [string, string])[] {
  return runner.inputsWith('permission-').slice(0, most);
}
