// Text from outside, made safe to print: a broker's message or a policy's words can never become a runner command, move
// the cursor of a terminal, or hide characters.

/** Longest text from outside that is printed, in UTF-16 code units; an annotation beyond this helps nobody. */
const longestText = 16_384;

/**
 * The text with only visible characters, lines ended by `\n`, and no line that a runner takes for a command.
 *
 * The runner reads a command where a line starts with `::` after any white space (`TrimStart`), and, in the old form,
 * where `##[` stands anywhere in a line. Its comparison depends on the culture and skips characters without width, so
 * those are written out first.
 */
export function visibleText(text: string): string {
  return withoutHidden(shorten(text))
    .replaceAll(/^([^\S\n]*):(?=:)/gm, '$1: ')
    .replaceAll('##[', '# #[');
}

/** V8 takes most of a millisecond to compile the classes of Unicode, and almost every text has nothing but ASCII in it. */
function withoutHidden(text: string): string {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text;
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, writtenOut);
}

function writtenOut(character: string): string {
  if (character === '\n' || character === '\t') return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function shorten(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText)}… (${text.length - longestText} more characters)`;
}
