// What the command `access-token` runs: `node refresh.js DIRECTORY ARGUMENT…`.

import { constants, fstatSync, readFileSync } from 'node:fs';
import { runCommand } from './access-command.ts';
import { loadCore } from './core.ts';
import { processEffects, tell } from './effects.ts';
import { loadAws } from './load-aws.ts';
import { isProcessAlive } from './lock.ts';
import { Runner } from './runner.ts';

/**
 * SECURITY: standard output is for the caller, who puts it into a variable; so the runner is told by standard error, in
 * which it looks for commands, too (`ScriptHandler.cs` of actions/runner has an `OutputManager` for each). In a file or a
 * terminal no runner looks: there a mask would hide nothing, and show the token.
 */
function runnerOverStandardError(): Runner {
  const isRead = mayBeRead();
  return new Runner({
    environment: process.env,
    write: (text) => {
      if (isRead || !text.startsWith('::add-mask::')) process.stderr.write(text);
    },
    uuid: () => process.getBuiltinModule('node:crypto').randomUUID(),
  });
}

/** By the mode itself: on Windows `isFIFO` is false for every pipe. What cannot be known may be the runner's. */
function mayBeRead(): boolean {
  try {
    const kind = fstatSync(2).mode & constants.S_IFMT;
    return kind !== constants.S_IFREG && kind !== constants.S_IFCHR;
  } catch {
    return true;
  }
}

void tell(
  (effects) => {
    const [root = '', ...given] = process.argv.slice(2);
    return runCommand(
      {
        ...effects,
        loadCore: () => loadCore(__dirname),
        loadAws,
        pid: process.pid,
        isAlive: isProcessAlive,
        print: (text) => {
          process.stdout.write(text);
        },
        readInput: () => readFileSync(0, 'utf8'),
      },
      root,
      given,
    );
  },
  { ...processEffects(), runner: runnerOverStandardError() },
);
