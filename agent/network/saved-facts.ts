import {
  networkBoards,
  networkIndex,
  networkMembership,
  networkService,
} from '@bramble/protocol/messages/network.ts';
import * as z from '@bramble/protocol/zod.ts';
import { type NetworkFacts, noFacts } from './facts.ts';

const saved = z.object({
  version: z.literal(1),
  membership: z.optional(networkMembership),
  index: z.optional(networkIndex),
  boards: z.optional(networkBoards),
  services: z.array(networkService),
});

export function factsText({ membership, index, boards, services }: NetworkFacts): string {
  return JSON.stringify({ version: 1, membership, index, boards, services: [...services.values()] });
}

/** What was saved; nothing where it cannot be read: the controller says it all again. */
export function readFacts(text: string | undefined): NetworkFacts {
  if (text === undefined) return noFacts;
  try {
    const { membership, index, boards, services } = saved.parse(JSON.parse(text));
    const byName = services.map((service) => [`${service.namespace}/${service.name}`, service] as const);
    return { membership, index, boards, services: new Map(byName) };
  } catch {
    return noFacts;
  }
}
