import type { AgentPorts } from '@bramble/agent/supervision.ts';
import type { SeamMutation } from '../mutation.ts';
import { watched } from './agent-link.ts';

/** What is wrong with a board's journal. */
export const journalMutations: readonly SeamMutation[] = [
  {
    name: 'the journal does not write',
    breaks: 'G5',
    faults: ['cut-off-reboot', 'agent-kill'],
    change: { agentSeam: withoutJournal },
  },
  {
    name: 'a full card is not noticed',
    breaks: 'G6',
    faults: ['board-disk-full'],
    change: { agentSeam: ignoresFullCard },
  },
  {
    name: 'nobody is told what the journal has lost',
    breaks: 'G5',
    faults: ['journal-damage'],
    change: { agentSeam: hidesDamage },
  },
  {
    name: 'every start has the same number',
    breaks: 'G6',
    faults: ['agent-kill', 'board-reboot'],
    change: { agentSeam: countsNoStarts },
  },
  { name: 'each sign of life is journaled', breaks: 'G9', change: { agentSeam: journalsMetrics } },
];

function withoutJournal(ports: AgentPorts): AgentPorts {
  return { ...ports, journal: { ...ports.journal, write: async () => {} } };
}

function ignoresFullCard(ports: AgentPorts): AgentPorts {
  const { journal } = ports;
  return { ...ports, journal: { ...journal, write: (records) => journal.write(records).catch(() => {}) } };
}

function hidesDamage(ports: AgentPorts): AgentPorts {
  return { ...ports, journalContent: { ...ports.journalContent, damaged: [] } };
}

function countsNoStarts(ports: AgentPorts): AgentPorts {
  return { ...ports, journalContent: { ...ports.journalContent, boot: 1 } };
}

function journalsMetrics(ports: AgentPorts): AgentPorts {
  const { board, journal } = ports;
  const sample: typeof board.sample = () => {
    journal.write([{ key: 'metrics', value: board.sample() }]).catch(() => {});
    return board.sample();
  };
  return { ...watched(ports), board: { ...board, sample } };
}
