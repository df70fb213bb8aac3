// GitHub's REST API as far as the action needs it: where it is, and how it is spoken to with a token.

import { Failure } from './failure.ts';
import { mayCarrySecrets } from './http.ts';
import { userAgent } from './identity.ts';
import type { Runner } from './runner.ts';
import type { Secret } from './secret.ts';

/** The base URL of GitHub's REST API, without a slash at its end. Throws a `Failure` if no token may go there. */
export function githubApiUrl(runner: Runner): string {
  const text = runner.input('github-api-url') || runner.variable('GITHUB_API_URL') || 'https://api.github.com';
  if (!mayCarrySecrets(text)) throw new Failure(`input \`github-api-url\`: expected an \`https\` URL, got \`${text}\``);
  return text.replace(/\/+$/, '');
}

/** The headers of a request with this token. */
export function githubHeaders(token: Secret): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${token.reveal()}`,
    accept: 'application/vnd.github+json',
    'user-agent': userAgent,
    'x-github-api-version': '2022-11-28',
  };
}
