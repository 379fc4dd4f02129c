import type { MqttConnection } from '@bramble/adapters/mqtt/port.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../board/board.ts';
import type { World } from '../world/world.ts';

const redialMs = 3_000;

/**
 * Another board with a copy of the card, made before the board's last start, comes onto the link under its name. Each
 * of the two takes the other's connection over, until the copy is switched off.
 */
export function cloneBoard(world: World, { name, journal }: SimBoard): void {
  const { broker, host, dice } = world;
  const birth = broker.retained.get(topics.nodeSession(name));
  const fact = birth && (JSON.parse(Buffer.from(birth).toString()) as { alive: boolean });
  if (!fact?.alive || journal.boots < 2) return;
  const said = JSON.stringify({ ...fact, boot: journal.boots - 1, held: {} });
  const death = Buffer.from(JSON.stringify({ alive: false, boot: journal.boots - 1 }));
  const own = topics.nodeSession(name);
  const will = { topic: own, payload: death, retain: true };
  const options = { clientId: name, keepaliveSeconds: 30, will, filters: [own] };
  let isOn = true;
  let connection: MqttConnection | undefined;
  const dial = (): void => {
    if (!isOn) return;
    connection = broker.dialer(`${name} (clone)`).dial(options, (event) => {
      if (event.type === 'message') event.done();
      if (event.type === 'closed') host.timer(redialMs, dial);
      if (event.type === 'connected')
        connection?.publish({ topic: own, payload: said, qos: 1, retain: true });
    });
  };
  dial();
  const switchOff = (): void => {
    isOn = false;
    connection?.close();
  };
  world.atCalm.push(switchOff);
  world.later(20_000 + dice.share() * 60_000, switchOff);
}
