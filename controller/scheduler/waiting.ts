import type { Explanation } from './explain.ts';
import type { PodFacts } from './facts.ts';
import { refusalOf } from './filters.ts';
import { shapeOf } from './shape.ts';
import type { Board } from './snapshot.ts';

/** A pod that no board could take, and what was told about it; `undefined` when nothing was, or it is not known to be written. */
export interface Waiting {
  readonly pod: PodFacts;
  readonly group: Group;
  told: Explanation | undefined;
}

/** Pods of one shape: what keeps one of them from being placed keeps all. Never empty. */
export interface Group {
  readonly shape: string;
  readonly pods: Map<string, Waiting>;
  /** Why they wait, as of `explainedAt`. */
  explanation: Explanation;
  explainedAt: number;
  /** Changes in the boards' details, too, are to be told. */
  detailed: boolean;
}

/**
 * Pods that no board could take. What a change of one board costs here grows with the number of shapes and not of pods,
 * and no pod is tried again that this one board would refuse.
 */
export class WaitingPods {
  readonly #pods = new Map<string, Waiting>();
  /** In order of `explainedAt`, the earliest first. */
  readonly #groups = new Map<string, Group>();
  /** Some board would take one of these, or did a moment ago. */
  readonly hopeful = new Set<Group>();
  /** Pods among these may have been told something else than what holds now. */
  readonly untold = new Set<Group>();
  /** Counts what may have changed why pods wait. */
  #changes = 0;
  #detailedSince = 0;

  get size(): number {
    return this.#pods.size;
  }

  get(key: string): Waiting | undefined {
    return this.#pods.get(key);
  }

  /** Of the pods that wait and look like this one. */
  groupOf(pod: PodFacts): Group | undefined {
    return this.#groups.size === 0 ? undefined : this.#groups.get(shapeOf(pod));
  }

  /** What was told of this pod before stays known. */
  add(pod: PodFacts, explanation: Explanation): Waiting {
    const before = this.#pods.get(pod.key);
    const told = before?.pod.uid === pod.uid ? before.told : undefined;
    this.delete(pod.key);
    const group = this.groupOf(pod) ?? this.#newGroup(pod, explanation);
    const waiting = { pod, group, told };
    group.pods.set(pod.key, waiting);
    this.#pods.set(pod.key, waiting);
    return waiting;
  }

  delete(key: string): void {
    const waiting = this.#pods.get(key);
    if (!waiting) return;
    const { group } = waiting;
    this.#pods.delete(key);
    group.pods.delete(key);
    if (group.pods.size > 0) return;
    this.#groups.delete(group.shape);
    this.hopeful.delete(group);
    this.untold.delete(group);
  }

  /** A board changed, or has more room: those that it would take are hopeful. */
  offer(board: Board): void {
    for (const group of this.#groups.values())
      if (!this.hopeful.has(group) && !refusalOf(anyOf(group), board)) this.hopeful.add(group);
  }

  /** What is told of boards is out of date. */
  boardsChanged(): void {
    this.#changes += 1;
  }

  /** Time was given to look at each of them anew, and to tell of changed details, too. */
  lookAgain(): void {
    this.#changes += 1;
    this.#detailedSince = this.#changes;
  }

  /** Groups whose explanation is out of date, the stalest first. */
  *stale(): Iterable<Group> {
    for (const group of this.#groups.values()) {
      if (group.explainedAt === this.#changes) return;
      yield group;
    }
  }

  get isStale(): boolean {
    const oldest = this.#groups.values().next().value;
    return oldest !== undefined && oldest.explainedAt < this.#changes;
  }

  /** @param explanation `undefined`: a board would take them. */
  explained(group: Group, explanation: Explanation | undefined): void {
    group.detailed ||= group.explainedAt < this.#detailedSince;
    group.explainedAt = this.#changes;
    this.#groups.delete(group.shape);
    this.#groups.set(group.shape, group);
    if (!explanation) {
      this.hopeful.add(group);
      return;
    }
    this.hopeful.delete(group);
    const isNews = group.detailed || explanation.summary !== group.explanation.summary;
    group.explanation = explanation;
    if (isNews) this.untold.add(group);
  }

  #newGroup(pod: PodFacts, explanation: Explanation): Group {
    const shape = shapeOf(pod);
    const group = { shape, pods: new Map(), explanation, explainedAt: this.#changes, detailed: false };
    this.#groups.set(shape, group);
    return group;
  }
}

/** Each pod that comes or goes changes how much is free where: that alone is not worth a write at once. */
export function isNews({ told, group }: Waiting): boolean {
  const { summary, why } = group.explanation;
  return told === undefined || told.summary !== summary || (group.detailed && told.why !== why);
}

export function anyOf(group: Group): PodFacts {
  const [waiting] = group.pods.values();
  if (!waiting) throw new Error('a group of waiting pods is empty');
  return waiting.pod;
}
