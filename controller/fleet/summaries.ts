import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { FleetEvent, FleetNode, FleetPod } from '@bramble/protocol/messages/fleet.ts';
import type {
  ContainerStatus,
  EventSource,
  NodeStatus,
  ObjectReference,
  PodStatus,
} from '@bramble/protocol/schema/types.generated.ts';
import { modelAnnotation } from './node-object.ts';

export function nodeSummary(node: KubeObject): FleetNode {
  const status = (node['status'] ?? {}) as NodeStatus;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    node: node.metadata.name,
    ready: ready?.status === 'True',
    schedulable: (node['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable !== true,
    addresses: (status.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address),
    model: node.metadata.annotations?.[modelAnnotation] ?? '',
    architecture: status.nodeInfo?.architecture ?? '',
    since: ready?.lastTransitionTime ?? node.metadata.creationTimestamp ?? '',
    reason: ready?.reason ?? '',
  };
}

export function podSummary(pod: KubeObject): FleetPod {
  const status = (pod['status'] ?? {}) as PodStatus;
  const containers = status.containerStatuses ?? [];
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    phase: status.phase ?? 'Pending',
    status: pod.metadata.deletionTimestamp
      ? 'Terminating'
      : (troubleOf(containers) ?? status.reason ?? status.phase ?? 'Pending'),
    ready: ready?.status === 'True',
    node: (pod['spec'] as { nodeName?: string } | undefined)?.nodeName ?? '',
    ips: (status.podIPs ?? []).map(({ ip }) => ip),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    since: ready?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? '',
  };
}

function troubleOf(containers: readonly ContainerStatus[]): string | undefined {
  for (const { state } of containers) {
    if (state?.waiting?.reason) return state.waiting.reason;
    if (state?.terminated) return state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`;
  }
  return undefined;
}

export function eventSummary(event: KubeObject): FleetEvent {
  const about = (event['involvedObject'] ?? {}) as ObjectReference;
  const source = (event['source'] ?? {}) as EventSource;
  return {
    type: String(event['type'] ?? 'Normal'),
    reason: String(event['reason'] ?? ''),
    message: String(event['message'] ?? ''),
    kind: about.kind ?? '',
    namespace: about.namespace ?? '',
    name: about.name ?? '',
    source: source.component ?? String(event['reportingComponent'] ?? ''),
    count: Number(event['count'] ?? 1),
    time: String(event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp ?? ''),
  };
}
