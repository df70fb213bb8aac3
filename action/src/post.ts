// The post step of the action.

import { tell } from './effects.ts';
import { isProcessAlive } from './lock.ts';
import { revokeToken } from './revoke-token.ts';

tell((effects) => revokeToken({ ...effects, pid: process.pid, isAlive: isProcessAlive }));
