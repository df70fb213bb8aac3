// Which repository the checkout is of.

import type { Runner } from '../../action/src/runner.ts';
import { textAt } from './event.ts';
import type { Git } from './git.ts';

/**
 * The repository that the workflow runs in, if the checkout is of it: if it has one of the commits that the event is about. In a fork
 * nobody knows: its policies are those of what it was forked from.
 */
export function repositoryOf(runner: Runner, git: Git): string | undefined {
  const event = runner.event();
  const commits = [runner.variable('GITHUB_SHA'), ...['head', 'base'].map((side) => textAt(event, 'pull_request', side, 'sha'))];
  if (commits.every((commit) => git.commit(commit) === undefined) || isFork(event)) return undefined;
  return runner.variable('GITHUB_REPOSITORY') || undefined;
}

function isFork(event: unknown): boolean {
  const { repository } = (event ?? {}) as { readonly repository?: { readonly fork?: unknown } };
  return repository?.fork === true;
}
