// The only step of the check action.

import { env } from 'node:process';
import { leave, processHost, tell } from '../../action/src/effects.ts';
import { Runner } from '../../action/src/runner.ts';
import { checkPolicies } from './check-policies.ts';
import { Folder } from './folder.ts';
import { Git } from './git.ts';
import { loadWholeCore } from './whole-core.ts';

void tell(checkPolicies, {
  runner: new Runner(processHost()),
  openFolder: () => Folder.ofCheckout(env['GITHUB_WORKSPACE'] ?? process.cwd()),
  openGit: (folder) => new Git(folder, env),
  loadCore: () => loadWholeCore(__dirname),
  now: () => new Date(),
}).then(leave);
