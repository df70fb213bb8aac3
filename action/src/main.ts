// The main step of the action.

import { join } from 'node:path';
import { loadCore } from './core.ts';
import { leave, processEffects, tell } from './effects.ts';
import { loadAws } from './load-aws.ts';
import { requestToken } from './request-token.ts';

void tell(requestToken, {
  ...processEffects(),
  loadCore: () => loadCore(__dirname),
  loadAws,
  command: { node: process.execPath, script: join(__dirname, 'refresh.js'), platform: process.platform },
}).then(leave);
