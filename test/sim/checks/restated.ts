import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { nodeSession } from '@bramble/protocol/messages/session.ts';
import type { Node } from '@bramble/protocol/schema/types.generated.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';
import { nodePrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/** A board that is linked and sound corrects a false death within this; its next sign of life may come later. */
const restatedMs = 6_000;

/** A death is on the disk within this. */
const believedMs = 2_000;

export interface Surroundings {
  readonly nowMs: () => number;
  readonly timer: (delayMs: number, act: () => void) => void;
  /** Grows with each link of the board or the controller that begins or ends; `undefined` while one of them is down. */
  readonly links: (board: string) => number | undefined;
  /** Nothing keeps the board or the controller from what they do. */
  readonly isSound: (board: string) => boolean;
}

/** G6: a death that comes late, as wills do, is not believed for long while the board itself is on the link. */
export class RestatedCheck {
  readonly #ready = new Map<string, boolean>();
  /** Counts how often a board was called lost. */
  readonly #losses = new Map<string, number>();
  readonly #deathsMs = new Map<string, number>();
  readonly #around: Surroundings;
  readonly #verdict: Verdict;

  constructor(around: Surroundings, verdict: Verdict) {
    this.#around = around;
    this.#verdict = verdict;
  }

  /** What the broker handed to the controller. */
  heard(topicText: string, payload: Uint8Array): void {
    const topic = parseTopic(topicText);
    if (topic?.type !== 'node-session') return;
    const decoded = decodeJson(nodeSession, payload);
    if (decoded.ok && !decoded.value.alive) this.#deathsMs.set(topic.node, this.#around.nowMs());
  }

  written({ type, stored: { key, object } }: EngineEvent): void {
    if (type === 'delete' || !key.startsWith(nodePrefix)) return;
    const { name } = object.metadata;
    const conditions = (object as unknown as Node).status?.conditions ?? [];
    const ready = conditions.some((each) => each.type === 'Ready' && each.status === 'True');
    const before = this.#ready.get(name);
    this.#ready.set(name, ready);
    const losses = (this.#losses.get(name) ?? 0) + (before === true && !ready ? 1 : 0);
    this.#losses.set(name, losses);
    const links = this.#around.links(name);
    // A silence is another matter: only the next sign of life ends it.
    const deathMs = this.#deathsMs.get(name);
    if (deathMs === undefined || this.#around.nowMs() - deathMs > believedMs) return;
    if (before !== true || ready || links === undefined || !this.#around.isSound(name)) return;
    this.#around.timer(restatedMs, () => {
      const { links: now, isSound } = this.#around;
      const isStill = this.#ready.get(name) === false && this.#losses.get(name) === losses;
      if (now(name) === links && isSound(name) && isStill)
        this.#verdict.broken('G6', `${name} is linked, and has been called lost for ${restatedMs / 1_000} s`);
    });
  }
}
