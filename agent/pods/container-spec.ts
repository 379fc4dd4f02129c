import type { Container } from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerSpec } from '../runtime/port.ts';
import { type DesiredPod, type Resolution, usesHostNetwork } from './desired.ts';
import { digestText } from './digest-text.ts';
import { environmentOf } from './environment.ts';
import { expand } from './expand.ts';
import { cpuMilliOf, memoryBytesOf } from './fields.ts';
import { hostnameOf } from './hosts-file.ts';
import { type ContainerIdentity, containerName, labelsOf } from './labels.ts';
import { mountsOf, type PlannedMount } from './mounts.ts';
import { oomScoreOf } from './qos.ts';

const digests = new WeakMap<Container, string>();

/** Names what was ordered for a container, whatever this version of the agent makes of it. It is asked for at each plan. */
export function containerDigest(container: Container): string {
  const known = digests.get(container);
  if (known !== undefined) return known;
  const digest = digestText(container);
  digests.set(container, digest);
  return digest;
}

export interface Surroundings {
  readonly networkPath: string | undefined;
  readonly volumePaths: ReadonlyMap<string, string>;
}

/** All but where the subPaths of its mounts lead. */
export interface PlannedSpec extends ContainerSpec {
  readonly mounts: readonly PlannedMount[];
}

/** What the runtime is to make of a container; or why it cannot be made, in the kubelet's words. */
export function containerSpec(
  container: Container,
  identity: ContainerIdentity,
  desired: DesiredPod,
  surroundings: Surroundings,
): Resolution<PlannedSpec> {
  const environment = environmentOf(container, desired);
  if (!environment.ok) return environment;
  const user = userOf(container, desired);
  if (!user.ok) return user;
  const mounts = mountsOf(container, desired, surroundings.volumePaths, environment.value);
  if (!mounts.ok) return mounts;
  const { limits, requests } = container.resources ?? {};
  const expanded = (words: readonly string[] | undefined): readonly string[] | undefined =>
    words && words.length > 0 ? words.map((word) => expand(word, environment.value)) : undefined;
  return {
    ok: true,
    value: {
      name: containerName(identity),
      image: container.image ?? '',
      command: expanded(container.command),
      args: expanded(container.args),
      env: [...environment.value].map(([name, value]) => ({ name, value })),
      workingDir: container.workingDir,
      hostname: hostnameOf(desired),
      labels: labelsOf(identity),
      network: usesHostNetwork(desired) ? 'host' : (surroundings.networkPath ?? ''),
      mounts: mounts.value,
      memoryLimitBytes: memoryBytesOf(limits?.['memory']),
      cpuLimitMilli: cpuMilliOf(limits?.['cpu']),
      cpuRequestMilli: cpuMilliOf(requests?.['cpu']),
      ...oomScore(container, desired),
      ...user.value,
      ...privilegesOf(container),
      stdin: container.stdin === true,
      tty: container.tty === true,
      terminationMessage: {
        path: container.terminationMessagePath || '/dev/termination-log',
        fallbackToLogs: container.terminationMessagePolicy === 'FallbackToLogsOnError',
      },
    },
  };
}

function oomScore(container: Container, { pod, board }: DesiredPod): Pick<ContainerSpec, 'oomScoreAdjust'> {
  return { oomScoreAdjust: pod && oomScoreOf(pod, container, board.allocatable.memoryBytes) };
}

function privilegesOf(
  container: Container,
): Pick<ContainerSpec, 'privileged' | 'readOnlyRoot' | 'capabilitiesAdd' | 'capabilitiesDrop'> {
  const security = container.securityContext;
  return {
    privileged: security?.privileged === true,
    readOnlyRoot: security?.readOnlyRootFilesystem === true,
    capabilitiesAdd: security?.capabilities?.add ?? [],
    capabilitiesDrop: security?.capabilities?.drop ?? [],
  };
}

function userOf(
  container: Container,
  desired: DesiredPod,
): Resolution<Pick<ContainerSpec, 'user' | 'group'>> {
  const ofPod = desired.pod?.spec?.securityContext;
  const own = container.securityContext;
  const user = own?.runAsUser ?? ofPod?.runAsUser;
  const group = own?.runAsGroup ?? ofPod?.runAsGroup;
  const nonRoot = own?.runAsNonRoot ?? ofPod?.runAsNonRoot;
  if (nonRoot === true && user === 0)
    return { ok: false, message: "container's runAsUser breaks non-root policy" };
  // What user an image names is not known here, so that only a number in the pod can satisfy the policy.
  if (nonRoot === true && user === undefined)
    return { ok: false, message: 'container has runAsNonRoot, and neither it nor its pod sets runAsUser' };
  return { ok: true, value: { user, group } };
}
