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

  it('has forms that would give it away', () => {
    assert.deepEqual(new Secret('').forms(), []);
    assert.deepEqual(new Secret('short.one').forms(), ['short.one']);
    // printf %s ghs_0123456789abcdef | base64, the same without 2 bytes and without 1 byte, incomplete groups left out
    assert.deepEqual(new Secret('ghs_0123456789abcdef').forms(), [
      'ghs_0123456789abcdef',
      'Z2hzXzAxMjM0NTY3ODlhYmNkZWY=',
      'Z2hzXzAxMjM0NTY3ODlhYmNkZWY',
      'Z2hzXzAxMjM0NTY3ODlhYmNk',
      'c18wMTIzNDU2Nzg5YWJjZGVm',
      'aHNfMDEyMzQ1Njc4OWFiY2Rl',
    ]);
  });

  it('has its longer parts between dots among them', () => {
    const forms = new Secret('ghs_12345_eyJhbGciOi.short.c2lnbmF0dXJlc2lnbmF0dXJl').forms();
    assert.ok(forms.includes('ghs_12345_eyJhbGciOi') && forms.includes('c2lnbmF0dXJlc2lnbmF0dXJl'));
    assert.ok(!forms.includes('short'));
  });

  it('has the forms of base64url and of URLs among them', () => {
    const forms = new Secret('a?~>a?~>a?~>a?~>').forms();
    for (const form of ['YT9+PmE/fj5hP34+YT9+Pg==', 'YT9-PmE_fj5hP34-YT9-Pg', 'a%3F~%3Ea%3F~%3Ea%3F~%3Ea%3F~%3E']) assert.ok(forms.includes(form), form);
    assert.ok(new Secret('\ud800'.repeat(20)).forms().length > 1);
  });

  it('is covered in base64 whatever stands before and behind it', () => {
    const value = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
    for (const before of ['', ':', 'u:', 'me:', 'x-access-token:', 'x-oauth-basic:']) {
      for (const behind of ['', '\n', '@h', '@github.com', ':x-oauth-basic']) {
        const text = before + value + behind;
        for (const encoding of ['base64', 'base64url'] as const) {
          const shown = new Secret(value).cover(Buffer.from(text).toString(encoding));
          const left = shown.split('***').map((part) => Buffer.from(part, 'base64').toString());
          assert.equal(left.length, 2, text);
          assert.doesNotMatch(left.join(' '), /hs_|xyz/, text);
        }
      }
    }
  });

  it('is usable only if a header can carry it', () => {
    assert.ok(secret.isUsable());
    for (const value of ['', 'a b', 'a\n', 'a\r\nx: y', 'ä', '\u0000']) assert.ok(!new Secret(value).isUsable(), JSON.stringify(value));
  });
});
