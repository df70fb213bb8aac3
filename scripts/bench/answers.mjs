// What a runner's id-token endpoint, a broker and GitHub answer to a step of the benchmark, each at once.

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

/** Answers a request, whichever of the three it is for. */
export function answer(request, response) {
  request.resume().on('end', () => {
    const body = answers[request.url.split('?')[0]];
    response.writeHead(body === undefined ? 204 : 200, { 'content-type': 'application/json' });
    response.end(body && JSON.stringify(body));
  });
}
