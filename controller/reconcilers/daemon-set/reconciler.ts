import { storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import { type BoardFacts, boardFacts } from '../../scheduler/facts.ts';
import type { ObjectStore, StoreEvent } from '../../store/types.ts';
import type { DaemonSetObject, PodObject } from '../../workloads/objects.ts';
import { claim } from '../claim.ts';
import { noter } from '../notes.ts';
import { podCreation, podDeletion } from '../pod-writes.ts';
import {
  nothingToDo,
  type Plan,
  type PlannedWrite,
  type ReconcilerFactory,
  type WatchRule,
} from '../queue/reconciler.ts';
import { statusWrite } from '../status-write.ts';
import { knownKind, templateHash } from '../template.ts';
import { listed, watchKind, watchOwned } from '../watch-owned.ts';
import { computeDaemonSet, revisionHashLabel } from './compute.ts';
import { specForBoard } from './placement.ts';

const kind = knownKind('apps', 'daemonsets');
const podKind = knownKind('', 'pods');
const note = noter('bramble-daemonset');

/** Keeps one pod of each DaemonSet on each board that should have one. */
export function daemonSets(store: ObjectStore): ReconcilerFactory {
  return (host) => ({
    watches: [watchKind(kind), watchOwned(store, kind, podKind), watchBoards(store)],
    reconcile(key, { failures }): Plan {
      const daemonSet = store.get(key)?.object as DaemonSetObject | undefined;
      if (!daemonSet) return nothingToDo;
      const candidates = listed<PodObject>(store, podKind, daemonSet.metadata.namespace);
      const { own, writes } = claim(kind, daemonSet, daemonSet.spec.selector, candidates);
      const boards = store.list('/registry/nodes/').map(({ object }) => boardFacts(object));
      const hash = templateHash(daemonSet.spec.template);
      const decision = computeDaemonSet(daemonSet, boards, own, hash, host.now());
      const create = failures > 0 ? decision.create.slice(0, 1) : decision.create;
      return {
        writes: [
          ...writes,
          ...create.map((node) => creation(daemonSet, node, hash)),
          ...decision.remove.map((pod) => podDeletion(daemonSet, pod, note)),
          ...statusWrite(daemonSet, decision.status),
        ],
        requeueAfterMs: decision.lookAgainMs,
      };
    },
  });
}

function creation(daemonSet: DaemonSetObject, node: string, hash: string): PlannedWrite {
  const { template } = daemonSet.spec;
  const spec = specForBoard(template.spec ?? { containers: [] }, node);
  const placed = (pod: KubeObject): KubeObject => ({
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [revisionHashLabel]: hash } },
    spec,
  });
  return podCreation(kind, daemonSet, template, note, placed);
}

/** A board that comes, goes, or is another in a way that decides who may run there. */
function watchBoards(store: ObjectStore): WatchRule {
  return {
    prefix: '/registry/nodes/',
    keys: (event) => (isOtherBoard(event) ? store.list(storePrefix(kind)).map(({ key }) => key) : []),
  };
}

function isOtherBoard({ type, stored, previous }: StoreEvent): boolean {
  if (type !== 'modified' || !previous) return true;
  return !jsonEqual(deciding(boardFacts(stored.object)), deciding(boardFacts(previous.object)));
}

function deciding({ labels, taints, name }: BoardFacts): Partial<BoardFacts> {
  return { labels, taints, name };
}
