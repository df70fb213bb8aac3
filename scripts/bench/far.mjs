// A runner's id-token endpoint, a broker and a GitHub with TLS, each a host of its own behind a network:
//
//   node scripts/bench/far.mjs MILLISECONDS FILE
//
// MILLISECONDS is how long anything takes one way. Writes the authority to trust into FILE, prints the three URLs, and ends
// with its standard input.

import { writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import { build } from 'esbuild';

const [oneWay, file] = [Number(process.argv[2]), process.argv[3]];
const { certificateFor } = await bundled('action/test/fakes/certificate.ts');
const { answer } = await import('./answers.mjs');
const certificate = certificateFor('localhost');
writeFileSync(file, certificate.cert);
for (let host = 0; host < 3; host += 1) console.log(`https://localhost:${await far(await listening(createTlsServer(certificate, answer)))}`);
process.stdin.resume().on('end', () => process.exit());

/**
 * A port that is further away than this one. The system connects on its own, so the round trip for that is added to what
 * comes first.
 */
function far(port) {
  return listening(createServer((near) => {
    const host = connect(port, '127.0.0.1');
    let isFirst = true;
    near.on('data', (bytes) => {
      setTimeout(() => host.write(bytes), isFirst ? 3 * oneWay : oneWay);
      isFirst = false;
    });
    host.on('data', (bytes) => setTimeout(() => near.write(bytes), oneWay));
    for (const [from, to] of [[near, host], [host, near]]) {
      from.on('end', () => setTimeout(() => to.end(), oneWay));
      from.on('error', () => to.destroy());
    }
  }));
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function bundled(module) {
  const { outputFiles: [{ text }] } = await build({ entryPoints: [module], bundle: true, platform: 'node', format: 'esm', write: false });
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}
