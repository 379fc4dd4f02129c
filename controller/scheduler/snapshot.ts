import type { HostPortUse } from '@bramble/protocol/placement/host-ports.ts';
import type { BoardFacts, PodFacts } from './facts.ts';

/** A board and what is placed on it. */
export interface Board {
  readonly facts: BoardFacts;
  usedCpuMilli: number;
  usedMemoryBytes: number;
  usedPods: number;
  readonly hostPorts: HostPortUse[];
}

/**
 * Boards and the pods placed on them, kept up to date pod by pod. Owned by one scheduler; a pod counts from the moment
 * it is placed, before its binding is on disk.
 */
export class Snapshot {
  readonly boards = new Map<string, Board>();
  readonly #placed = new Map<string, { readonly pod: PodFacts; readonly node: string }>();

  putBoard(facts: BoardFacts): void {
    this.boards.set(facts.name, newBoard(facts));
    for (const { pod, node } of this.#placed.values()) if (node === facts.name) this.#count(pod, node, 1);
  }

  /** As `putBoard`, where only what the filters read changed: costs nothing that grows with the pods. */
  updateBoard(facts: BoardFacts): void {
    const old = this.boards.get(facts.name);
    if (!old) this.putBoard(facts);
    else this.boards.set(facts.name, { ...old, facts });
  }

  removeBoard(name: string): void {
    this.boards.delete(name);
  }

  /** Places a pod, or moves what is known of it. */
  place(pod: PodFacts, node: string): void {
    this.remove(pod.key);
    this.#placed.set(pod.key, { pod, node });
    this.#count(pod, node, 1);
  }

  remove(key: string): boolean {
    const placed = this.#placed.get(key);
    if (!placed) return false;
    this.#placed.delete(key);
    this.#count(placed.pod, placed.node, -1);
    return true;
  }

  /** All whose keys begin so. */
  removeAll(prefix: string): void {
    for (const key of [...this.#placed.keys()]) if (key.startsWith(prefix)) this.remove(key);
  }

  isPlaced(key: string): boolean {
    return this.#placed.has(key);
  }

  /** Of the pod that is placed under this key. */
  uidAt(key: string): string | undefined {
    return this.#placed.get(key)?.pod.uid;
  }

  #count(pod: PodFacts, node: string, sign: 1 | -1): void {
    const board = this.boards.get(node);
    if (!board) return;
    board.usedCpuMilli += sign * pod.requests.cpuMilli;
    board.usedMemoryBytes += sign * pod.requests.memoryBytes;
    board.usedPods += sign;
    for (const use of pod.hostPorts) {
      if (sign === 1) board.hostPorts.push(use);
      else removeUse(board.hostPorts, use);
    }
  }
}

function newBoard(facts: BoardFacts): Board {
  return { facts, usedCpuMilli: 0, usedMemoryBytes: 0, usedPods: 0, hostPorts: [] };
}

function removeUse(uses: HostPortUse[], use: HostPortUse): void {
  const at = uses.findIndex((other) => other.port === use.port && other.address === use.address);
  if (at >= 0) uses.splice(at, 1);
}
