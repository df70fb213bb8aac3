// The least that a step can take: its requests one after the other, by Node's own client and nothing else.
//
//   node scripts/bench/requests.cjs 'GET https://…/id' 'POST https://…/access_tokens' …

const requests = process.argv.slice(2);
const { Agent, request: send } = require(requests[0].includes(' https:') ? 'node:https' : 'node:http');
const agent = new Agent({ keepAlive: false });

function next() {
  const request = requests.shift();
  if (request === undefined) process.exit();
  const [method, url] = request.split(' ');
  send(url, { method, agent }, (response) => response.resume().on('end', next)).end();
}

next();
