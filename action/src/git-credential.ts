// Git's protocol of credential helpers: <https://git-scm.com/docs/git-credential#IOFMT>.

import type { Settings } from './token-store.ts';

/** What git says of a place: `protocol`, `host`, `path`, and where it gives up a credential, `password`. */
export type Description = ReadonlyMap<string, string>;

/** The most lines that are read; git sends about ten. */
const mostLines = 100;

export function readDescription(text: string): Description {
  const lines = text.split('\n').slice(0, mostLines).map((line) => line.replace(/\r$/, ''));
  const end = lines.indexOf('');
  const entries = (end < 0 ? lines : lines.slice(0, end)).filter((line) => line.includes('='));
  return new Map(entries.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/**
 * Whether this is a repository that the token was granted for, on the server that it is for.
 *
 * SECURITY: without a path nobody knows which repository it is, so the answer is no. The configuration that comes with
 * the helper has git tell the path.
 */
export function isGranted(description: Description, { serverUrl, owner, repositories }: Settings): boolean {
  const server = new URL(serverUrl);
  // Git tells a port that was written, `URL` leaves out the usual one.
  const host = (description.get('host') ?? '').replace(server.protocol === 'https:' ? /:443$/ : /:80$/, '');
  const isServer = `${description.get('protocol') ?? ''}:` === server.protocol && sameName(host, server.host);
  const prefix = server.pathname.replace(/^\/|\/$/g, '');
  const path = (description.get('path') ?? '').replace(/^\/+/, '');
  if (!isServer || !path.startsWith(prefix)) return false;
  const [account = '', name = '', ...rest] = path.slice(prefix.length).replace(/^\/+/, '').split('/');
  // Git LFS asks for `owner/name.git/info/lfs`.
  if (rest.length > 0 && rest[0] !== 'info') return false;
  if (!sameName(account, owner) || name === '') return false;
  const bare = name.replace(/\.git$/, '');
  return repositories === 'ALL' || repositories.some((granted) => sameName(granted, bare));
}

/** `endsAt` is by the clock of this machine, as git compares it. */
export function answer(token: string, endsAt: number | undefined): string {
  return [
    'username=x-access-token',
    `password=${token}`,
    // Git knows this from version 2.41 on, and skips what it does not know.
    ...(endsAt === undefined ? [] : [`password_expiry_utc=${Math.floor(endsAt / 1000)}`]),
    '',
  ].join('\n');
}

/**
 * The configuration for git that names the helper for the granted repositories, and no other helper there.
 *
 * The empty `helper` takes away those from other files, which would be asked first; in the scope of these URLs only.
 */
export function gitConfiguration({ serverUrl, owner, repositories }: Settings, command: string): string {
  const base = serverUrl.replace(/\/+$/, '');
  const urls = repositories === 'ALL'
    ? [`${base}/${owner}`]
    : repositories.flatMap((name) => [`${base}/${owner}/${name}`, `${base}/${owner}/${name}.git`]);
  const lines = urls.flatMap((url) => [
    `[credential ${quoted(url)}]`,
    '\thelper =',
    `\thelper = ${quoted(`!${command}`)}`,
    '\tuseHttpPath = true',
  ]);
  return `${lines.join('\n')}\n`;
}

/** A value or a subsection as git's configuration writes it. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Names of hosts, accounts and repositories compare without letter case. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
