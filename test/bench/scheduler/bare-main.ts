// What the least of servers does for a pod: POST → parsed → written and synced → answered → written and synced once
// more, as its binding → told to who watches. `node bare-main.ts '{"directory": …, "key": …, "cert": …}'`, forked.
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Level } from 'level';

const { directory, key, cert } = JSON.parse(process.argv[2] ?? '') as Record<string, string>;
const database = new Level<string, string>(directory ?? '');
await database.open();
let watcher: ServerResponse | undefined;

const server = createServer({ key, cert, noDelay: true }, (request, response) => {
  if (request.method === 'GET') {
    watcher = response;
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    return;
  }
  let text = '';
  request.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  request.on('end', () => void bind(text, response));
});

async function bind(text: string, response: ServerResponse): Promise<void> {
  const pod = JSON.parse(text) as { metadata: { name: string }; spec: object };
  const { name } = pod.metadata;
  await database.put(name, JSON.stringify(pod), { sync: true });
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(pod));
  const object = { ...pod, spec: { ...pod.spec, nodeName: 'board' } };
  await database.put(name, JSON.stringify(object), { sync: true });
  watcher?.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
}

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
