import { type Actor, child, supervisor } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { daemonSets } from './daemon-set/reconciler.ts';
import { deployments } from './deployment/reconciler.ts';
import { disruptionBudgets } from './disruption.ts';
import { endedPods } from './ended-pods.ts';
import { endpointsOfServices } from './endpoints/reconciler.ts';
import { garbage } from './garbage/reconciler.ts';
import { jobs } from './job/reconciler.ts';
import { namespaces } from './namespaces.ts';
import type { Hearing } from './node-lifecycle/fleet-health.ts';
import { nodeLifecycle } from './node-lifecycle/reconciler.ts';
import { podGarbage } from './pod-garbage.ts';
import { type ReconcilerPorts, reconcilerActor } from './queue/actor.ts';
import { replicaSets } from './replica-set/reconciler.ts';

/**
 * All reconcilers, side by side: each is started again by itself, and one that cannot live takes none of the others
 * with it, nor the boards' sessions.
 */
export function reconcilers(ports: ReconcilerPorts & { readonly hearing: Hearing }): Actor<null, never> {
  const { store, hearing } = ports;
  const all = {
    namespaces: namespaces(store),
    'pod-garbage': podGarbage(store),
    'ended-pods': endedPods(store, limits.endedPods),
    garbage: garbage(store),
    'replica-sets': replicaSets(store),
    deployments: deployments(store),
    'daemon-sets': daemonSets(store),
    jobs: jobs(store),
    'disruption-budgets': disruptionBudgets(store),
    'node-lifecycle': nodeLifecycle(store, hearing),
    endpoints: endpointsOfServices(store),
  };
  return supervisor(
    () => Object.entries(all).map(([name, make]) => child(name, reconcilerActor(ports, make))),
    {
      strategy: 'one-for-one',
      budget: { restarts: 100, withinMs: 60_000 },
      backoff: { firstMs: 100, maxMs: 30_000 },
    },
  );
}
