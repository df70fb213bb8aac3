// What a change is compared with: the commit that it would be merged into, or that was there before it was pushed.

import { textAt } from './event.ts';
import type { Git } from './git.ts';

/** The commit, and what people call it; or why there is none. */
export type Base =
  | { readonly kind: 'known'; readonly name: string; readonly commit: string }
  /** There should be one: whether anything is widened is not known. */
  | { readonly kind: 'missing'; readonly why: string }
  /** What runs is no change. */
  | { readonly kind: 'none'; readonly why: string };

/** The base of the change that this event is about, by the event's data (https://docs.github.com/webhooks/webhook-events-and-payloads). */
export function baseOf(eventName: string, event: unknown, git: Git): Base {
  switch (eventName) {
    case 'pull_request':
    case 'pull_request_review':
    case 'pull_request_review_comment':
    case 'pull_request_target':
      return ofPullRequest(eventName, event, git);
    case 'merge_group': {
      const [commit, name] = [textAt(event, 'merge_group', 'base_sha'), textAt(event, 'merge_group', 'base_ref')];
      return ofCommit(commit, branch(name), git);
    }
    case 'push':
      return ofPush(event, git);
    default:
      return { kind: 'none', why: `\`${eventName}\` is no change, so there is nothing to compare the policies with` };
  }
}

function ofPullRequest(eventName: string, event: unknown, git: Git): Base {
  const name = textAt(event, 'pull_request', 'base', 'ref');
  const [base, head] = [textAt(event, 'pull_request', 'base', 'sha'), textAt(event, 'pull_request', 'head', 'sha')];
  const here = git.commit('HEAD');
  if (here === undefined) return noRepository();
  const [first, second] = git.parents(here);
  // What GitHub makes for a pull request: the base as it is now, with the change merged into it.
  if (first !== undefined && second === head) return ofCommit(first, name, git);
  if (head !== '' && !git.contains(here, head)) {
    const way = eventName === 'pull_request_target' ? 'run this step on `pull_request`, which checks the change out' : 'give `actions/checkout` no `ref`';
    return { kind: 'missing', why: `the checkout is not of the change: ${here.slice(0, 7)} does not come after ${head.slice(0, 7)}, its last commit; ${way}` };
  }
  const commit = git.commit(base);
  return ofCommit(commit === undefined ? base : (git.mergeBase(here, commit) ?? commit), name, git, '`fetch-depth: 2` and no `ref`');
}

function ofPush(event: unknown, git: Git): Base {
  const ref = textAt(event, 'ref');
  if (ref.startsWith('refs/tags/')) return { kind: 'none', why: 'a tag is no change, so there is nothing to compare the policies with' };
  const before = textAt(event, 'before');
  if (/^0+$/.test(before)) {
    return { kind: 'missing', why: `\`${branch(ref)}\` is new, so what was there before is not known; run this step on \`pull_request\`, which has a base` };
  }
  return ofCommit(before, before.slice(0, 7), git);
}

function ofCommit(commit: string, name: string, git: Git, inputs = 'the input `fetch-depth: 2`, or `0` where a push has several commits'): Base {
  if (commit === '') return { kind: 'missing', why: "the event's data does not say what the change is based on" };
  if (git.commit('HEAD') === undefined) return noRepository();
  if (git.commit(commit) === undefined) {
    const why = `the commit ${commit.slice(0, 7)} that the change is based on is not in the checkout; give \`actions/checkout\` ${inputs}`;
    return { kind: 'missing', why };
  }
  return { kind: 'known', name: name === '' ? commit.slice(0, 7) : name, commit };
}

function noRepository(): Base {
  return { kind: 'missing', why: 'the checkout cannot be asked for the base of the change: it has no commit, or `git` is not installed' };
}

function branch(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
