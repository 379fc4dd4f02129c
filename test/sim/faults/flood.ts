import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../board/board.ts';
import { checkInboxes } from '../checks/quiet.ts';
import type { World } from '../world/world.ts';

const messages = 800;
const lookMs = 100;
const floodMs = 10_000;
/** Far fewer than were sent: the rest waits at the broker, which bounds it. */
const mostWaiting = 500;

/** Whoever holds a board's key says more than anybody can take: about pods that nobody knows, all at once. */
export function flood(world: World, { name, journal }: SimBoard): void {
  const { broker, later, host } = world;
  const options = { clientId: `${name}-flood`, keepaliveSeconds: 30, will: undefined, filters: [] };
  const connection = broker.dialer(`${name} (flood)`).dial(options, (event) => {
    if (event.type === 'message') event.done();
    if (event.type !== 'connected') return;
    for (let number = 0; number < messages; number += 1)
      connection.publish({ ...report(name, number, journal.boots), qos: 1, retain: false });
  });
  for (let atMs = lookMs; atMs < floodMs; atMs += lookMs)
    host.timer(atMs, () => checkInboxes(world, mostWaiting));
  later(floodMs, () => connection.close());
}

function report(board: string, number: number, boot: number): { topic: string; payload: string } {
  const uid = `55555555-5555-4555-8555-${String(number).padStart(12, '0')}`;
  const fact = { uid, namespace: 'default', name: 'nobody', observed: '', status: {}, unclaimed: false };
  const said = { ...fact, gone: false, boot, sequence: number };
  return { topic: topics.status(board, uid), payload: JSON.stringify(said) };
}
