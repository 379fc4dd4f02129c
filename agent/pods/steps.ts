import type { Waiting } from './observed.ts';

/** One thing to do for a pod, as data. All steps of a plan may be done at once, in any order. */
export type Step =
  | { readonly type: 'attach-network' }
  | { readonly type: 'prepare-volumes'; readonly digest: string }
  | {
      readonly type: 'pull-image';
      readonly container: string;
      readonly attempt: number;
      readonly image: string;
      readonly policy: PullPolicy;
    }
  | {
      readonly type: 'create-container';
      readonly container: string;
      readonly attempt: number;
      readonly failures: number;
    }
  | { readonly type: 'start-container'; readonly container: string; readonly id: string }
  /** The hook after a container's start. */
  | { readonly type: 'post-start'; readonly id: string }
  /** The hook before its end. */
  | {
      readonly type: 'pre-stop';
      readonly id: string;
      readonly graceSeconds: number;
      readonly message: string;
    }
  | {
      readonly type: 'stop-container';
      readonly id: string;
      readonly graceSeconds: number;
      /** Names the order to stop: a shorter grace is another order, and is carried out beside the first. */
      readonly order: string;
      /** Why, as the event says it. */
      readonly message: string;
    }
  | { readonly type: 'remove-container'; readonly id: string }
  | { readonly type: 'detach-network' }
  | { readonly type: 'remove-volumes' }
  /** The pod has ended by itself, or by its deadline: its last status is made durable. */
  | { readonly type: 'finish'; readonly ending: Ending }
  /** Nothing of a pod that was told to go is left. */
  | { readonly type: 'gone' }
  | { readonly type: 'wait'; readonly delayMs: number };

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface Ending {
  readonly phase: 'Succeeded' | 'Failed';
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** By container, for those that should run and do not. */
  readonly waiting: ReadonlyMap<string, Waiting>;
}

/** The same step has the same key, so that it is not begun a second time while it is under way. */
export function keyOf(step: Step): string {
  switch (step.type) {
    case 'prepare-volumes':
      return `${step.type} ${step.digest}`;
    case 'pull-image':
    case 'create-container':
      return `${step.type} ${step.container} ${step.attempt}`;
    case 'start-container':
    case 'post-start':
    case 'pre-stop':
    case 'remove-container':
      return `${step.type} ${step.id}`;
    case 'stop-container':
      return `${step.type} ${step.id} ${step.order}`;
    default:
      return step.type;
  }
}

const makers = ['attach-network', 'prepare-volumes', 'create-container', 'start-container'];

/** Whether a step is under way that makes what a teardown would have to remove. */
export function makesSomething(busy: ReadonlySet<string>): boolean {
  for (const key of busy) if (makers.includes(key.split(' ', 1)[0] ?? '')) return true;
  return false;
}
