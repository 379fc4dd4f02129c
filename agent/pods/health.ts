import type { Container } from '@bramble/protocol/schema/types.generated.ts';
import type { ProbeKind } from '../probes/judge.ts';
import type { PodHealth, RememberedHealth } from '../probes/port.ts';
import type { ContainerView } from '../runtime/port.ts';

/** What probes and the hook after its start have said of one running container. */
export interface ContainerHealth extends RememberedHealth {
  /** The probe for whose sake it is to be stopped. */
  readonly failed: 'startup' | 'liveness' | undefined;
  /** Why the hook failed. */
  readonly postStartError: string;
  /** It ran before this worker did. */
  readonly adopted: boolean;
}

/** Until a probe has passed, it has not; a container without probes is well as soon as it runs. */
export function freshHealth({ startupProbe, readinessProbe, lifecycle }: Container): ContainerHealth {
  return {
    started: startupProbe === undefined,
    ready: readinessProbe === undefined,
    postStart: lifecycle?.postStart ? 'pending' : 'none',
    sinceMs: 0,
    failed: undefined,
    postStartError: '',
    adopted: false,
  };
}

/** Health of the containers that were seen, what is remembered of them included; of those that are gone nothing is kept. */
export function healthOf(
  views: readonly ContainerView[],
  specOf: (view: ContainerView) => Container | undefined,
  before: ReadonlyMap<string, ContainerHealth>,
  remembered: PodHealth,
): ReadonlyMap<string, ContainerHealth> {
  const health = new Map<string, ContainerHealth>();
  for (const view of views) {
    const known = before.get(view.id);
    const spec = specOf(view);
    if (known) health.set(view.id, known);
    else if (spec && view.state === 'running') health.set(view.id, firstHealth(spec, remembered[view.id]));
  }
  return health;
}

function firstHealth(spec: Container, remembered: RememberedHealth | undefined): ContainerHealth {
  const fresh = freshHealth(spec);
  return remembered ? { ...fresh, ...remembered, adopted: true } : fresh;
}

/** What one more verdict of a probe means; the same object when it changes nothing, as most do. */
export function withVerdict(
  health: ContainerHealth,
  kind: ProbeKind,
  passed: boolean,
  nowMs: number,
): ContainerHealth {
  if (kind === 'readiness')
    return health.ready === passed ? health : { ...health, ready: passed, sinceMs: nowMs };
  if (!passed) return health.failed === kind ? health : { ...health, failed: kind };
  return kind === 'startup' && !health.started ? { ...health, started: true, sinceMs: nowMs } : health;
}

/** What an agent that is started anew must know. Containers that nothing asks are left out. */
export function toRemember(
  health: ReadonlyMap<string, ContainerHealth>,
  isAsked: (id: string) => boolean,
): PodHealth {
  const asked = [...health].filter(([id]) => isAsked(id));
  return Object.fromEntries(
    asked.map(([id, { started, ready, postStart, sinceMs }]) => [id, { started, ready, postStart, sinceMs }]),
  );
}

/** Whether anything is asked of a container of this kind, so that its health is not plain from its running. */
export function isAsked({ startupProbe, readinessProbe, lifecycle }: Container): boolean {
  return [startupProbe, readinessProbe, lifecycle?.postStart].some((each) => each !== undefined);
}
