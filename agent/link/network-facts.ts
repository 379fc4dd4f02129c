import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import { openOrder } from '@bramble/protocol/envelope.ts';
import {
  networkBoards,
  networkIndex,
  networkMembership,
  networkService,
} from '@bramble/protocol/messages/network.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import type { Topic } from '@bramble/protocol/topics.ts';
import type * as z from '@bramble/protocol/zod.ts';
import type { NetworkFact } from '../network/messages.ts';
import { type LinkContext, type LinkPorts, type LinkState, refuse } from './state.ts';

type Arrival = Extract<LinkEvent, { type: 'message' }>;
type FactTopic = Extract<Topic['type'], `network-${string}`>;

const schemas: Readonly<Record<FactTopic, z.ZodMiniType<{ readonly fence: Fence }>>> = {
  'network-membership': networkMembership,
  'network-index': networkIndex,
  'network-boards': networkBoards,
  'network-service': networkService,
};

/** Checks a fact of the board's network, and passes it on. */
export function takeNetworkFact(
  state: LinkState,
  type: FactTopic,
  { topic, payload }: Arrival,
  ports: LinkPorts,
  ctx: LinkContext,
): void {
  // What a broker forgets says nothing: only the signed index takes a Service away.
  if (payload.length === 0) return;
  const opened = openOrder(ports.clusterKey, schemas[type], topic, payload);
  if (!opened.ok) return refuse(state, opened.code, `${topic}: ${opened.message}`, ctx);
  const { storeId, epoch } = opened.value.fence;
  if (epoch < (state.epochs.get(storeId) ?? 0))
    return refuse(state, 'old epoch', `${topic} of epoch ${epoch}`, ctx);
  ports.network?.send({ type: 'fact', topic, fact: { type, value: opened.value } as NetworkFact });
}
