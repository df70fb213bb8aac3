import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { visibleText } from '../src/visible-text.ts';

/** The runner's own reading of a line (`ActionCommand.TryParseV2` and `TryParse`), as loosely as any of its cultures. */
function isCommand(line: string): boolean {
  const visible = line.replaceAll(/[\p{Cf}\p{Cc}\p{Mn}\p{Default_Ignorable_Code_Point}]/gu, '');
  return visible.trimStart().startsWith('::') || visible.includes('##[');
}

/** A name for a test in ASCII, since the text is one that has invisible characters. */
function named(text: string): string {
  return JSON.stringify(text.slice(0, 40)).replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('text from outside', () => {
  for (const text of [
    '::add-mask::x',
    '  \t::stop-commands::x',
    '\u00a0\u2003\u3000::error::x',
    ':::error::x',
    '::::error::x',
    'fine\n::error::x',
    'fine\r::error::x',
    'fine\r\n\r\n::error::x',
    '\u200b::error::x',
    ':\u00ad:error::x',
    '\ufeff::error::x',
    '\u034f:\u034f:error::x',
    '\u0085::error::x',
    '##[error]x',
    'fine ##[add-mask]x',
    '#\u200d##[error]x',
    '###[error]x',
    '##\u2060[error]x',
    '\u001b\u0007::error::x',
    `${'\n'.repeat(9_000)}::error::x`,
  ]) {
    it(`cannot become a command: ${named(text)}`, () => {
      assert.ok(text.split(/\r\n|\r|\n/).some(isCommand), 'the text is no attack to begin with');
      assert.deepEqual(visibleText(text).split('\n').filter(isCommand), []);
      assert.doesNotMatch(visibleText(text), /\r/);
    });
  }

  it('writes out what has no width or moves the cursor', () => {
    assert.equal(visibleText('a\u001b[1mb\u200bc\u202ed\0'), 'a\\u{1b}[1mb\\u{200b}c\\u{202e}d\\u{0}');
    assert.equal(visibleText('\ud800'), '\\u{d800}');
  });

  it('leaves plain text alone', () => {
    const text = 'Issues:\n- octo-org/website:\n  - secrets: write - Not authorized\n\tä ✓ 🎉 a::b 100 %';
    assert.equal(visibleText(text), text);
  });

  it('is cut when it is very long', () => {
    assert.equal(visibleText('x'.repeat(20_000)), `${'x'.repeat(16_384)}… (3616 more characters)`);
  });
});
