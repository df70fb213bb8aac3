import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer, isGranted, readDescription } from '../src/git-credential.ts';
import type { Settings } from '../src/token-store.ts';

const settings: Settings = {
  request: { permissions: {} },
  appServers: [],
  githubApiUrl: 'https://api.github.com',
  serverUrl: 'https://github.com',
  owner: 'octo-org',
  repositories: ['website', 'docs'],
  waitUntilReady: true,
};

function asks(url: string, changed: Partial<Settings> = {}): boolean {
  const { protocol, host, pathname } = new URL(url);
  const text = `capability[]=authtype\nprotocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${pathname.slice(1)}\n\n`;
  return isGranted(readDescription(text), { ...settings, ...changed });
}

describe("git's credential helper", () => {
  it('knows the granted repositories in every form of their URL', () => {
    for (const path of ['website', 'website.git', 'docs', 'Website.git', 'docs.git/info/lfs']) {
      assert.equal(asks(`https://github.com/octo-org/${path}`), true, path);
      assert.equal(asks(`https://GitHub.com/Octo-Org/${path}`), true, path);
    }
  });

  it('knows nothing else', () => {
    for (const url of [
      'https://github.com/octo-org/app',
      'https://github.com/octo-org/website-2',
      'https://github.com/octo-org',
      'https://github.com/octocat/website',
      'https://github.com/octo-org/website/../app',
      'https://github.com/octo-org/website/x/y',
      'https://github.com/',
      'http://github.com/octo-org/website',
      'https://github.com:8443/octo-org/website',
      'https://github.com.example/octo-org/website',
      'https://gist.github.com/octo-org/website',
    ]) {
      assert.equal(asks(url), false, url);
    }
    assert.equal(isGranted(readDescription('protocol=https\nhost=github.com\n'), settings), false);
    assert.equal(isGranted(readDescription(''), settings), false);
  });

  it('knows all repositories of an owner, and a server with a port or a path', () => {
    assert.equal(asks('https://github.com/octo-org/anything.git', { repositories: 'ALL' }), true);
    assert.equal(asks('https://github.com/octocat/anything.git', { repositories: 'ALL' }), false);
    assert.equal(asks('https://github.example:8443/octo-org/docs', { serverUrl: 'https://github.example:8443' }), true);
    assert.equal(asks('https://github.example/git/octo-org/docs', { serverUrl: 'https://github.example/git/' }), true);
    assert.equal(asks('https://github.example/octo-org/docs', { serverUrl: 'https://github.example/git/' }), false);
  });

  it('takes the usual port of a server for none, as git does', () => {
    const told = 'protocol=https\nhost=github.com:443\npath=octo-org/website\n';
    assert.equal(isGranted(readDescription(told), settings), true);
    assert.equal(isGranted(readDescription(told.replace('443', '4430')), settings), false);
    assert.equal(isGranted(readDescription(told.replace('443', '80')), settings), false);
  });

  it('answers in lines that git reads', () => {
    assert.equal(
      answer('ghs_token', Date.parse('2026-11-01T13:00:00.999Z')),
      'username=x-access-token\npassword=ghs_token\npassword_expiry_utc=1793538000\n',
    );
    assert.equal(answer('ghs_token', undefined), 'username=x-access-token\npassword=ghs_token\n');
  });
});
