import type { ObjectStore } from '../store/types.ts';
import { timestamp } from '../time.ts';
import { budgetOf, protects } from '../workloads/budget.ts';
import type { BudgetObject, PodObject } from '../workloads/objects.ts';
import { wantedPods } from '../workloads/wanted-pods.ts';
import { conditionOfType, withCondition } from './conditions.ts';
import { nothingToDo, type Plan, type ReconcilerFactory, type WatchRule } from './queue/reconciler.ts';
import { statusWrite } from './status-write.ts';
import { knownKind } from './template.ts';
import { listed, versionsOf, watchKind } from './watch-owned.ts';

const kind = knownKind('policy', 'poddisruptionbudgets');
const podKind = knownKind('', 'pods');
const podPrefix = '/registry/pods/';

/** Says in each disruption budget how many pods may be evicted; the eviction itself counts anew. */
export function disruptionBudgets(store: ObjectStore): ReconcilerFactory {
  return (host) => ({
    watches: [watchKind(kind), watchProtected(store), watchCounts(store)],
    reconcile(key): Plan {
      const budget = store.get(key)?.object as BudgetObject | undefined;
      if (!budget) return nothingToDo;
      const pods = listed<PodObject>(store, podKind, budget.metadata.namespace).filter((pod) =>
        protects(budget, pod),
      );
      const counts = budgetOf(budget, pods, wantedPods(store, pods));
      const allowed = counts.disruptionsAllowed > 0;
      const before = conditionOfType(budget.status?.conditions, 'DisruptionAllowed');
      const conditions = withCondition(budget.status?.conditions, {
        type: 'DisruptionAllowed',
        status: allowed ? 'True' : 'False',
        reason: allowed ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: budget.metadata.generation,
        lastTransitionTime: before?.lastTransitionTime ?? timestamp(host),
      });
      const status = { ...counts, conditions, observedGeneration: budget.metadata.generation };
      return { writes: statusWrite(budget, status) };
    },
  });
}

function watchProtected(store: ObjectStore): WatchRule {
  return {
    prefix: podPrefix,
    keys: (event) =>
      versionsOf(event).flatMap((pod) => budgetsOf(store, (budget) => protects(budget, pod as PodObject))),
  };
}

/** What percentages are shares of. */
function watchCounts(store: ObjectStore): WatchRule {
  return {
    prefix: '/registry/replicasets/',
    keys: ({ stored }) =>
      budgetsOf(store, ({ metadata }) => metadata.namespace === stored.object.metadata.namespace),
  };
}

function budgetsOf(store: ObjectStore, chosen: (budget: BudgetObject) => boolean): string[] {
  return store
    .list('/registry/poddisruptionbudgets/')
    .filter(({ object }) => chosen(object as BudgetObject))
    .map(({ key }) => key);
}
