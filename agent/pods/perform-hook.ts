import type { LifecycleHandler } from '@bramble/protocol/schema/types.generated.ts';
import { tryHandler } from '../probes/handlers.ts';
import { type DesiredPod, podAddresses } from './desired.ts';
import { identityOf } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import type { Outcome, PodPorts } from './perform.ts';
import { specOf } from './plan-stop.ts';
import type { Step } from './steps.ts';

export type HookStep = Extract<Step, { type: 'post-start' | 'pre-stop' }>;

/** The kubelet waits for ever; nobody else does. */
const postStartMs = 3_600_000;

export function hookOf(
  { type, id }: HookStep,
  desired: DesiredPod,
  { containers }: ObservedPod,
): LifecycleHandler | undefined {
  const view = containers.find((each) => each.id === id);
  const lifecycle = view && specOf(view, desired)?.lifecycle;
  return type === 'post-start' ? lifecycle?.postStart : lifecycle?.preStop;
}

/** Runs a hook. What it says stays with the container: an event could give a secret away. */
export async function performHook(
  step: HookStep,
  desired: DesiredPod,
  observed: ObservedPod,
  ports: Pick<PodPorts, 'runtime' | 'probes'>,
): Promise<Outcome> {
  const { id } = step;
  const hook = hookOf(step, desired, observed);
  const view = observed.containers.find((each) => each.id === id);
  if (!hook || !view) return hooked(step, observed, undefined);
  const host = podAddresses(desired)[0] ?? '';
  const subject = { id, host, ports: specOf(view, desired)?.ports ?? [] };
  const timeoutMs = step.type === 'post-start' ? postStartMs : step.graceSeconds * 1_000;
  const handlers = { runtime: ports.runtime, connections: ports.probes.connections };
  const { outcome, output } = await tryHandler(hook, subject, handlers, timeoutMs);
  const failed = outcome !== 'success' && outcome !== 'warning';
  return hooked(step, observed, failed ? output || 'the hook failed' : undefined);
}

export function hooked(step: HookStep, { containers }: ObservedPod, error: string | undefined): Outcome {
  const view = containers.find((each) => each.id === step.id);
  const container = (view && identityOf(view.labels)?.container) ?? '';
  const hook = step.type === 'post-start' ? 'PostStart' : 'PreStop';
  return { type: 'hooked', hook, container, id: step.id, error };
}
