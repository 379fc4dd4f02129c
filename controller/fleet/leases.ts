import type { Host } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { NodeCondition } from '@bramble/protocol/schema/types.generated.ts';
import type { LeasePort } from '../apiserver/ports.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';
import { microTimestamp } from '../time.ts';

const nodePrefix = '/registry/nodes/';
const leaseSeconds = 40;

/**
 * One Lease for each board, as Kubernetes' tools expect them in `kube-node-lease`. A board with a link is renewing at
 * this moment; one without has not since its Ready condition changed. Nothing of this is written anywhere (G9).
 */
export function leasesOf(store: ObjectStore, host: Pick<Host, 'now'>): LeasePort {
  return {
    list: () => store.list(nodePrefix).map((node) => lease(node, store, host)),
    get(name) {
      const node = store.get(`${nodePrefix}${name}`);
      return node && lease(node, store, host);
    },
  };
}

function lease({ object }: StoredObject, store: ObjectStore, host: Pick<Host, 'now'>): KubeObject {
  const { name, uid, creationTimestamp } = object.metadata;
  const conditions = (object['status'] as { conditions?: readonly NodeCondition[] } | undefined)?.conditions;
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const lostAt = ready?.status === 'True' ? undefined : ready?.lastTransitionTime;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      uid: uid ?? '',
      resourceVersion: String(store.revision),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: leaseSeconds,
      renewTime: lostAt ? lostAt.replace(/Z$/, '.000000Z') : microTimestamp(host),
    },
  };
}
