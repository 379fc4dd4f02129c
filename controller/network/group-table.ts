import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup, type NetworkBoards } from '@bramble/protocol/messages/network.ts';
import { boardEntry } from './boards-fact.ts';
import { groupOfNode } from './groups.ts';

type Entry = NetworkBoards['boards'][number];

interface Membership {
  readonly group: string;
  /** What its group hears of it; `undefined` where it cannot be reached. */
  readonly entry: Entry | undefined;
  readonly text: string;
}

/** What a change of a Node means to others. */
export interface Change {
  /** A board came, went, or changed its group. */
  readonly moved: boolean;
  /** Groups whose boards hear something new of it. */
  readonly groups: readonly string[];
}

/** Which board is in which network group, as the Nodes say now. */
export class GroupTable {
  readonly #memberships = new Map<string, Membership>();
  readonly #groups = new Map<string, Set<string>>();

  constructor(nodes: Iterable<KubeObject>) {
    for (const node of nodes) this.put(node, false);
  }

  /** Groups that have a board; the default one always. */
  get names(): readonly string[] {
    return [...new Set([defaultNetworkGroup, ...this.#groups.keys()])];
  }

  get nodes(): Iterable<string> {
    return this.#memberships.keys();
  }

  has(group: string): boolean {
    return group === defaultNetworkGroup || this.#groups.has(group);
  }

  of(node: string): string | undefined {
    return this.#memberships.get(node)?.group;
  }

  /** Where the pods of a group's boards are, in order of name: boards that have addresses of their own and for pods. */
  boardsIn(group: string): NetworkBoards['boards'] {
    const names = [...(this.#groups.get(group) ?? [])].sort();
    return names.flatMap((name) => this.#memberships.get(name)?.entry ?? []);
  }

  /** Most changes of a Node, its readiness first of all, are nothing to others. */
  put(node: KubeObject, gone: boolean): Change {
    const { name } = node.metadata;
    const before = this.#memberships.get(name);
    const now = gone ? undefined : membershipOf(node);
    const moved = before?.group !== now?.group;
    if (moved && before) this.#leave(name, before.group);
    if (now) {
      this.#memberships.set(name, now);
      if (moved) this.#enter(name, now.group);
    } else this.#memberships.delete(name);
    if (!moved && before?.text === now?.text) return { moved, groups: [] };
    return { moved, groups: [before?.group, now?.group].filter((group) => group !== undefined) };
  }

  #enter(name: string, group: string): void {
    const names = this.#groups.get(group);
    if (names) names.add(name);
    else this.#groups.set(group, new Set([name]));
  }

  #leave(name: string, group: string): void {
    const names = this.#groups.get(group);
    names?.delete(name);
    if (names?.size === 0) this.#groups.delete(group);
  }
}

function membershipOf(node: KubeObject): Membership {
  const entry = boardEntry(node);
  return { group: groupOfNode(node), entry, text: JSON.stringify(entry ?? null) };
}
