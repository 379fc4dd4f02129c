import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { noter } from '../notes.ts';
import type { PlannedWrite } from '../queue/reconciler.ts';
import { statusWrite } from '../status-write.ts';
import { knownKind } from '../template.ts';
import {
  countIn,
  desiredAnnotation,
  maxAnnotation,
  revisionAnnotation,
  revisionOf,
  scaledTo,
} from './annotations.ts';
import type { Decision, Observed } from './compute.ts';
import { newReplicaSet } from './new-replica-set.ts';

const kind = knownKind('apps', 'deployments');
const note = noter('bramble-deployment');

/** What is decided, as writes: one at most for each object. */
export function deploymentWrites({ deployment, replicaSets }: Observed, decision: Decision): PlannedWrite[] {
  const { newest, annotate, sizes, remove } = decision;
  const writes = replicaSets.flatMap((one) => {
    const base = one === newest && annotate ? annotate : one;
    const size = sizes.get(one.metadata.name);
    if (size !== undefined) return sized(deployment, base, size, decision);
    return base === one ? [] : [{ write: { type: 'update', object: base } } as const];
  });
  const removed = remove.map((object): PlannedWrite => ({ write: { type: 'delete', object } }));
  return [
    ...writes,
    ...created(deployment, decision),
    ...removed,
    // The revision first, and the status when it is on disk: both are writes of one object.
    ...(marked(deployment, decision) ?? statusWrite(deployment, decision.status)),
  ];
}

function sized(
  deployment: DeploymentObject,
  replicaSet: ReplicaSetObject,
  size: number,
  { bounds, annotate }: Decision,
): PlannedWrite[] {
  const before = replicaSet.spec.replicas ?? 1;
  const marks = [countIn(replicaSet, desiredAnnotation), countIn(replicaSet, maxAnnotation)];
  const isMarked = marks[0] === bounds.replicas && marks[1] === bounds.most;
  if (size === before && isMarked && replicaSet !== annotate) return [];
  const object = scaledTo(replicaSet, size, bounds.replicas, bounds.most);
  const write = { type: 'update', object } as const;
  if (size === before) return [{ write }];
  const way = size > before ? 'up' : 'down';
  const message = `Scaled ${way} replica set ${replicaSet.metadata.name} from ${before} to ${size}`;
  return [{ write, onDone: () => note(deployment, 'Normal', 'ScalingReplicaSet', message) }];
}

function created(deployment: DeploymentObject, { create, revision, bounds }: Decision): PlannedWrite[] {
  if (create === undefined) return [];
  const object = newReplicaSet(kind, deployment, create, revision, bounds);
  const scaled = `Scaled up replica set ${object.metadata.name} from 0 to ${create}`;
  return [
    {
      write: { type: 'create', object },
      onDone: () => note(deployment, 'Normal', 'ScalingReplicaSet', scaled),
      onFailed: (message) =>
        note(
          deployment,
          'Warning',
          'ReplicaSetCreateError',
          `Failed to create new replica set "${object.metadata.name}": ${message}`,
        ),
    },
  ];
}

/** The Deployment says which revision it is at: `kubectl rollout` reads it there. */
function marked(
  deployment: DeploymentObject,
  { newest, annotate }: Decision,
): readonly PlannedWrite[] | undefined {
  const revision = revisionOf(annotate ?? newest ?? deployment);
  if (revision === 0 || revision === revisionOf(deployment)) return undefined;
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) };
  const object = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  return [{ write: { type: 'update', object } }];
}
