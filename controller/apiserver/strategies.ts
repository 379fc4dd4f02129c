import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import { qosClass } from './qos.ts';

/** What the API server does differently for one kind than for the rest. */
export interface Strategy {
  /** Counts changes of the spec in `metadata.generation`. */
  readonly countsGenerations: boolean;
  /** A PUT may create it. */
  readonly createdByUpdate: boolean;
  /** A deletion is answered with the object; otherwise with a Status. */
  readonly answersDeleted: boolean;
  /** Gives a new object, after its defaults, the status that it starts with. */
  readonly startStatus: (object: KubeObject) => KubeObject;
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
};

const strategies: Readonly<Record<string, Partial<Strategy>>> = {
  pods: {
    countsGenerations: true,
    answersDeleted: true,
    startStatus: (pod) => ({
      ...pod,
      status: { phase: 'Pending', qosClass: qosClass(objectAt(pod, 'spec')) },
    }),
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
  leases: { createdByUpdate: true },
  events: { createdByUpdate: true },
};

export function strategyOf(kind: Kind): Strategy {
  return { ...common, ...strategies[kind.plural] };
}
