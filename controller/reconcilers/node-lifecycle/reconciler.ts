import type { ObjectStore } from '../../store/types.ts';
import { timestamp } from '../../time.ts';
import type { NodeObject, PodObject } from '../../workloads/objects.ts';
import { noter } from '../notes.ts';
import {
  nothingToDo,
  type Plan,
  type PlannedWrite,
  type ReconcilerFactory,
  type WatchRule,
} from '../queue/reconciler.ts';
import { computeNode, type NodeDecision } from './compute.ts';
import { type Hearing, mayEvict } from './fleet-health.ts';
import { FleetReadiness } from './fleet-readiness.ts';
import { readinessOf } from './lost-taints.ts';
import { PodsByNode } from './pods-by-node.ts';
import { TaintClock } from './taint-clock.ts';

const nodePrefix = '/registry/nodes/';
const podPrefix = '/registry/pods/';
const note = noter('bramble-controller');

/**
 * Marks boards that are away with taints, tells their pods as not ready, and evicts what does not tolerate it any longer.
 * Never because of the controller's own absence, nor when most of the fleet fell silent together.
 */
export function nodeLifecycle(store: ObjectStore, hearing: Hearing): ReconcilerFactory {
  return (host) => {
    const clock = new TaintClock();
    /** Since when each board is away, as far as this incarnation saw. */
    const lostSince = new Map<string, number>();
    const fleet = new FleetReadiness();
    const pods = new PodsByNode();
    return {
      watches: [watchNodes(fleet), watchPods(store, pods)],
      reconcile(key): Plan {
        const node = store.get(key)?.object as NodeObject | undefined;
        if (!node || readinessOf(node) !== 'unreachable') lostSince.delete(key);
        else lostSince.set(key, lostSince.get(key) ?? host.monotonic());
        if (!node) return nothingToDo;
        const monotonicMs = host.monotonic();
        const decision = computeNode({
          node,
          pods: podsOn(store, pods, node.metadata.name),
          mayEvict: mayEvict(node, fleet.counts, {
            hearingSinceMs: hearing.since(),
            lostSinceMs: lostSince.get(key),
            nowMs: monotonicMs,
          }),
          mayDoubt: hearing.since() !== undefined && !fleet.isDisrupted,
          lostSinceMs: lostSince.get(key),
          clock,
          monotonicMs,
          now: timestamp(host),
        });
        return { writes: writesOf(node, decision), requeueAfterMs: decision.lookAgainMs };
      },
    };
  };
}

function writesOf(node: NodeObject, { taints, evict, restate }: NodeDecision): PlannedWrite[] {
  const tainted: PlannedWrite[] = taints
    ? [{ write: { type: 'update', object: { ...node, spec: { ...node.spec, taints } } } }]
    : [];
  return [
    ...tainted,
    ...evict.map(eviction),
    ...restate.map((object): PlannedWrite => ({ write: { type: 'update', part: 'status', object } })),
  ];
}

function eviction(pod: PodObject): PlannedWrite {
  const { namespace, name } = pod.metadata;
  return {
    write: { type: 'delete', object: pod },
    onDone: () =>
      note(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`),
  };
}

function podsOn(store: ObjectStore, pods: PodsByNode, node: string): readonly PodObject[] {
  return [...pods.on(node)]
    .sort()
    .flatMap((key) => store.get(key) ?? [])
    .map(({ object }) => object as PodObject)
    .filter(({ spec }) => spec.nodeName === node);
}

/** A Node's own change; and when the whole fleet is judged otherwise by it, every board that is away. */
function watchNodes(fleet: FleetReadiness): WatchRule {
  return {
    prefix: nodePrefix,
    keys({ type, stored }) {
      const { key, object } = stored;
      const node = type === 'deleted' ? undefined : (object as NodeObject);
      const isJudgedAnew = fleet.put(object.metadata.name, node);
      return isJudgedAnew ? [key, ...[...fleet.lost].map((name) => nodePrefix + name)] : [key];
    },
  };
}

/** A pod that comes to a board meets the taints that it has. */
function watchPods(store: ObjectStore, pods: PodsByNode): WatchRule {
  return {
    prefix: podPrefix,
    keys({ type, stored, previous }) {
      pods.put(stored.key, type === 'deleted' ? undefined : (stored.object as PodObject));
      const name = (stored.object as PodObject).spec.nodeName;
      const before = (previous?.object as PodObject | undefined)?.spec.nodeName;
      if (type === 'deleted' || !name || name === before) return [];
      const node = store.get(`${nodePrefix}${name}`)?.object as NodeObject | undefined;
      return node?.spec?.taints?.some(({ effect }) => effect === 'NoExecute') ? [`${nodePrefix}${name}`] : [];
    },
  };
}
