// A runner's id-token endpoint, a broker and a GitHub that answer at once, in a process of their own: what a step takes with
// them is its own time. Prints its port, and ends with its standard input.

import { createServer } from 'node:http';
import { answer } from './answers.mjs';

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
