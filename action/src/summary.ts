// The step's summary page, in GitHub's Markdown.

import type { Refused } from './core.ts';
import { rowsOf, type Grant } from './grant.ts';
import { titleOf } from './refusal.ts';
import { visibleText } from './visible-text.ts';

/** What stands over the subjects that a policy could name. */
export const subjectsTitle = 'What this job counts as (its effective subjects)';

export function grantSummary(grant: Grant): string {
  const rows = rowsOf(grant).map(([label, words]) => `| ${label} | ${words.map(inlineCode).join('<br>')} |`);
  return ['### Access token', '', '| | |', '| --- | --- |', ...rows, ''].join('\n');
}

/** What a dry run would be granted by. */
export function decisionSummary(reasons: readonly string[]): string {
  return ['### Access token would be granted', '', codeBlock(reasons.join('\n')), ''].join('\n');
}

export function refusalSummary(refused: Refused): string {
  const { message, hint, subjects = [] } = refused;
  const blocks = [message, ...(hint === undefined ? [] : [hint])].map(codeBlock);
  if (subjects.length > 0) {
    blocks.push(`<details><summary>${subjectsTitle}</summary>\n\n${codeBlock(subjects.join('\n'))}\n\n</details>`);
  }
  return [`### ${titleOf(refused)}`, '', blocks.join('\n\n'), ''].join('\n');
}

/**
 * Code within a table cell. Markdown's own form would need rules for `` ` ``, `|` and `\` that depend on each other, so
 * all that could mean something to Markdown or HTML is a character reference, which means nothing to either. (The classes of
 * Unicode's letters would take V8 a millisecond to compile; references to letters look the same.)
 */
function inlineCode(text: string): string {
  const escaped = visibleText(text).replaceAll(/[^A-Za-z0-9 ,:=+-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
  return `<code>${escaped}</code>`;
}

/** A fence longer than every run of backticks within, so that no line of the text can close it. */
function codeBlock(text: string): string {
  const visible = visibleText(text);
  const longest = Math.max(2, ...(visible.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${visible}\n${fence}`;
}
