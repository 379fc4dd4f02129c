import type { ContainerPort } from '@bramble/protocol/schema/types.generated.ts';
import type { HostPort, PodNetwork } from '../network/port.ts';
import type { ProbePorts } from '../probes/port.ts';
import { type ContainerRuntime, RuntimeError } from '../runtime/port.ts';
import { OutsideVolume, type PodVolumes } from '../volumes/port.ts';
import { containerSpec } from './container-spec.ts';
import type { DesiredPod, PlannedPod } from './desired.ts';
import { resolveMounts } from './mounts.ts';
import type { ObservedPod, Trouble } from './observed.ts';
import { performHook } from './perform-hook.ts';
import { identityFor } from './plan-container.ts';
import { containersOf } from './pod-containers.ts';
import { registryAuth } from './registry-auth.ts';
import type { Step } from './steps.ts';

export interface PodPorts {
  readonly runtime: ContainerRuntime;
  readonly network: PodNetwork;
  readonly volumes: PodVolumes;
  readonly probes: ProbePorts;
}

/** What is known after a step. Failures that a pod's status shows are outcomes; all others reject. */
export type Outcome =
  | { readonly type: 'attached'; readonly path: string }
  | { readonly type: 'prepared'; readonly digest: string; readonly paths: ReadonlyMap<string, string> }
  | {
      readonly type: 'pulled';
      readonly container: string;
      readonly attempt: number;
      readonly image: string;
      /** It was there already. */
      readonly present: boolean;
    }
  | {
      readonly type: 'created';
      readonly container: string;
      readonly id: string;
      /** What it asked for and this board cannot give. */
      readonly unapplied: string | undefined;
    }
  | { readonly type: 'started'; readonly container: string }
  /** Its command cannot be run: to the pod it has ended at once. */
  | {
      readonly type: 'not-started';
      readonly container: string;
      readonly id: string;
      readonly message: string;
    }
  | {
      readonly type: 'hooked';
      readonly hook: 'PostStart' | 'PreStop';
      readonly container: string;
      readonly id: string;
      readonly error: string | undefined;
    }
  | { readonly type: 'stopped' | 'removed'; readonly id: string }
  | { readonly type: 'detached' | 'volumes-removed' }
  | {
      readonly type: 'refused';
      readonly container: string;
      readonly image: string;
      readonly reason: Trouble['reason'];
      readonly message: string;
    };

/** The steps that act on the board. What a worker does by itself is none of them. */
export type Action = Exclude<Step, { type: 'finish' | 'gone' | 'wait' }>;

/** Carries out one step. Each may be repeated: the second time it finds its work done. */
export async function perform(
  step: Action,
  desired: PlannedPod,
  observed: ObservedPod,
  ports: PodPorts,
  /** Called when an image is about to be pulled. */
  onPull: (container: string, image: string) => void,
): Promise<Outcome> {
  switch (step.type) {
    case 'attach-network':
      return { type: 'attached', path: (await ports.network.attach(attachment(desired))).path };
    case 'prepare-volumes':
      return prepareVolumes(step.digest, desired, ports);
    case 'pull-image':
      return pullImage(step, desired, ports, () => onPull(step.container, step.image));
    case 'create-container':
      return createContainer(step, desired, observed, ports);
    case 'start-container':
      return startContainer(step, ports);
    case 'post-start':
    case 'pre-stop':
      return performHook(step, desired, observed, ports);
    case 'stop-container':
      await ports.runtime.stop(step.id, step.graceSeconds);
      return { type: 'stopped', id: step.id };
    case 'remove-container':
      await ports.runtime.remove(step.id);
      return { type: 'removed', id: step.id };
    case 'detach-network':
      await ports.network.detach(desired.uid);
      return { type: 'detached' };
    case 'remove-volumes':
      await ports.volumes.remove(desired.uid);
      return { type: 'volumes-removed' };
  }
}

function attachment(desired: DesiredPod): Parameters<PodNetwork['attach']>[0] {
  const { uid, addresses } = desired;
  const spec = desired.pod?.spec;
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const hostPorts = containers.flatMap(({ ports = [] }) => ports.flatMap(hostPortOf));
  return { uid, addresses, hostPorts };
}

function hostPortOf({ hostPort, containerPort, protocol, hostIP }: ContainerPort): HostPort[] {
  if (!hostPort) return [];
  const known = protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
  return [{ hostPort, containerPort, protocol: known, hostIP: hostIP || undefined }];
}

async function prepareVolumes(digest: string, desired: PlannedPod, ports: PodPorts): Promise<Outcome> {
  if (!desired.volumes.ok) throw new Error(desired.volumes.message);
  const paths = await ports.volumes.prepare(desired.uid, desired.volumes.value.contents);
  return { type: 'prepared', digest, paths };
}

async function pullImage(
  step: Extract<Step, { type: 'pull-image' }>,
  desired: DesiredPod,
  { runtime }: PodPorts,
  onPull: () => void,
): Promise<Outcome> {
  const { container, attempt, image, policy } = step;
  const there = (present: boolean): Outcome => ({ type: 'pulled', container, attempt, image, present });
  if (policy !== 'Always') {
    if (await runtime.imagePresent(image)) return there(true);
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      return { type: 'refused', container, image, reason: 'ErrImageNeverPull', message };
    }
  }
  onPull();
  try {
    await runtime.pull(image, registryAuth(image, desired));
    return there(false);
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.reason !== 'image') throw error;
    // What ran before runs again, also when the board is cut off from the registry.
    if (attempt > 0 && (await runtime.imagePresent(image))) return there(true);
    return { type: 'refused', container, image, reason: 'ErrImagePull', message: error.message };
  }
}

async function createContainer(
  step: Extract<Step, { type: 'create-container' }>,
  desired: PlannedPod,
  observed: ObservedPod,
  { runtime, volumes }: PodPorts,
): Promise<Outcome> {
  const { container: name, attempt, failures } = step;
  const container = containersOf(desired, observed).find((each) => each.container.name === name);
  if (!container) throw new Error(`pod ${desired.name} has no container ${name} any more`);
  const surroundings = {
    networkPath: observed.networkPath,
    volumePaths: observed.volumes?.paths ?? new Map<string, string>(),
  };
  const identity = identityFor(container, attempt, failures, desired);
  const spec = containerSpec(container.container, identity, desired, surroundings);
  if (!spec.ok) throw new Error(spec.message);
  try {
    const mounts = await resolveMounts(spec.value.mounts, volumes);
    const { id, unapplied } = await runtime.create({ ...spec.value, mounts });
    return { type: 'created', container: name, id, unapplied };
  } catch (error) {
    return refusal(error, name, container.container.image ?? '');
  }
}

async function startContainer(
  step: Extract<Step, { type: 'start-container' }>,
  { runtime }: PodPorts,
): Promise<Outcome> {
  try {
    await runtime.start(step.id);
    return { type: 'started', container: step.container };
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.reason !== 'spec') throw error;
    return { type: 'not-started', container: step.container, id: step.id, message: error.message };
  }
}

function refusal(error: unknown, container: string, image: string): Outcome {
  const refused = (reason: Trouble['reason'], { message }: Error): Outcome => ({
    type: 'refused',
    container,
    image,
    reason,
    message,
  });
  if (error instanceof OutsideVolume) return refused('CreateContainerConfigError', error);
  if (!(error instanceof RuntimeError)) throw error;
  if (error.reason === 'image') return refused('ErrImagePull', error);
  if (error.reason !== 'spec') throw error;
  return refused('CreateContainerError', error);
}
