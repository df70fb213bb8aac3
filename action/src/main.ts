// The main step of the action.

import { loadCore } from './core.ts';
import { tell } from './effects.ts';
import { requestToken } from './request-token.ts';

tell((effects) => requestToken({ ...effects, loadCore: () => loadCore(__dirname) }));
