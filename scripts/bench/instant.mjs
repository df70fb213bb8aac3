// A runner's id-token endpoint, a broker and a GitHub that answer at once, in a process of their own: what a step takes with
// them is its own time. Prints its port, and ends with its standard input.

import { createServer } from 'node:http';

const claims = { sub: 'repo:octo-org/app:ref:refs/heads/main', repository: 'octo-org/app', repository_owner: 'octo-org', ref: 'refs/heads/main' };
const grant = {
  token: `ghs_${'a'.repeat(36)}`,
  expires_at: '2099-01-01T00:00:00Z',
  owner: 'octo-org',
  repositories: ['website'],
  permissions: { contents: 'read' },
};
const answers = {
  '/id': { value: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln` },
  '/access_tokens': grant,
  '/rate_limit': {},
};

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const answer = answers[request.url.split('?')[0]];
    response.writeHead(answer === undefined ? 204 : 200, { 'content-type': 'application/json' });
    response.end(answer && JSON.stringify(answer));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
