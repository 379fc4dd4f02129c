import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import { groupOfNode } from './groups.ts';

/** Which board is in which network group, as the Nodes say now. */
export class GroupTable {
  readonly #nodes = new Map<string, KubeObject>();
  readonly #groups = new Map<string, string>();

  constructor(nodes: Iterable<KubeObject>) {
    for (const node of nodes) this.put(node, false);
  }

  /** Groups that have a board; the default one always. */
  get names(): readonly string[] {
    return [...new Set([defaultNetworkGroup, ...this.#groups.values()])];
  }

  get memberships(): Iterable<readonly [node: string, group: string]> {
    return this.#groups;
  }

  of(node: string): string | undefined {
    return this.#groups.get(node);
  }

  nodesIn(group: string): KubeObject[] {
    return [...this.#nodes.values()].filter((node) => this.#groups.get(node.metadata.name) === group);
  }

  /** Answers whether a board came, went, or changed its group. */
  put(node: KubeObject, gone: boolean): boolean {
    const { name } = node.metadata;
    const before = this.#groups.get(name);
    if (gone) {
      this.#nodes.delete(name);
      this.#groups.delete(name);
      return before !== undefined;
    }
    const group = groupOfNode(node);
    this.#nodes.set(name, node);
    this.#groups.set(name, group);
    return before !== group;
  }
}
