// The post step of the action.

import { leave, tell } from './effects.ts';
import { isProcessAlive } from './lock.ts';
import { revokeToken } from './revoke-token.ts';

void tell((effects) => revokeToken({ ...effects, pid: process.pid, isAlive: isProcessAlive })).then(leave);
