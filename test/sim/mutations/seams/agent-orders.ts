import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { isNewer } from '@bramble/protocol/messages/orders.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';
import { orderSigner } from '../../keys.ts';
import type { SeamMutation } from '../mutation.ts';
import { onTheWay, withDialer } from './on-the-way.ts';

/** What is wrong with whose orders a board obeys. */
export const agentOrdersMutations: readonly SeamMutation[] = [
  {
    name: 'an agent obeys whatever the broker says',
    breaks: 'G7',
    faults: ['forging-broker'],
    change: { agentSeam: checksNoSignature },
  },
  {
    name: 'an agent obeys old orders again',
    breaks: 'G5',
    faults: ['forging-broker'],
    change: { agentSeam: obeysOldOrders },
  },
];

interface Order {
  readonly fence?: { readonly storeId: string; readonly epoch: number; readonly sequence: number };
}

function orderIn(payload: Uint8Array): Order | undefined {
  const text = Buffer.from(payload).toString();
  try {
    return JSON.parse(text.slice(text.indexOf('{'))) as Order;
  } catch {
    return undefined;
  }
}

function checksNoSignature(ports: AgentPorts): AgentPorts {
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event) => {
      const isOrder = event.type === 'message' && /\/(manifest|objects\/.*|acks)$/.test(event.topic);
      const order = isOrder ? orderIn(event.payload) : undefined;
      return isOrder && order ? { ...event, payload: orderSigner.sign(event.topic, order) } : event;
    }),
  );
}

/** As if each manifest were newer than the one before. */
function obeysOldOrders(ports: AgentPorts): AgentPorts {
  let newest = { storeId: '', epoch: 0, sequence: 0 };
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event) => {
      if (event.type !== 'message' || parseTopic(event.topic)?.type !== 'manifest') return event;
      const order = orderIn(event.payload);
      if (!order?.fence || order.fence.sequence > 1e15) return event;
      const isFirst = order.fence.storeId !== newest.storeId;
      const counts = isFirst || isNewer(order.fence, newest);
      if (counts) newest = order.fence;
      return counts
        ? event
        : { ...event, payload: orderSigner.sign(event.topic, { ...order, fence: newest }) };
    }),
  );
}
