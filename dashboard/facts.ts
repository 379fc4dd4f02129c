import type { FleetEvent, FleetNode, FleetPod } from '@bramble/protocol/messages/fleet.ts';
import type { ControllerSession, Metrics } from '@bramble/protocol/messages/session.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';

/** A board as far as subscribers know it. */
export interface Board {
  readonly fact: FleetNode;
  readonly metrics: Metrics | undefined;
  /** Milliseconds since the epoch by this browser's clock: when its metrics came last. */
  readonly heardAtMs: number | undefined;
}

/** What the fleet's topics have said so far. */
export interface Facts {
  readonly boards: ReadonlyMap<string, Board>;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, FleetPod>;
  /** The newest first. */
  readonly events: readonly FleetEvent[];
  /** `undefined` until the broker has told. */
  readonly controllerAlive: boolean | undefined;
}

export const noFacts: Facts = { boards: new Map(), pods: new Map(), events: [], controllerAlive: undefined };

const eventsKept = 300;

/** The facts after one more message. What cannot be read is passed over: a newer controller may say more. */
export function learn(facts: Facts, topicName: string, payload: Uint8Array, nowMs: number): Facts {
  const topic = parseTopic(topicName);
  if (!topic) return facts;
  if (payload.length === 0) return forget(facts, topic);
  const value = parse(payload);
  if (value === undefined) return facts;
  switch (topic.type) {
    case 'fleet-node':
      return withBoard(facts, topic.node, { fact: value as FleetNode });
    case 'metrics':
      return withBoard(facts, topic.node, { metrics: value as Metrics, heardAtMs: nowMs });
    case 'fleet-pod':
      return {
        ...facts,
        pods: new Map(facts.pods).set(`${topic.namespace}/${topic.name}`, value as FleetPod),
      };
    case 'fleet-events':
      return { ...facts, events: withEvent(facts.events, value as FleetEvent) };
    case 'controller-session':
      return { ...facts, controllerAlive: (value as ControllerSession).alive };
    default:
      return facts;
  }
}

/** Events that were there before this browser came, oldest last. */
export function learnEvents(facts: Facts, events: readonly FleetEvent[]): Facts {
  const known = new Set(facts.events.map(identity));
  const older = events.filter((event) => !known.has(identity(event)));
  const all = [...facts.events, ...older].sort((a, b) => b.time.localeCompare(a.time));
  return { ...facts, events: all.slice(0, eventsKept) };
}

function forget(facts: Facts, topic: NonNullable<ReturnType<typeof parseTopic>>): Facts {
  if (topic.type === 'fleet-node') {
    const boards = new Map(facts.boards);
    boards.delete(topic.node);
    return { ...facts, boards };
  }
  if (topic.type !== 'fleet-pod') return facts;
  const pods = new Map(facts.pods);
  pods.delete(`${topic.namespace}/${topic.name}`);
  return { ...facts, pods };
}

function withBoard(facts: Facts, node: string, news: Partial<Board>): Facts {
  const known = facts.boards.get(node);
  const fact = news.fact ?? known?.fact;
  // Metrics may come before the board's line, or after its removal.
  if (!fact) return facts;
  const board = { metrics: undefined, heardAtMs: undefined, ...known, ...news, fact };
  return { ...facts, boards: new Map(facts.boards).set(node, board) };
}

/** An event that is told again, with a higher count, takes the place of what was told before. */
function withEvent(events: readonly FleetEvent[], event: FleetEvent): FleetEvent[] {
  const same = identity(event);
  return [event, ...events.filter((other) => identity(other) !== same)].slice(0, eventsKept);
}

function identity({ kind, namespace, name, reason, message }: FleetEvent): string {
  return [kind, namespace, name, reason, message].join('\n');
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
