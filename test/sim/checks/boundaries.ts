import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import { nodeSession } from '@bramble/protocol/messages/session.ts';
import type { Node } from '@bramble/protocol/schema/types.generated.ts';
import { parseTopic, root, type Topic } from '@bramble/protocol/topics.ts';
import { nodePrefix, podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/** Stands in every report that a board makes about a pod that is not its own. */
export const forgedReason = 'ForgedByAnotherBoard';
/** No controller comes this far; a board that says it is bound to this has obeyed a forged order. */
export const forgedSequence = 8_000_000_000_000_000;

/** Of a machine that shows that it is not the one that joined. */
export const strangersBootId = 'a-stranger';

const forgedText = `"sequence":${forgedSequence}`;

const boardSays = new Set<Topic['type']>(['node-session', 'metrics', 'status', 'stream-out']);
const boardHears = new Set<Topic['type'] | 'network-membership'>([
  'node-session',
  'manifest',
  'object',
  'acks',
  'stream-in',
  'network-membership',
]);

/** The board that a client speaks for, by the name of its link: `board-3`, or `board-3 (rogue)`. */
export function boardOfClient(name: string): string | undefined {
  return /^(board-\d+)\b/.exec(name)?.[1];
}

/** G7: a board reads and changes only what is its own, and a broker can command nothing. */
export class BoundaryCheck {
  readonly #bound = new Map<string, Fence>();
  /** The last boots whose word counts no more. */
  readonly #over = new Map<string, number>();
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  /** The broker passes on what the client said. */
  said(client: string, topicText: string, payload: Uint8Array): void {
    const board = boardOfClient(client);
    if (board === undefined) return;
    const topic = parseTopic(topicText);
    if (!topic || !boardSays.has(topic.type) || !('node' in topic) || topic.node !== board)
      this.#verdict.broken('G7', `${client} spoke on ${topicText}`);
    else if (topic.type === 'node-session' && client === board) this.#obeys(board, payload);
    else if (topic.type === 'metrics' && Buffer.from(payload).includes(forgedText))
      this.#verdict.broken('G7', `${board} has carried out a forged order`);
  }

  /** The broker handed this to the client. */
  heard(client: string, topicText: string): void {
    const board = boardOfClient(client);
    if (board === undefined) return;
    const topic = parseTopic(topicText);
    const isOwn = topic && boardHears.has(topic.type) && 'node' in topic && topic.node === board;
    // What all boards of a network share is nobody's own.
    const isShared = topic?.type === 'controller-session' || topicText.startsWith(`${root}/network/`);
    if (!isOwn && !isShared) this.#verdict.broken('G7', `${client} heard ${topicText}`);
  }

  /** What has become durable: no board's word about another one's pod is among it, and no other machine's about a board. */
  written({ type, stored: { key, object } }: EngineEvent): void {
    if (type === 'delete') return;
    if (key.startsWith(nodePrefix) && bootIdOf(object) === strangersBootId)
      this.#verdict.broken('G7', `${key} says what another machine said of itself`);
    if (!key.startsWith(podPrefix)) return;
    const reason = (object['status'] as { reason?: string } | undefined)?.reason;
    if (reason === forgedReason) this.#verdict.broken('G7', `${key} says what another board said of it`);
  }

  /** What a board's journal has lost, it cannot know any more. @param boot what this one said may still be under way */
  forget(board: string, boot: number): void {
    this.#over.set(board, boot);
    for (const key of this.#bound.keys()) if (key.startsWith(`${board} `)) this.#bound.delete(key);
  }

  /** A board's word about whose orders it has carried out: no forged ones, and never older ones than before. */
  #obeys(board: string, payload: Uint8Array): void {
    const decoded = decodeJson(nodeSession, payload);
    if (!decoded.ok || !decoded.value.alive || !decoded.value.bound) return;
    const { bound, boot } = decoded.value;
    if (boot <= (this.#over.get(board) ?? 0)) return;
    // Found out only after its first word: what the journal had is no longer obeyed.
    if (bound.sequence === 0 && this.#over.has(board))
      return void this.#bound.delete(`${board} ${bound.storeId}`);
    const before = this.#bound.get(`${board} ${bound.storeId}`);
    this.#bound.set(`${board} ${bound.storeId}`, bound);
    if (bound.sequence === forgedSequence) this.#verdict.broken('G7', `${board} has obeyed a forged order`);
    if (before && isOlder(bound, before))
      this.#verdict.broken('G7', `${board} went back from ${textOf(before)} to ${textOf(bound)}`);
  }
}

function bootIdOf(node: object): string | undefined {
  return (node as Node).status?.nodeInfo?.bootID;
}

function isOlder(one: Fence, other: Fence): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && one.sequence < other.sequence);
}

function textOf({ epoch, sequence }: Fence): string {
  return `manifest ${epoch}/${sequence}`;
}
