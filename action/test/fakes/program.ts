// What runs the shipped steps: this Node, or with `npm run windows` the one for Windows, under Wine.

import { EOL as ownEol } from 'node:os';

const wine = process.env['ACTION_WINE'] ?? '';

export const isWine = wine !== '';
/** The command and the words before the script. */
export const program: readonly [string, ...string[]] = isWine ? [wine, process.env['ACTION_NODE'] ?? ''] : [process.execPath];
/** What that needs in its environment besides what a runner gives. */
export const surroundings: Readonly<Record<string, string>> = isWine
  ? Object.fromEntries(['HOME', 'WINEPREFIX', 'WINEDEBUG', 'LC_ALL'].map((name) => [name, process.env[name] ?? '']))
  : {};
/** How its lines end. */
export const EOL = isWine ? '\r\n' : ownEol;
