import type { SeamMutation } from '../mutation.ts';
import { agentLinkMutations } from './agent-link.ts';
import { agentOrdersMutations } from './agent-orders.ts';
import { controllerLinkMutations } from './controller-link.ts';
import { journalMutations } from './journal.ts';
import { runtimeMutations } from './runtime.ts';
import { storeMutations } from './store.ts';
import { surroundingsMutations } from './surroundings.ts';

export const seamMutations: readonly SeamMutation[] = [
  ...storeMutations,
  ...controllerLinkMutations,
  ...journalMutations,
  ...runtimeMutations,
  ...agentLinkMutations,
  ...agentOrdersMutations,
  ...surroundingsMutations,
];
