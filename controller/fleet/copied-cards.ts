import type { Acks } from '@bramble/protocol/messages/orders.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Start } from './claims.ts';
import type { SessionPorts } from './session-types.ts';

type Ports = Pick<SessionPorts, 'store' | 'events' | 'link' | 'signer' | 'epoch'>;

const cure = 'Run `bramble reset` on the copy, then `bramble join` with a token and a name of its own';

/** Tells people of a copy that speaks as a board, and the copy itself that it is not listened to. */
export function sendAway(ports: Ports, node: string, { boot, bootId }: Start): void {
  const message = `Another machine speaks as ${node}, with a copy of its card (start ${boot}, machine boot ${bootId}): it is not listened to. ${cure}`;
  tell(ports, node, message);
  const fence = { storeId: ports.store.storeId, epoch: ports.epoch, sequence: 0 };
  const acks: Acks = { fence, boot, reports: {}, copied: { bootId, message } };
  const topic = topics.acks(node);
  const payload = ports.signer.sign(topic, acks);
  ports.link()?.send({ type: 'publish', message: { topic, payload, qos: 1, retain: false } });
}

/** Two take the board's connection from each other, and nothing says which of them is the copy. */
export function tellContested(ports: Ports, node: string): void {
  const message = `Two agents speak as ${node} in turns, so that one runs on a copy of its card or data directory; which, cannot be told, and the one that started last is listened to. ${cure}`;
  tell(ports, node, message);
}

function tell({ store, events }: Ports, node: string, message: string): void {
  const about = store.get(`/registry/nodes/${node}`)?.object;
  if (!about) return;
  const note = {
    type: 'Warning',
    reason: 'CopiedCard',
    message,
    source: 'bramble-controller',
    about,
  } as const;
  events.send({ type: 'note', note });
}
