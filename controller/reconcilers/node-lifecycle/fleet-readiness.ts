import type { NodeObject } from '../../workloads/objects.ts';
import { type FleetCounts, isDisrupted } from './fleet-health.ts';
import { type Readiness, readinessOf } from './lost-taints.ts';

/** How all boards are, kept as they change: looking at thousands for each one of them would take minutes. */
export class FleetReadiness {
  readonly #states = new Map<string, Readiness>();
  readonly #lost = new Set<string>();
  #unknown = 0;

  constructor(nodes: Iterable<NodeObject> = []) {
    for (const node of nodes) this.put(node.metadata.name, node);
  }

  get counts(): FleetCounts {
    return { lost: this.#lost.size, heardOf: this.#states.size - this.#unknown };
  }

  get isDisrupted(): boolean {
    return isDisrupted(this.counts);
  }

  /** Names of boards that are away. */
  get lost(): Iterable<string> {
    return this.#lost;
  }

  /** Notes a Node as it is now (`undefined`: deleted). Answers whether the fleet is disrupted now and was not before, or the other way round. */
  put(name: string, node: NodeObject | undefined): boolean {
    const before = this.isDisrupted;
    const state = node && readinessOf(node);
    if (this.#states.get(name) === 'unknown') this.#unknown -= 1;
    if (state === 'unknown') this.#unknown += 1;
    if (state === 'not-ready' || state === 'unreachable') this.#lost.add(name);
    else this.#lost.delete(name);
    if (state === undefined) this.#states.delete(name);
    else this.#states.set(name, state);
    return this.isDisrupted !== before;
  }
}
