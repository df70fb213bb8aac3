// Which repository the checkout is of.

import type { Runner } from '../../action/src/runner.ts';
import type { Git } from './git.ts';

/**
 * The repository that the workflow runs in, if the checkout is of it. In a fork nobody knows: its policies are those of what it was
 * forked from.
 */
export function repositoryOf(runner: Runner, git: Git): string | undefined {
  if (git.commit(runner.variable('GITHUB_SHA')) === undefined || isFork(runner.event())) return undefined;
  return runner.variable('GITHUB_REPOSITORY') || undefined;
}

function isFork(event: unknown): boolean {
  const { repository } = (event ?? {}) as { readonly repository?: { readonly fork?: unknown } };
  return repository?.fork === true;
}
