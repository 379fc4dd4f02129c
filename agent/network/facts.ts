import type {
  NetworkBoards,
  NetworkIndex,
  NetworkMembership,
  NetworkService,
} from '@bramble/protocol/messages/network.ts';
import { type Fence, isNewer } from '@bramble/protocol/messages/orders.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';
import type { NetworkFact } from './messages.ts';

/** All that the board was told of its network. Replaced as a whole, never changed. */
export interface NetworkFacts {
  readonly membership: NetworkMembership | undefined;
  readonly index: NetworkIndex | undefined;
  readonly boards: NetworkBoards | undefined;
  /** By `{namespace}/{name}`. */
  readonly services: ReadonlyMap<string, NetworkService>;
}

export const noFacts: NetworkFacts = {
  membership: undefined,
  index: undefined,
  boards: undefined,
  services: new Map(),
};

/** Services that a board keeps; an index names no more. */
const maxServices = 10_000;

/** What the board knows with one more fact: the same object when it is older than what is known, or another group's. */
export function withFact(facts: NetworkFacts, topic: string, fact: NetworkFact): NetworkFacts {
  if (fact.type === 'network-membership') return withMembership(facts, fact.value);
  const place = parseTopic(topic);
  if (place?.type !== fact.type || place.group !== facts.membership?.group) return facts;
  switch (fact.type) {
    case 'network-index':
      return mayReplace(facts.index, fact.value) ? withIndex(facts, fact.value) : facts;
    case 'network-boards':
      return mayReplace(facts.boards, fact.value) ? { ...facts, boards: fact.value } : facts;
    case 'network-service':
      return withService(facts, fact.value);
  }
}

/** Services that the board serves: what the index does not name (yet, or any more) is left out. */
export function servicesOf({ index, services }: NetworkFacts): NetworkService[] {
  return (index?.services ?? []).flatMap((key) => services.get(key) ?? []);
}

/** Whether two states differ in more than in the orders that they were told by. */
export function sameContent(one: NetworkFacts, other: NetworkFacts): boolean {
  return (
    one === other ||
    (sameFact(one.membership, other.membership) &&
      sameFact(one.index, other.index) &&
      sameFact(one.boards, other.boards) &&
      one.services.size === other.services.size &&
      [...one.services].every(([key, service]) => sameFact(service, other.services.get(key))))
  );
}

function withMembership(facts: NetworkFacts, membership: NetworkMembership): NetworkFacts {
  if (!mayReplace(facts.membership, membership)) return facts;
  const moved = facts.membership?.group !== membership.group;
  return moved ? { ...noFacts, membership } : { ...facts, membership };
}

/** A Service that was told after the index will be in the next one. */
function withIndex(facts: NetworkFacts, index: NetworkIndex): NetworkFacts {
  const named = new Set(index.services);
  const kept = [...facts.services].filter(
    ([key, { fence }]) => named.has(key) || isAfter(fence, index.fence),
  );
  return { ...facts, index, services: new Map(kept) };
}

function withService(facts: NetworkFacts, service: NetworkService): NetworkFacts {
  const key = `${service.namespace}/${service.name}`;
  const { index, services } = facts;
  const known = services.get(key);
  if (!mayReplace(known, service)) return facts;
  const named = index === undefined || index.services.includes(key);
  // Of another store than the index, it comes before that store's own index.
  const sameStore = index?.fence.storeId === service.fence.storeId;
  if (!named && sameStore && !isAfter(service.fence, index.fence)) return facts;
  if (known === undefined && services.size >= maxServices) return facts;
  return { ...facts, services: new Map(services).set(key, service) };
}

interface Fenced {
  readonly fence: Fence;
}

/** Another store's facts are no older and no newer: whoever holds the cluster key has a new store, and is believed. */
function mayReplace(known: Fenced | undefined, { fence }: Fenced): boolean {
  return known === undefined || known.fence.storeId !== fence.storeId || isNewer(fence, known.fence);
}

function isAfter(fence: Fence, other: Fence): boolean {
  return fence.storeId === other.storeId && isNewer(fence, other);
}

function sameFact(one: Fenced | undefined, other: Fenced | undefined): boolean {
  if (one === other) return true;
  if (!one || !other) return false;
  return JSON.stringify({ ...one, fence: 0 }) === JSON.stringify({ ...other, fence: 0 });
}
