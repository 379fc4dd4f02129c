import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { metrics, nodeSession } from '@bramble/protocol/messages/session.ts';
import type { Node } from '@bramble/protocol/schema/types.generated.ts';
import { parseTopic } from '@bramble/protocol/topics.ts';
import { nodePrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

interface Signs {
  boot: number;
  /** Of the present boot, the newest last. */
  signsMs: number[];
  lastDeathMs: number;
  ready: boolean;
}

/** Well within the silence after which a board counts as lost; the newest signs may have come when that was decided. */
const freshShare = 0.75;
const newestMs = 5_000;
/** How long a death may take until it is on the disk. */
const deathCountsMs = 60_000;

/** G6: a board is called lost only when it was silent, or when a death of its present boot was heard. */
export class LostBoardCheck {
  readonly #signs = new Map<string, Signs>();
  /** `{board} {boot}`: what says so shows that it is another machine. */
  readonly #strangers = new Set<string>();
  readonly #verdict: Verdict;
  readonly #nowMs: () => number;
  readonly #freshMs: number;

  /** @param silenceMs after which a board counts as lost */
  constructor(verdict: Verdict, nowMs: () => number, silenceMs: number) {
    this.#freshMs = silenceMs * freshShare;
    this.#verdict = verdict;
    this.#nowMs = nowMs;
  }

  /** A new life of the controller knows nothing of what the one before it has heard. */
  controllerStarted(): void {
    for (const signs of this.#signs.values()) {
      signs.boot = 0;
      signs.signsMs = [];
    }
  }

  /** A copy of the board's card, whose word ought to count for nothing. */
  cloned(board: string, boot: number): void {
    this.#strangers.add(`${board} ${boot}`);
  }

  /** What the broker handed to the controller. */
  heard(topicText: string, payload: Uint8Array): void {
    const topic = parseTopic(topicText);
    if (topic?.type === 'metrics') {
      const decoded = decodeJson(metrics, payload);
      if (decoded.ok) this.#alive(topic.node, decoded.value.boot);
    } else if (topic?.type === 'node-session') {
      const decoded = decodeJson(nodeSession, payload);
      if (!decoded.ok) return;
      const { alive, boot } = decoded.value;
      if (this.#strangers.has(`${topic.node} ${boot}`)) return;
      if (alive) this.#alive(topic.node, boot);
      else if (boot >= this.#of(topic.node).boot) this.#of(topic.node).lastDeathMs = this.#nowMs();
    }
  }

  /** What has become durable. */
  written({ type, stored: { key, object } }: EngineEvent): void {
    if (type === 'delete' || !key.startsWith(nodePrefix)) return;
    const conditions = (object as unknown as Node).status?.conditions ?? [];
    const ready = conditions.some((each) => each.type === 'Ready' && each.status === 'True');
    const signs = this.#of(object.metadata.name);
    const wasReady = signs.ready;
    signs.ready = ready;
    if (ready || !wasReady) return;
    const agesMs = signs.signsMs.map((atMs) => this.#nowMs() - atMs);
    const fresh = agesMs.find((ageMs) => ageMs >= newestMs && ageMs <= this.#freshMs);
    if (fresh === undefined || this.#nowMs() - signs.lastDeathMs < deathCountsMs) return;
    const { name } = object.metadata;
    this.#verdict.broken('G6', `${name} is called lost, and was heard ${Math.round(fresh)} ms ago`);
  }

  #alive(node: string, boot: number): void {
    const signs = this.#of(node);
    if (boot < signs.boot) return;
    if (boot > signs.boot) signs.signsMs = [];
    signs.boot = boot;
    signs.signsMs = [...signs.signsMs.slice(-9), this.#nowMs()];
  }

  #of(node: string): Signs {
    const never = Number.NEGATIVE_INFINITY;
    const signs = this.#signs.get(node) ?? { boot: 0, signsMs: [], lastDeathMs: never, ready: false };
    this.#signs.set(node, signs);
    return signs;
  }
}
