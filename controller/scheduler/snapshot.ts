import type { HostPortUse } from '@bramble/protocol/placement/host-ports.ts';
import type { BoardOrder } from './board-order.ts';
import { EligibleBoards } from './eligible.ts';
import type { BoardFacts, PodFacts } from './facts.ts';

/** A board and what is placed on it. */
export interface Board {
  facts: BoardFacts;
  usedCpuMilli: number;
  usedMemoryBytes: number;
  usedPods: number;
  readonly hostPorts: HostPortUse[];
}

interface Placed {
  pod: PodFacts;
  readonly node: string;
}

/**
 * Boards and the pods placed on them, kept up to date pod by pod. Owned by one scheduler; a pod counts from the moment
 * it is placed, before its binding is on disk.
 */
export class Snapshot {
  readonly #boards = new Map<string, Board>();
  readonly #eligible = new EligibleBoards();
  readonly #placed = new Map<string, Placed>();
  /** Of boards that are not known, too: they may yet come. */
  readonly #byNode = new Map<string, Set<Placed>>();

  get boards(): ReadonlyMap<string, Board> {
    return this.#boards;
  }

  /** A new board, or what the filters read of it has changed. */
  putBoard(facts: BoardFacts): void {
    const known = this.#boards.get(facts.name);
    if (known) {
      known.facts = facts;
      this.#eligible.changed(known);
      return;
    }
    const board = newBoard(facts);
    this.#boards.set(facts.name, board);
    this.#eligible.changed(board);
    for (const { pod } of this.#byNode.get(facts.name) ?? []) count(board, pod, 1);
  }

  removeBoard(name: string): void {
    const board = this.#boards.get(name);
    if (!board) return;
    this.#boards.delete(name);
    this.#eligible.removed(board);
  }

  /** Boards that the pod may be on, if they have room for it. */
  eligible(pod: PodFacts): BoardOrder {
    return this.#eligible.of(pod, this.#boards.values());
  }

  /** Places a pod, or moves what is known of it. */
  place(pod: PodFacts, node: string): void {
    const known = this.#placed.get(pod.key);
    // Most changes of a pod are its board's reports: it takes what it took.
    if (
      known?.node === node &&
      known.pod.requests === pod.requests &&
      known.pod.hostPorts === pod.hostPorts
    ) {
      known.pod = pod;
      return;
    }
    this.remove(pod.key);
    const placed = { pod, node };
    this.#placed.set(pod.key, placed);
    this.#byNode.set(node, (this.#byNode.get(node) ?? new Set()).add(placed));
    const board = this.#boards.get(node);
    if (board) count(board, pod, 1);
  }

  /** Answers the board that it was on. */
  remove(key: string): string | undefined {
    const placed = this.#placed.get(key);
    if (!placed) return undefined;
    const { pod, node } = placed;
    this.#placed.delete(key);
    const others = this.#byNode.get(node);
    if (others?.delete(placed) && others.size === 0) this.#byNode.delete(node);
    const board = this.#boards.get(node);
    if (board) count(board, pod, -1);
    return node;
  }

  /** All on this board whose keys begin so. */
  removeAll(node: string, prefix: string): void {
    for (const { pod } of this.#byNode.get(node) ?? []) if (pod.key.startsWith(prefix)) this.remove(pod.key);
  }

  isPlaced(key: string): boolean {
    return this.#placed.has(key);
  }

  /** The pod that is placed under this key. */
  podAt(key: string): PodFacts | undefined {
    return this.#placed.get(key)?.pod;
  }
}

function newBoard(facts: BoardFacts): Board {
  return { facts, usedCpuMilli: 0, usedMemoryBytes: 0, usedPods: 0, hostPorts: [] };
}

function count(board: Board, pod: PodFacts, sign: 1 | -1): void {
  board.usedCpuMilli += sign * pod.requests.cpuMilli;
  board.usedMemoryBytes += sign * pod.requests.memoryBytes;
  board.usedPods += sign;
  for (const use of pod.hostPorts) {
    if (sign === 1) board.hostPorts.push(use);
    else removeUse(board.hostPorts, use);
  }
}

function removeUse(uses: HostPortUse[], use: HostPortUse): void {
  const at = uses.findIndex((other) => other.port === use.port && other.address === use.address);
  if (at >= 0) uses.splice(at, 1);
}
