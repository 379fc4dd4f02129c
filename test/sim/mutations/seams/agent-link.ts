import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../../board/board.ts';
import type { SeamMutation } from '../mutation.ts';
import { onTheWay, withDialer } from './on-the-way.ts';

/** What is wrong with what a board says. */
export const agentLinkMutations: readonly SeamMutation[] = [
  {
    name: 'an agent does not hear what is said of it',
    breaks: 'G6',
    faults: ['link-cut'],
    change: { agentSeam: deaf },
  },
  {
    name: 'an agent corrects whatever it hears of itself at once',
    breaks: 'G8',
    faults: ['cloned-board', 'agent-kill'],
    change: { agentSeam: correctsAtOnce },
  },
  {
    name: 'a timer is left behind with each sign of life',
    breaks: 'G8',
    change: { agentSeam: leavesTimers },
  },
];

function deaf(ports: AgentPorts, { name }: SimBoard): AgentPorts {
  const own = topics.nodeSession(name);
  return withDialer(ports, (dialer) => ({
    dial: (options, onEvent) =>
      dialer.dial({ ...options, filters: options.filters.filter((filter) => filter !== own) }, onEvent),
  }));
}

/** Also what it said itself; only so often that the run comes to its end. */
function correctsAtOnce(ports: AgentPorts, { name }: SimBoard): AgentPorts {
  const own = topics.nodeSession(name);
  let left = 100;
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event, { connection }) => {
      const isOwn = event.type === 'message' && event.topic === own && !event.retained;
      if (isOwn) left -= 1;
      if (isOwn && left > 0)
        connection?.publish({ topic: own, payload: event.payload, qos: 1, retain: true });
      return event;
    }),
  );
}

/** Somebody asks all the time how boards are, so that there are signs of life in quiet minutes, too. */
export function watched(ports: AgentPorts): AgentPorts {
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event) => {
      if (event.type !== 'message' || event.topic !== topics.controllerSession()) return event;
      const session = JSON.parse(Buffer.from(event.payload).toString()) as object;
      return { ...event, payload: Buffer.from(JSON.stringify({ ...session, watched: true })) };
    }),
  );
}

const never = 1e9;

function leavesTimers(ports: AgentPorts, board: SimBoard): AgentPorts {
  const { process } = board.agent ?? {};
  const sample: AgentPorts['board']['sample'] = () => {
    process?.timer(never, () => {});
    return ports.board.sample();
  };
  return { ...watched(ports), board: { ...ports.board, sample } };
}
