// Workflows that come from another action: the main step as it is shipped.

import { describe } from 'node:test';
import { scenario } from './fakes/scenario.ts';

const nothing = '::error::input `permissions`: expected permissions such as `contents: read`, each on a line or with commas between, found nothing';

describe('a workflow that comes from another action', () => {
  scenario('is told how its permissions are written here', {
    inputs: { permissions: '', 'permission-pull-requests': 'write', 'permission-contents': 'read', 'permission-issues': '' },
    exitCode: 1,
    stdout: [`${nothing}%0Athis action takes all permissions in one input, so write%0Apermissions: |%0A  contents: read%0A  pull-requests: write`],
    requests: [],
  });

  scenario('gets no token without the permissions that it has beside those of this action', {
    inputs: { permissions: 'contents: read', 'permission-pull-requests': 'write', 'permission-issues': 'read' },
    exitCode: 1,
    stdout: ['issues: read', 'pull-requests: write'].map(
      (entry) => `::error::input \`permission-${entry.split(':')[0]}\`: expected all permissions in the input \`permissions\`, found both%0Amove \`${entry}\` there`,
    ),
    requests: [],
  });

  scenario('is told the usual where it has no permissions either', {
    inputs: { permissions: '', 'permission-': 'read' },
    exitCode: 1,
    stdout: [`${nothing}%0Afor example:%0A  permissions: |%0A    contents: read`],
    requests: [],
  });
});

describe('inputs with many mistakes', () => {
  const unknown = (number: number): string => `::error::input \`permissions\`: unknown permission \`p${number}\``;
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
  const permissions = (count: number): string => numbers(count).map((number) => `p${number}: read`).join(', ');

  scenario('fill no more annotations than GitHub keeps', {
    inputs: { permissions: permissions(12) },
    exitCode: 1,
    stdout: [...numbers(9).map(unknown), '::error::and 3 more like these'],
    requests: [],
  });

  scenario('are all shown where they fit', {
    inputs: { permissions: permissions(10) },
    exitCode: 1,
    stdout: numbers(10).map(unknown),
    requests: [],
  });
});
