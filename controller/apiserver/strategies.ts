import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import { withJobSelector } from './job-selector.ts';
import { keepingLostBoardTolerations, withLostBoardTolerations } from './lost-board-tolerations.ts';
import { qosClass } from './qos.ts';

/** What the API server does differently for one kind than for the rest. */
export interface Strategy {
  /** Counts changes of the spec in `metadata.generation`. */
  readonly countsGenerations: boolean;
  /** A PUT may create it. */
  readonly createdByUpdate: boolean;
  /** A deletion is answered with the object; otherwise with a Status. */
  readonly answersDeleted: boolean;
  /** Gives a new object, after its defaults, what only the server knows: the status that it starts with, above all. */
  readonly startStatus: (object: KubeObject) => KubeObject;
  /** Gives a changed object what the server had added when it was made, and whoever changes it need not repeat. */
  readonly keep: (changed: KubeObject, current: KubeObject) => KubeObject;
}

/** A client has no say in how things start. */
function withoutStatus(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest as KubeObject;
}

const common: Strategy = {
  countsGenerations: false,
  createdByUpdate: false,
  answersDeleted: false,
  startStatus: (object) => object,
  keep: (changed) => changed,
};

/** Its spec is carried out by a reconciler, which says in the status which generation it has seen. */
const reconciled: Partial<Strategy> = {
  countsGenerations: true,
  startStatus: (object) => ({ ...withoutStatus(object), status: {} }),
};

const strategies: Readonly<Record<string, Partial<Strategy>>> = {
  pods: {
    countsGenerations: true,
    answersDeleted: true,
    startStatus: (pod) => ({
      ...withLostBoardTolerations(pod),
      status: { phase: 'Pending', qosClass: qosClass(objectAt(pod, 'spec')) },
    }),
    keep: keepingLostBoardTolerations,
  },
  namespaces: {
    answersDeleted: true,
    startStatus: (namespace) => ({ ...namespace, status: { phase: 'Active' } }),
  },
  services: {
    answersDeleted: true,
    startStatus: (service) => ({ ...withoutStatus(service), status: { loadBalancer: {} } }),
  },
  serviceaccounts: { answersDeleted: true },
  deployments: reconciled,
  replicasets: { ...reconciled, startStatus: (object) => ({ ...object, status: { replicas: 0 } }) },
  daemonsets: reconciled,
  jobs: { ...reconciled, startStatus: (job) => ({ ...withJobSelector(withoutStatus(job)), status: {} }) },
  poddisruptionbudgets: reconciled,
  leases: { createdByUpdate: true },
  events: { createdByUpdate: true },
};

export function strategyOf(kind: Kind): Strategy {
  return { ...common, ...strategies[kind.plural] };
}
