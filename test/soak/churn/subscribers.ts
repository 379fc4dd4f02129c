import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { connectPacket, publishPacket, subscribePacket } from '../../broker/packets.testing.ts';
import type { Fleet } from '../fleet.ts';
import { between, type Pace } from './pace.ts';

const filters = ['bramble/v1/fleet/#', 'bramble/v1/nodes/+/metrics', 'bramble/v1/results/admin/#'];

/** MQTT clients that come, subscribe and vanish without a word; some read nothing; some apply and ask. */
export function churnSubscribers(pace: Pace, fleet: Fleet): void {
  pace.every(1_500, 'MQTT subscribers that vanish', async (times) => {
    const socket = await subscriber(fleet, `soak-reader-${times}`);
    socket.resume();
    await pace.rest(between(500, 8_000));
    socket.destroy();
  });
  pace.every(10_000, 'MQTT subscribers that never read', async (times) => {
    const socket = await subscriber(fleet, `soak-stalled-${times}`);
    socket.pause();
    await pace.rest(30_000);
    socket.destroy();
  });
  pace.every(2_000, 'applied, read and deleted over MQTT', async (times) => {
    const socket = await subscriber(fleet, `soak-writer-${times}`);
    socket.resume();
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-mqtt' } });
    socket.write(publishPacket(`bramble/v1/apply/admin/soak-${times}`, manifest));
    await pace.rest(500);
    socket.write(publishPacket(`bramble/v1/get/admin/soak-get-${times}`, '/api/v1/namespaces/default/pods'));
    socket.write(publishPacket(`bramble/v1/delete/admin/soak-delete-${times}`, manifest));
    await pace.rest(500);
    socket.destroy();
  });
}

async function subscriber(fleet: Fleet, clientId: string): Promise<TLSSocket> {
  const { port, token } = { port: fleet.bramble.place.mqttPort, token: fleet.target.token };
  const socket = connect({ port, host: '127.0.0.1', ca: fleet.target.authority, servername: 'localhost' });
  socket.on('error', () => {});
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(30_000) });
  socket.write(connectPacket(clientId, 'admin', token));
  await once(socket, 'data', { signal: AbortSignal.timeout(30_000) });
  for (const filter of filters) socket.write(subscribePacket(filter));
  return socket;
}
