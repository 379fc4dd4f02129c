import type { NetworkBoards } from '@bramble/protocol/messages/network.ts';
import { contains, parseCidr } from './addresses.ts';
import type { BoardSurroundings, Route } from './port.ts';

export interface RoutePlan {
  readonly wanted: readonly Route[];
  /** Boards of the group whose pods cannot be reached from here, and why. */
  readonly problems: readonly string[];
}

/**
 * The way to the pods of each other board: by that of its addresses which lies in a network that this board is in. What
 * lies behind a router is left out: a route there would need the router's help.
 */
export function planRoutes(
  boards: NetworkBoards['boards'],
  node: string,
  { subnets }: BoardSurroundings,
): RoutePlan {
  const networks = subnets.flatMap((text) => parseCidr(text) ?? []);
  const wanted: Route[] = [];
  const problems: string[] = [];
  for (const board of boards.filter((each) => each.node !== node && each.podCIDRs.length > 0)) {
    const gateway = board.addresses.find((address) => networks.some((network) => contains(network, address)));
    if (gateway === undefined) {
      const known = board.addresses.join(', ') || 'none';
      problems.push(`${board.node} is in no network of this board (its addresses: ${known})`);
      continue;
    }
    const cidrs = board.podCIDRs.filter((cidr) => cidr.includes(':') === gateway.includes(':'));
    wanted.push(...cidrs.map((destination) => ({ destination, gateway })));
  }
  return { wanted, problems };
}

/** Lines for `ip -batch`; routes inside `range` that lead to other boards and are not wanted any more are removed. */
export function routeChanges(wanted: readonly Route[], present: readonly Route[], range: string): string[] {
  const known = new Set(present.map(text));
  const destinations = new Set(wanted.map(({ destination }) => destination));
  const inRange = parseCidr(range);
  const stale = present.filter(
    ({ destination }) =>
      !destinations.has(destination) &&
      inRange !== undefined &&
      contains(inRange, destination.split('/')[0] ?? ''),
  );
  return [
    ...stale.map(({ destination, gateway }) => `route del ${destination} via ${gateway}`),
    ...wanted.filter((route) => !known.has(text(route))).map((route) => `route replace ${text(route)}`),
  ];
}

const text = ({ destination, gateway }: Route): string => `${destination} via ${gateway}`;
