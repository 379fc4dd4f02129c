import type { Host } from '@bramble/actors/index.ts';
import { boardLabelFault } from '@bramble/protocol/board-labels.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import { randomUuid } from '../random-id.ts';
import { timestamp } from '../time.ts';

/** Shown as VERSION by `kubectl get nodes`: the Kubernetes whose API is spoken, and who speaks it. */
export const apiVersionPrefix = 'v1.36.0+bramble';

/** Such as `Raspberry Pi 4 Model B Rev 1.4`: no label, since a label's value has no spaces. */
export const modelAnnotation = 'bramble.dev/model';

/** Of the board's connection, in seconds: kept with the Node, so that a controller that starts knows how long silence means nothing. */
export const keepaliveAnnotation = 'bramble.dev/mqtt-keepalive-seconds';

/** The usual one where the Node does not say, or says nonsense. */
export function keepaliveOf(node: KubeObject | undefined): number {
  const said = keepaliveSeconds.safeParse(Number(node?.metadata.annotations?.[keepaliveAnnotation]));
  return said.success ? said.data : limits.mqttKeepaliveSeconds;
}

/** What the controller knows of a board beside its birth. */
export interface BoardNetwork {
  readonly node: string;
  readonly podCIDRs: readonly string[];
  /** Of the token that the board joined with. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The Node that a birth describes: what people set on it (labels, taints, cordon) stays, what the board knows is new. */
export function nodeOfBirth(
  { node, podCIDRs, labels: tokenLabels }: BoardNetwork,
  birth: NodeBirth,
  current: KubeObject | undefined,
  host: Host,
): KubeObject {
  const metadata = current?.metadata ?? {
    name: node,
    uid: randomUuid(host),
    creationTimestamp: timestamp(host),
  };
  const labels = {
    ...boardLabels(birth.labels),
    ...boardLabels(tokenLabels),
    ...metadata.labels,
    ...ownLabels(node, birth),
  };
  const spec = (current?.['spec'] ?? {}) as Record<string, unknown>;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...metadata,
      labels,
      annotations: { ...metadata.annotations, ...ownAnnotations(birth) },
    },
    spec: podCIDRs.length > 0 ? { ...spec, podCIDR: podCIDRs[0], podCIDRs: [...podCIDRs] } : spec,
    status: {
      ...(current?.['status'] as object | undefined),
      capacity: birth.capacity,
      allocatable: birth.allocatable,
      addresses: birth.addresses,
      nodeInfo: nodeInfo(birth),
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    },
  };
}

/** Those that a board may have from its token, or say of itself (G7). */
function boardLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const good = ([key, value]: [string, string]): boolean => boardLabelFault(key, value) === undefined;
  return Object.fromEntries(Object.entries(labels).filter(good));
}

function ownLabels(node: string, { machine }: NodeBirth): Record<string, string> {
  return {
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/os': machine.operatingSystem,
    'kubernetes.io/hostname': node,
  };
}

function ownAnnotations({ machine, keepaliveSeconds }: NodeBirth): Record<string, string> {
  return {
    [modelAnnotation]: machine.model,
    [keepaliveAnnotation]: String(keepaliveSeconds ?? limits.mqttKeepaliveSeconds),
  };
}

function nodeInfo({ machine }: NodeBirth): Record<string, unknown> {
  return {
    architecture: machine.architecture,
    operatingSystem: machine.operatingSystem,
    osImage: machine.osImage,
    kernelVersion: machine.kernelVersion,
    machineID: machine.machineId,
    systemUUID: machine.machineId,
    bootID: machine.bootId,
    containerRuntimeVersion: machine.runtimeVersion,
    kubeletVersion: `${apiVersionPrefix}.${machine.agentVersion}`,
    kubeProxyVersion: '',
  };
}
