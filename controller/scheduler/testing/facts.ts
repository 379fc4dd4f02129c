import { type BoardFacts, boardFacts, type PodFacts, podFacts } from '../facts.ts';
import { Snapshot } from '../snapshot.ts';

export interface BoardWish {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: object[];
  unschedulable?: boolean;
  ready?: boolean;
}

export function board(name: string, wish: BoardWish = {}): BoardFacts {
  return boardFacts({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...wish.labels } },
    spec: { taints: wish.taints ?? [], unschedulable: wish.unschedulable ?? false },
    status: {
      allocatable: { cpu: wish.cpu ?? '4', memory: wish.memory ?? '4Gi', pods: wish.pods ?? '110' },
      conditions: [{ type: 'Ready', status: wish.ready === false ? 'Unknown' : 'True' }],
    },
  });
}

export function pod(name: string, spec: object = {}, requests: Record<string, string> = {}): PodFacts {
  return podFacts(`/registry/pods/default/${name}`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [{ name: 'a', image: 'x', resources: { requests } }], ...spec },
  });
}

export function snapshot(...boards: BoardFacts[]): Snapshot {
  const made = new Snapshot();
  for (const one of boards) made.putBoard(one);
  return made;
}

export function requiring(key: string, ...values: string[]): object {
  const matchExpressions = [{ key, operator: 'In', values }];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

export function preferring(key: string, ...values: string[]): object {
  const matchExpressions = [{ key, operator: 'In', values }];
  const preferred = [{ weight: 1, preference: { matchExpressions } }];
  return { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } };
}

/** As the pods of a DaemonSet ask for their board. */
export function pinned(...names: string[]): object {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: names }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}
