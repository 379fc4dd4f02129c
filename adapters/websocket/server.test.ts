import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { acceptWebSocket, type WebSocketConnection } from './server.ts';

interface Accepted {
  readonly connection: WebSocketConnection;
  readonly messages: Uint8Array[];
  closed: boolean;
}

/** A server that upgrades whatever comes, and says nothing by itself. */
async function serve(t: TestContext, protocol = 'chat') {
  const accepted: Accepted[] = [];
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    acceptWebSocket({ request, socket, head }, { protocol, largestMessageBytes: 1_000 }, (connection) => {
      const one: Accepted = { connection, messages: [], closed: false };
      accepted.push(one);
      return {
        onMessage: (bytes) => one.messages.push(bytes),
        onClose: () => {
          one.closed = true;
        },
      };
    });
  });
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { accepted, port };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${holds}`);
    await pause(5);
  }
}

test('messages both ways, and an end in order', async (t) => {
  const { accepted, port } = await serve(t);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, ['chat']);
  client.binaryType = 'arraybuffer';
  await once(client, 'open');
  assert.equal(client.protocol, 'chat');
  client.send(Buffer.from('hello'));
  await until(() => accepted[0]?.messages.length === 1);
  assert.equal(String(accepted[0]?.messages[0]), 'hello');
  let sent = 0;
  accepted[0]?.connection.send(Buffer.from('answer'), () => {
    sent += 1;
  });
  const [answer] = await once(client, 'message');
  assert.equal(Buffer.from(answer.data).toString(), 'answer');
  await until(() => sent === 1);
  accepted[0]?.connection.close(1_000, 'done');
  const [close] = await once(client, 'close');
  assert.deepEqual([close.code, close.reason], [1_000, 'done']);
  await until(() => accepted[0]?.closed === true);
  accepted[0]?.connection.send(Buffer.from('late'), () => {
    sent += 1;
  });
  accepted[0]?.connection.pong();
  assert.equal(sent, 2, 'what can no longer be sent is done with too');
});

test('while it is paused no message comes', async (t) => {
  const { accepted, port } = await serve(t);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, ['chat']);
  await once(client, 'open');
  accepted[0]?.connection.pause();
  for (let count = 0; count < 50; count += 1) client.send(Buffer.alloc(900));
  await until(() => client.bufferedAmount === 0);
  await pause(50);
  const before = accepted[0]?.messages.length ?? 0;
  assert.ok(before < 50);
  accepted[0]?.connection.resume();
  await until(() => accepted[0]?.messages.length === 50);
  client.close();
  await until(() => accepted[0]?.closed === true);
});

const handshake = [
  'GET / HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io',
].join('\r\n');

test('a name that is no token is agreed on as it is', async (t) => {
  const { port } = await serve(t, 'SPDY/3.1+portforward.k8s.io');
  const socket = connect(port, '127.0.0.1');
  socket.write(`${handshake}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  assert.match(
    String(head),
    /^HTTP\/1\.1 101 .*Sec-WebSocket-Protocol: SPDY\/3\.1\+portforward\.k8s\.io\r\n/s,
  );
  socket.destroy();
});

test('whatever bytes a client sends, they end its own connection at worst', async (t) => {
  const { accepted, port } = await serve(t);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`${handshake}\r\n\r\n`);
      await once(socket, 'data');
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }),
    { numRuns: 100 },
  );
  await until(() => accepted.length === 100 && accepted.every(({ closed }) => closed));
  const client = new WebSocket(`ws://127.0.0.1:${port}`, ['chat']);
  await once(client, 'open');
  client.send(Buffer.alloc(1_001));
  const [close] = await once(client, 'close');
  assert.equal(close.code, 1_009, 'a message that is too large ends it too');
});
