import type { AgentPorts } from '@bramble/agent/supervision.ts';
import type { SeamMutation } from '../mutation.ts';

/** What is wrong with what the product is put into. */
export const surroundingsMutations: readonly SeamMutation[] = [
  {
    name: 'a board has less at every other start',
    breaks: 'G4',
    faults: ['agent-kill', 'board-reboot'],
    change: { agentSeam: shrinks },
  },
  {
    name: 'what waits goes by the wall clock',
    breaks: 'G6',
    faults: ['clock-jump', 'link-cut'],
    change: { wallClockOnly: true },
  },
  {
    name: 'the broker lets everybody speak and hear',
    breaks: 'G7',
    faults: ['rogue-board'],
    change: { access: { mayPublish: () => true, maySubscribe: () => true } },
  },
  {
    name: 'an empty store comes under the name of ours',
    breaks: 'G5',
    change: { strangerStoreId: '11111111-1111-4111-8111-111111111111' },
  },
  {
    name: 'a restored copy calls itself the store that it was',
    breaks: 'G5',
    faults: ['old-copy'],
    change: { restoredStoreId: '11111111-1111-4111-8111-111111111111' },
  },
];

function shrinks(ports: AgentPorts): AgentPorts {
  const { inventory, journalContent } = ports;
  const factor = journalContent.boot % 2 === 1 ? 4 : 1;
  return { ...ports, inventory: { ...inventory, cpuMilli: inventory.cpuMilli * factor } };
}
