import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { portHolder, portInUse } from './port-holder.ts';

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
