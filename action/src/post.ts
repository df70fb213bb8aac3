// The post step of the action.

import { tell } from './effects.ts';
import { revokeToken } from './revoke-token.ts';

tell(revokeToken);
