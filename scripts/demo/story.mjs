// How the demonstration speaks: numbered steps, quoted output, checks; at most 80 columns, colours on a terminal only.

const columns = 80;
const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

let steps = 0;
let checks = 0;

const painted = (code) => (text) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = painted('1');
const dim = painted('2');
const green = painted('32');
const red = painted('31');

export function title(text) {
  console.log(bold(text));
}

/** Begins the next step of the story. */
export function step(text) {
  steps += 1;
  console.log(`\n${bold(`${steps}. ${text}`)}`);
}

export function say(text) {
  for (const line of wrapped(text, columns - 3)) console.log(`   ${line}`);
}

/** What a file holds or a process prints. */
export function quote(lines) {
  for (const line of lines.flatMap((text) => wrapped(text, columns - 7))) console.log(dim(`     | ${line}`.trimEnd()));
}

/** Says what was expected and is so; throws if it is not. */
export function check(isSo, text) {
  if (!isSo) throw new Error(`this was expected, and is not so: ${text}`);
  checks += 1;
  const [first, ...rest] = wrapped(text, columns - 6);
  console.log(`${green('   ok')} ${first}`);
  for (const line of rest) console.log(`      ${line}`);
}

export function theEnd(text) {
  console.log(`\n${green(bold(`All ${checks} checks of ${steps} steps passed.`))}`);
  for (const line of text) console.log(line);
}

export function complain(error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`\n${red('failed:')} ${message}`);
}

/** The lines of a text, broken at spaces; a word that is too long behind a `:`, `/` or `@`, as subjects have them. */
function wrapped(text, width) {
  const [indent] = /^ */.exec(text);
  const lines = [];
  let line = '';
  for (const word of text.slice(indent.length).split(' ')) {
    // A dash of a list keeps to its word.
    if (line.trim().length > 1 && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? indent + word : `${line} ${word}`;
    while (line.length > width) {
      const end = lastBreak(line, indent.length, width);
      lines.push(line.slice(0, end));
      line = `${indent}  ${line.slice(end)}`;
    }
  }
  return [...lines, line];
}

/** Behind which character a line is broken; what offers no place is cut at the width. */
function lastBreak(line, start, width) {
  const head = line.slice(start, width);
  const at = Math.max(...[':', '/', '@'].map((mark) => head.lastIndexOf(mark)));
  return at > 2 ? start + at + 1 : width;
}
