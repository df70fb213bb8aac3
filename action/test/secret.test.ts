import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../src/secret.ts';

describe('a secret', () => {
  const secret = new Secret('ghs_secret');

  it('does not show itself', () => {
    const shown = [String(secret), ['', secret].join(''), JSON.stringify({ secret }), inspect(secret), inspect({ secret }, { showHidden: true })];
    for (const text of shown) {
      assert.doesNotMatch(text, /ghs_/);
      assert.match(text, /\*\*\*/);
    }
  });

  it('has the hash that the audit log has', () => {
    // printf %s ghs_secret | openssl dgst -sha256 -binary | base64
    assert.equal(secret.hash(), 'N1RvhvEUH+MVqBW+DqBMWI8ydS8h7rJsqQJnLKCJqcY=');
  });

  it('covers itself in text', () => {
    assert.equal(secret.cover('a ghs_secret, a ghs_secret$&'), 'a ***, a ***$&');
    assert.equal(new Secret('').cover('text'), 'text');
  });

  it('is usable only if a header can carry it', () => {
    assert.ok(secret.isUsable());
    for (const value of ['', 'a b', 'a\n', 'a\r\nx: y', 'ä', '\u0000']) assert.ok(!new Secret(value).isUsable(), JSON.stringify(value));
  });
});
