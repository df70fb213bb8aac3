// The post step of the action.

import { leave, processEffects, tell } from './effects.ts';
import { isProcessAlive } from './lock.ts';
import { revokeToken } from './revoke-token.ts';

void tell(revokeToken, { ...processEffects(), pid: process.pid, isAlive: isProcessAlive }).then(leave);
