import type { FleetPod } from '@bramble/protocol/messages/fleet.ts';
import type { Board, Facts } from './facts.ts';

export type Health = 'good' | 'busy' | 'bad' | 'idle';

/** How a pod is, in one of four colours. */
export function podHealth({ phase, ready, status }: FleetPod): Health {
  if (phase === 'Succeeded') return 'idle';
  if (phase === 'Failed' || /Error|BackOff|Killed|Invalid|Never|Lost|Evicted/.test(status)) return 'bad';
  return phase === 'Running' && ready ? 'good' : 'busy';
}

export function boardHealth({ fact }: Board): Health {
  if (!fact.ready) return 'bad';
  return fact.schedulable ? 'good' : 'busy';
}

export interface Summary {
  readonly boards: number;
  readonly boardsReady: number;
  readonly pods: number;
  readonly podsGood: number;
  readonly podsBad: number;
  readonly restarts: number;
  /** 0 to 1, of the boards that are ready and have said. */
  readonly cpuShare: number | undefined;
}

export function summaryOf({ boards, pods }: Facts): Summary {
  const all = [...pods.values()];
  const health = all.map(podHealth);
  const shares = [...boards.values()].flatMap(({ fact, metrics }) =>
    fact.ready && metrics ? [metrics.cpuShare] : [],
  );
  return {
    boards: boards.size,
    boardsReady: [...boards.values()].filter(({ fact }) => fact.ready).length,
    pods: all.length,
    podsGood: health.filter((each) => each === 'good' || each === 'idle').length,
    podsBad: health.filter((each) => each === 'bad').length,
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    cpuShare: shares.length === 0 ? undefined : shares.reduce((sum, each) => sum + each, 0) / shares.length,
  };
}

/** What is not well comes first, then by name. */
export function boardsInOrder(boards: ReadonlyMap<string, Board>, filter: string): Board[] {
  return [...boards.values()]
    .filter(({ fact }) => suits(filter, [fact.node, fact.model, fact.architecture, ...fact.addresses]))
    .sort((a, b) => Number(a.fact.ready) - Number(b.fact.ready) || a.fact.node.localeCompare(b.fact.node));
}

const order: Readonly<Record<Health, number>> = { bad: 0, busy: 1, good: 2, idle: 3 };

export function podsInOrder(pods: ReadonlyMap<string, FleetPod>, filter: string): FleetPod[] {
  return [...pods.values()]
    .filter((pod) => suits(filter, [pod.namespace, pod.name, pod.node, pod.status, ...pod.ips]))
    .sort(
      (a, b) =>
        order[podHealth(a)] - order[podHealth(b)] ||
        a.namespace.localeCompare(b.namespace) ||
        a.name.localeCompare(b.name),
    );
}

/** Every word of the filter is somewhere in what is told of it. */
function suits(filter: string, texts: readonly string[]): boolean {
  const all = texts.join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
