// The least that a step can take: its requests one after the other, by `node:http` and nothing else.
//
//   node scripts/bench/requests.cjs URL 'GET /id' 'POST /access_tokens' …

const http = require('node:http');

const [url, ...requests] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: false });

function next() {
  const request = requests.shift();
  if (request === undefined) process.exit();
  const [method, path] = request.split(' ');
  http.request(url + path, { method, agent }, (response) => response.resume().on('end', next)).end();
}

next();
