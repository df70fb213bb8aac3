// The command `access-token` of a job with `refresh: true`.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { answer, isGranted, readDescription } from './git-credential.ts';
import { acquire } from './lock.ts';
import { validToken, type RefreshEffects } from './refresh-token.ts';
import { TokenStore } from './token-store.ts';

export interface CommandEffects extends RefreshEffects {
  /** Standard output: what the caller gets. All other words go elsewhere. */
  readonly print: (text: string) => void;
  readonly readInput: () => string;
}

export const usage = [
  'access-token [--id ID]',
  '    prints a token that is good for at least ten minutes (where no new one can',
  '    be had, two). Give it a line of its own, or its failure is not noticed:',
  '    GH_TOKEN=$(access-token)',
  '    export GH_TOKEN',
  'access-token git-credential [--id ID] get|store|erase',
  "    is git's credential helper for the granted repositories",
  '',
  'ID is the input `id` of the step that the action runs in, by default the id of',
  'the step; it is needed where several steps of the job have `refresh: true`.',
  '',
].join('\n');

interface Arguments {
  readonly id?: string | undefined;
  readonly words: readonly string[];
}

/** `root` is where the uses of the action are. */
export async function runCommand(effects: CommandEffects, root: string, given: readonly string[]): Promise<void> {
  if (given.includes('--help') || given.includes('-h')) {
    effects.print(usage);
    return;
  }
  const { id, words } = read(given);
  const store = storeOf(join(root, 'uses'), id);
  const [word, operation] = words;
  if (word === undefined) {
    effects.print(`${(await validToken(effects, store)).reveal()}\n`);
  } else if (word === 'git-credential' && words.length === 2) {
    await helpGit(effects, store, operation ?? '');
  } else {
    throw new Failure(`expected no argument or \`git-credential\` and an operation, found \`${words.join(' ')}\`\n${usage}`);
  }
}

function read(given: readonly string[]): Arguments {
  const at = given.findIndex((word) => word === '--id' || word.startsWith('--id='));
  if (at < 0) return { words: given };
  const isOneWord = given[at] !== '--id';
  const id = isOneWord ? given[at]?.slice('--id='.length) : given[at + 1];
  if (id === undefined || id === '') throw new Failure(`\`--id\`: expected the id of a step\n${usage}`);
  return { id, words: given.filter((_, index) => index !== at && (isOneWord || index !== at + 1)) };
}

function storeOf(uses: string, id: string | undefined): TokenStore {
  const ids = existsSync(uses) ? readdirSync(uses).sort() : [];
  const list = ids.map((one) => `\`${one}\``).join(', ') || 'none';
  if (id !== undefined) {
    if (!ids.includes(id)) throw new Failure(`\`--id\`: expected one of ${list}, found \`${id}\``);
    return new TokenStore(join(uses, id));
  }
  const [only, ...others] = ids;
  if (only === undefined) throw new Failure('no step of this job has `refresh: true`: expected one before this');
  if (others.length > 0) throw new Failure(`several steps of this job have \`refresh: true\`: say which by \`--id\`, one of ${list}`);
  return new TokenStore(join(uses, only));
}

/** Silent for everything that is not about a granted repository, so that git asks its other helpers. */
async function helpGit(effects: CommandEffects, store: TokenStore, operation: string): Promise<void> {
  const description = readDescription(effects.readInput());
  if (operation !== 'get' && operation !== 'erase') return;
  if (store.isClosed() || !isGranted(description, store.settings())) return;
  if (operation === 'get') {
    const token = await validToken(effects, store);
    effects.print(answer(token.reveal(), store.endOf(token)));
    return;
  }
  const hold = await acquire(store.directory, erasePatience, effects);
  if (hold === undefined) return;
  // The next one who asks gets a new one. It stays among those that are revoked at the end.
  store.refuse(description.get('password') ?? '');
  hold.release();
}

const erasePatience = 10_000;
