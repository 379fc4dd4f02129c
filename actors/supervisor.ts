import type { Actor, ActorContext, RestartPolicy } from './actor.ts';
import type { ActorRef } from './ref.ts';
import { defaultSupervision, type Supervision } from './supervision.ts';

/** One child of a supervisor: a name, an actor, and when to start it again. */
export interface ChildSpec {
  readonly name: string;
  readonly restart: RestartPolicy;
  readonly spawn: (ctx: ActorContext<never>, options: { restart: RestartPolicy }) => ActorRef<never>;
}

/** Describes a child. `started` gets its ref before the next sibling starts. */
export function child<S, M>(
  name: string,
  actor: Actor<S, M>,
  options: { restart?: RestartPolicy; started?: (ref: ActorRef<M>) => void } = {},
): ChildSpec {
  return {
    name,
    restart: options.restart ?? 'permanent',
    spawn: (ctx, spawnOptions) => {
      const ref = ctx.spawn(name, actor, spawnOptions);
      options.started?.(ref);
      return ref;
    },
  };
}

/** An actor that does nothing but start its children in order and supervise them. */
export function supervisor(
  children: () => readonly ChildSpec[],
  supervision?: Supervision,
): Actor<null, never> {
  return {
    supervision: supervision ?? defaultSupervision,
    start(ctx) {
      for (const spec of children()) spec.spawn(ctx, { restart: spec.restart });
      return null;
    },
    receive: (state) => state,
  };
}
