import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { portHolder, portInUse, shortCommand } from './port-holder.ts';

test('names the process that listens on a port, and the flag', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.equal((await portHolder(address.port))?.pid, process.pid);
  const error = await portInUse(address.port, '--mqtt-port');
  assert.equal(error.code, 'BRAMBLE_PORT_IN_USE');
  assert.match(error.message, new RegExp(`${address.port}.*process ${process.pid}.*--mqtt-port`));
});

test('nobody holds a port that is free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await portHolder(address.port), undefined);
});

test('a command is shown by its program and its script, whatever spaces and options it has', () => {
  const words = [
    '/home/my pi/node_modules/node/bin/node',
    '--max-semi-space-size=2',
    '/home/my pi/controller/main.ts',
  ];
  assert.equal(shortCommand([...words, '--data-dir', 'x']), 'bin/node controller/main.ts --data-dir x');
  assert.equal(shortCommand(['nginx: master process']), 'nginx: master process');
  assert.equal(shortCommand(['/usr/sbin/mosquitto', '-v']), 'sbin/mosquitto -v');
});
