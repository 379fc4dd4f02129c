import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { Broker } from '@bramble/controller/fleet/broker/aedes/broker.ts';
import { brokerLimits } from '@bramble/controller/fleet/broker/limits.ts';
import { Listener } from '@bramble/controller/fleet/broker/listener.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import packets from 'mqtt-packet';
import { eventually } from '../e2e/fixture/eventually.ts';

// The broker in this thread, so that the moment at which a connection ends can be chosen, and what it throws is seen.

const host = createHost(() => {});

async function brokerThat(t: TestContext, accepted: (socket: TLSSocket) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-gone-'));
  const trust = await openTrust(folder, host);
  const server = await trust.certificates.server(['localhost']);
  const client = await trust.certificates.controllerClient();
  const broker = new Broker({ boards: {}, users: [] }, brokerLimits, host);
  const listener = new Listener({
    ...{ port: 0, host: '127.0.0.1', limits: brokerLimits, counts: broker.counts, system: host },
    tls: { ...server, clientAuthority: trust.clientCaPem },
    onSecure: (socket, sentMark) => {
      broker.accept(socket, sentMark);
      accepted(socket);
    },
  });
  await broker.start();
  const port = await listener.listen();
  t.after(async () => {
    await listener.close();
    await broker.close();
    await rm(folder, { recursive: true });
  });
  const dial = async (): Promise<TLSSocket> => {
    const proof = { ca: trust.caPem, cert: client.certificate, key: client.key, servername: 'localhost' };
    const socket = connect({ port, host: '127.0.0.1', ...proof });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  return { broker, dial };
}

const hello = packets.generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: 'x',
  clean: true,
});

test('G8: who has gone the moment its CONNECT was read is not admitted, and harms nobody', async (t) => {
  let leaves = true;
  const { broker, dial } = await brokerThat(t, (socket) => {
    // aedes, which listens too, has read the packet then, and looks at it in a later turn.
    if (leaves) socket.on('readable', () => socket.destroy());
  });
  for (let time = 0; time < 3; time += 1) {
    const socket = await dial();
    socket.write(hello);
    await once(socket, 'close');
  }
  await eventually('the ends', async () => (broker.counts.connections === 0 ? true : undefined));
  assert.equal(broker.counts.unauthenticated, 0);
  leaves = false;
  const socket = await dial();
  socket.write(hello);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.equal(answer[0], 0x20, 'CONNACK');
  assert.equal(answer[3], 0, 'accepted');
  assert.equal(broker.counts.connections, 1);
});
