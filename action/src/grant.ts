// What the workflow gets: the outputs of the step, and the lines of its log.

import type { Granted, Repositories } from './core.ts';
import type { Secret } from './secret.ts';

export type Grant = Omit<Granted, 'token'> & { readonly token: Secret };

const columns = 80;

/** The outputs of the step besides the token. */
export function outputsOf(grant: Grant): readonly (readonly [string, string])[] {
  const { repositories, appSlug, installationId, botUserId, gitName, gitEmail } = grant;
  return [
    ['token-hash', grant.token.hash()],
    ['expires-at', grant.expiresAt],
    ['owner', grant.owner],
    ['repositories', repositories === 'ALL' ? repositories : JSON.stringify(repositories)],
    ['permissions', JSON.stringify(grant.permissions)],
    ...(appSlug === undefined ? [] : [['app-slug', appSlug] as const]),
    ...(installationId === undefined ? [] : [['installation-id', String(installationId)] as const]),
    ...(botUserId === undefined ? [] : [['bot-user-id', String(botUserId)] as const]),
    ...(gitName === undefined ? [] : [['git-name', gitName] as const]),
    ...(gitEmail === undefined ? [] : [['git-email', gitEmail] as const]),
  ];
}

/** The grant as labels and lists of words, for the log and the summary. */
export function rowsOf(grant: Grant): readonly (readonly [string, readonly string[]])[] {
  return [
    ['Token hash', [grant.token.hash()]],
    ['Owner', [grant.owner]],
    ['Repositories', namesOf(grant.repositories)],
    ['Permissions', Object.entries(grant.permissions).map(([name, level]) => `${name}: ${level}`)],
    ['Expires at', [grant.expiresAt]],
  ];
}

/** The grant as text for the log, at most 80 columns wide where its words allow it. */
export function describeGrant(grant: Grant): string {
  return rowsOf(grant)
    .map(([label, words]) => wrapped(`${label}:`.padEnd(14), words))
    .join('\n');
}

function namesOf(repositories: Repositories): readonly string[] {
  return repositories === 'ALL' ? ['all of the owner'] : repositories;
}

function wrapped(label: string, words: readonly string[]): string {
  const indent = ' '.repeat(label.length);
  const lines = [label];
  for (const [index, word] of words.entries()) {
    const item = index === words.length - 1 ? word : `${word},`;
    const line = lines.at(-1) ?? '';
    const separator = line.endsWith(' ') ? '' : ' ';
    if (line.trim() !== '' && line.length > indent.length && line.length + 1 + item.length > columns) lines.push(indent + item);
    else lines[lines.length - 1] = line + separator + item;
  }
  return lines.join('\n');
}
