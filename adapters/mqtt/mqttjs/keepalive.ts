import type { Socket } from 'node:net';
import type { MqttClient } from 'mqtt';

/**
 * mqtt.js takes a link for dead when no *packet* came within half a keepalive of its PINGREQ. On a slow link one large
 * message takes longer than that while its bytes keep coming, and reconnecting would only begin it again; so bytes
 * count as life.
 */
export function watchKeepalive(client: MqttClient): void {
  const giveUp = client.onKeepaliveTimeout.bind(client);
  const sendPing = client.sendPing.bind(client);
  let bytesAtPing = 0;
  client.sendPing = () => {
    bytesAtPing = bytesRead(client);
    sendPing();
  };
  client.onKeepaliveTimeout = () => {
    if (bytesRead(client) === bytesAtPing) return giveUp();
    client.reschedulePing(true);
    client.sendPing();
  };
}

function bytesRead(client: MqttClient): number {
  return (client.stream as unknown as Socket).bytesRead;
}
