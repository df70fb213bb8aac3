// A core for tests of the stories: takes `name:level` lists, and believes the broker.

import type { Core, Exchange, Inputs, Outcome, Prepared } from '../../src/core.ts';

export const fakeCore: Core = { prepare, settle };

function prepare(inputs: Inputs): Prepared {
  if (inputs.permissions === '') {
    return { ok: false, problems: [{ input: 'permissions', message: 'expected at least one permission', help: 'write `contents: read`' }] };
  }
  const permissions = Object.fromEntries(inputs.permissions.split(',').map((entry) => entry.split(/:\s*/) as [string, string]));
  const repositories = inputs.repositories === '' ? undefined : inputs.repositories.split(',');
  const auth = { type: 'aws', roleArn: 'arn:aws:iam::123456789012:role/broker', region: 'eu-central-1', service: 'lambda' } as const;
  return {
    ok: true,
    request: {
      ...(inputs.owner === '' ? {} : { owner: inputs.owner }),
      ...(repositories === undefined ? {} : { repositories }),
      permissions,
      ...(inputs.dryRun === 'true' ? { dry_run: true as const } : {}),
    },
    appServers: inputs.appServer.split(' ').filter((word) => word !== 'aws').map((url) => ({
      url,
      audience: new URL(url).hostname,
      ...(inputs.appServer.startsWith('aws ') ? { auth } : {}),
    })),
    skipTokenRevoke: inputs.skipTokenRevoke === 'true',
    dryRun: inputs.dryRun === 'true',
    ifUnavailable: inputs.ifUnavailable === 'skip' ? 'skip' : 'fail',
    waitUntilReady: inputs.waitUntilReady !== 'false',
    refresh: inputs.refresh === 'true',
    ...(inputs.id === '' ? {} : { id: inputs.id }),
  };
}

interface Answer {
  readonly token?: string;
  readonly expires_at?: string;
  readonly owner?: string;
  readonly repositories?: string[];
  readonly permissions?: Record<string, string>;
  readonly message?: string;
  readonly requestId?: string;
}

function settle({ request, status, body }: Exchange): Outcome {
  if (!body.startsWith('{')) return { kind: 'malformed', message: 'the answer of the broker is not a JSON object' };
  const answer = JSON.parse(body) as Answer;
  if (status !== 200) {
    const requestId = answer.requestId === undefined ? {} : { requestId: answer.requestId };
    const hint = status === 403 ? { isDenial: true as const, hint: 'statements:\n  - subjects: ["ref:refs/heads/main"]', subjects: ['repo:octo-org/app:pull_request'] } : {};
    return { kind: 'refused', status, message: answer.message ?? 'no message', ...requestId, ...hint };
  }
  const { token, expires_at: expiresAt, owner, permissions, repositories = 'ALL' } = answer;
  if (token === undefined || expiresAt === undefined || owner === undefined || permissions === undefined) {
    return { kind: 'malformed', message: 'the answer of the broker has no token' };
  }
  if (JSON.stringify(permissions) !== JSON.stringify(request.permissions)) {
    return { kind: 'mismatch', token, message: 'the token is not what was asked for' };
  }
  return { kind: 'granted', token, expiresAt, owner, repositories, permissions };
}
