import type { Container, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { type Behaviour, behaviourOf } from '../board/images.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** What becomes of a container that is left to itself: it never runs, runs (again and again), or is done. */
type Fate = 'never' | 'on' | 'succeeded' | 'failed';

const fates: Readonly<Record<Behaviour, { always: Fate; onFailure: Fate; never: Fate }>> = {
  serves: { always: 'on', onFailure: 'on', never: 'on' },
  stubborn: { always: 'on', onFailure: 'on', never: 'on' },
  crashes: { always: 'on', onFailure: 'on', never: 'failed' },
  finishes: { always: 'on', onFailure: 'succeeded', never: 'succeeded' },
  // Again and again until it succeeds, or once.
  flaky: { always: 'on', onFailure: 'succeeded', never: 'failed' },
  missing: { always: 'never', onFailure: 'never', never: 'never' },
  // What cannot be started has ended, and is tried again and again.
  broken: { always: 'on', onFailure: 'on', never: 'failed' },
};

/**
 * The phases that a bound pod may come to rest in, from what its images do. A reboot may end what is never started
 * again, so that such a pod may have failed as well.
 *
 * @param hasRun whether the board still has a container of this name that has ended
 */
export function expectedPhases({ spec }: Pod, hasRun: (name: string) => boolean): ReadonlySet<Phase> {
  const policy = spec?.restartPolicy ?? 'Always';
  const found = (spec?.containers ?? []).map((each) => fateOf(each, policy, hasRun));
  const phase = phaseOf(found);
  if (policy !== 'Never') return new Set([phase]);
  return phase === 'Pending' ? new Set([phase, 'Failed']) : new Set([phase, 'Failed', 'Succeeded']);
}

/** Whether this container runs on and on, undisturbed. */
export function runsOn(container: Container): boolean {
  const behaviour = behaviourOf(container.image ?? '');
  return behaviour === 'serves' || behaviour === 'stubborn';
}

function phaseOf(found: readonly Fate[]): Phase {
  if (found.includes('never')) return 'Pending';
  if (found.includes('on')) return 'Running';
  return found.includes('failed') ? 'Failed' : 'Succeeded';
}

function fateOf({ name, image = '' }: Container, policy: string, hasRun: (name: string) => boolean): Fate {
  const behaviour = behaviourOf(image);
  // Another image of it ran before: to Kubernetes it is between two runs, and its pod runs on, not Pending again.
  if (behaviour === 'missing' && hasRun(name)) return 'on';
  const fate = fates[behaviour];
  if (policy === 'Never') return fate.never;
  return policy === 'OnFailure' ? fate.onFailure : fate.always;
}
