import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { staticBusybox } from '../../runtime/podman/busybox.ts';
import type { ContainerSession } from '../../runtime/port.ts';
import { nsenterDialer } from './nsenter-dialer.ts';

/** A server in this process's own namespace, which is as good as any. */
async function listen(t: TestContext, host: string, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, answer).listen(0, host);
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

async function dial(port: number): Promise<ContainerSession> {
  return nsenterDialer(await staticBusybox()).dial(process.pid, port);
}

async function heard(session: ContainerSession): Promise<string> {
  let text = '';
  for await (const { bytes } of session.output) text += Buffer.from(bytes).toString();
  return text;
}

test('bytes both ways, and the end of what is asked before the answer', async (t) => {
  const port = await listen(t, '127.0.0.1', (socket) => {
    let asked = '';
    socket.on('data', (bytes) => {
      asked += String(bytes);
    });
    socket.on('end', () => socket.end(`you said ${asked.length} bytes`));
  });
  const session = await dial(port);
  await session.write(Buffer.alloc(1_000_000, 'x'));
  session.endInput();
  assert.equal(await heard(session), 'you said 1000000 bytes');
  assert.deepEqual(await session.result(), {});
});

test('a server on IPv6’s own address alone', async (t) => {
  const port = await listen(t, '::1', (socket) => socket.end('six'));
  assert.equal(await heard(await dial(port)), 'six');
});

test('where nobody listens, the result says so', async () => {
  const session = await dial(1);
  assert.equal(await heard(session), '');
  const { error } = await session.result();
  assert.equal(error?.message, 'failed to connect to localhost:1 inside the pod: Connection refused');
});

test('closing ends the connection, and the relay with it', async (t) => {
  const gone = Promise.withResolvers<void>();
  const port = await listen(t, '127.0.0.1', (socket) => {
    socket.write('hello');
    socket.on('error', () => {});
    socket.on('close', () => gone.resolve());
    socket.on('end', () => socket.end());
    socket.resume();
  });
  const session = await dial(port);
  const { value } = await session.output[Symbol.asyncIterator]().next();
  assert.equal(String(Buffer.from(value?.bytes ?? [])), 'hello');
  session.close();
  await gone.promise;
});

test('a process that has ended has no namespace to enter', async () => {
  const session = nsenterDialer(await staticBusybox()).dial(2 ** 22 - 1, 80);
  assert.equal(await heard(session), '');
  const { error } = await session.result();
  assert.match(error?.message ?? '', /No such file or directory/);
});
