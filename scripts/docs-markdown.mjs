// Markdown, as far as the documents use it.

/** The fenced blocks, each with its language, line, the heading above it and the words of a comment right before it. */
export function blocksOf(text) {
  const blocks = [];
  let [block, section, note] = [undefined, '', ''];
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent, language] = /^( *)```(\w*)$/.exec(line) ?? [];
    if (block !== undefined) {
      if (language === '' && indent === block.indent) {
        blocks.push(block);
        block = undefined;
      } else {
        block.text += `${line.slice(block.indent.length)}\n`;
      }
    } else if (language !== undefined) {
      block = { language, indent, line: index + 1, section, note, text: '' };
    } else {
      section = /^#+ (.*)$/.exec(line)?.[1] ?? section;
      note = /^<!-- (.*) -->$/.exec(line)?.[1] ?? '';
    }
  }
  return blocks;
}

/** The anchors of the headings, as GitHub makes them. */
export function headingsOf(text) {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'),
  );
}

/** The targets of the links. */
export function linksOf(text) {
  return withoutBlocks(text).split('\n').flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ target, line: index + 1 })),
  );
}

/** The cells of the first table, row by row, without its head. */
export function rowsOf(text) {
  const [table = ''] = /(?:^\|.*\|\n)+/m.exec(text) ?? [];
  const cells = (line) => line.slice(1, -1).split('|').map((cell) => cell.trim());
  return table.trim().split('\n').slice(2).map(cells);
}

function withoutBlocks(text) {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replaceAll(/[^\n]/g, ''));
}
