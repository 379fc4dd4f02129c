import type { ProbeKind } from '../probes/judge.ts';
import type { ProbeTarget } from '../probes/prober.ts';
import { type DesiredPod, podAddresses } from './desired.ts';
import type { ObservedPod } from './observed.ts';
import { containersOf, isHooked, isOutdated, isRunning, type PodContainer } from './pod-containers.ts';
import { millisecondsOf } from './times.ts';

/** What is to be probed now: while a startup probe has not passed, it alone; when the pod ends, readiness alone. */
export function probeTargets(desired: DesiredPod, observed: ObservedPod): ProbeTarget[] {
  const host = podAddresses(desired)[0];
  if (host === undefined || desired.final) return [];
  return containersOf(desired, observed).flatMap((container) => {
    const { current } = container;
    if (!current || !isRunning(container) || isOutdated(container)) return [];
    const { container: spec, health } = container;
    return kindsOf(container, desired).map(
      (kind): ProbeTarget => ({
        subject: { id: current.view.id, host, ports: spec.ports ?? [] },
        kind,
        probe: spec[`${kind}Probe`] ?? {},
        startedAtMs: millisecondsOf(current.view.startedAt) ?? 0,
        adopted: health.adopted,
      }),
    );
  });
}

function kindsOf(container: PodContainer, { terminate }: DesiredPod): ProbeKind[] {
  const { container: spec, role, health } = container;
  // Init containers that end have no probes, and nobody is asked before its hook is done.
  if (role === 'init' || isHooked(container)) return [];
  const kinds: ProbeKind[] = [];
  const well = !terminate && health.failed === undefined;
  if (!health.started) return spec.startupProbe && well ? ['startup'] : [];
  if (spec.livenessProbe && well) kinds.push('liveness');
  if (spec.readinessProbe) kinds.push('readiness');
  return kinds;
}
