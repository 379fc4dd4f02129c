import type { KubeObject } from '@bramble/protocol/kube.ts';
import { nodeLeaseNamespace, type PipelinePorts } from '../ports.ts';
import type { Encoded } from '../request.ts';
import { forbidden } from '../status.ts';
import type { Target } from '../target.ts';

/** Whether the target takes in the boards' heartbeats, which are in no store. */
function showsHeartbeats({ kind, namespace }: Target): boolean {
  if (kind.plural !== 'leases') return false;
  return namespace === undefined || namespace === nodeLeaseNamespace;
}

export function refuseVirtual(target: Target): void {
  if (target.kind.plural !== 'leases' || target.namespace !== nodeLeaseNamespace) return;
  throw forbidden(target.kind, '', `${nodeLeaseNamespace} shows the boards' heartbeats and is read-only`);
}

export function heartbeatsOf(ports: PipelinePorts, target: Target): readonly Encoded[] {
  if (!showsHeartbeats(target) || !ports.leases) return [];
  return ports.leases.list().map((lease) => atRevision(ports, lease));
}

export function heartbeatOf(ports: PipelinePorts, target: Target, name: string): Encoded | undefined {
  if (!showsHeartbeats(target) || target.namespace === undefined) return undefined;
  const lease = ports.leases?.get(name);
  return lease && atRevision(ports, lease);
}

/** No revision is shown before it is on disk, and heartbeats make none. */
function atRevision({ store }: PipelinePorts, lease: KubeObject): Encoded {
  const metadata = { ...lease.metadata, resourceVersion: String(store.revision) };
  const object = { ...lease, metadata };
  return { object, json: JSON.stringify(object) };
}
