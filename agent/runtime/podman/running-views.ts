import * as z from '@bramble/protocol/zod.ts';
import type { ContainerView } from '../port.ts';
import { holdsProcesses } from './view.ts';

/** podman's list of containers, the part that Bramble reads. `StartedAt` is in seconds. */
export const listed = z.array(
  z.object({ Id: z.string(), State: z.string(), Pid: z.number(), StartedAt: z.number() }),
);
type Listed = z.infer<typeof listed>[number];

/**
 * Of a container that runs on nothing changes until it ends or starts again, and the list tells of that: so it is looked at once.
 * A look is a request and 8 KB of JSON.
 */
export class RunningViews {
  #views = new Map<string, { readonly as: Listed; readonly view: ContainerView }>();

  /** What it was when it was looked at, if it runs on since. */
  of(now: Listed): ContainerView | undefined {
    const known = this.#views.get(now.Id);
    if (!known || known.as.Pid !== now.Pid || known.as.StartedAt !== now.StartedAt) return undefined;
    return holdsProcesses(now.State) ? known.view : undefined;
  }

  /** After a whole list: these were listed so, and looked like this. */
  keep(seen: Iterable<readonly [Listed, ContainerView]>): void {
    this.#views = new Map();
    for (const [as, view] of seen)
      if (view.state === 'running' && view.pid === as.Pid) this.#views.set(as.Id, { as, view });
  }
}
