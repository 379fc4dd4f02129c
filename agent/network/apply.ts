import type { NetworkBoards, NetworkIndex, NetworkService } from '@bramble/protocol/messages/network.ts';
import { parseCidr } from './addresses.ts';
import type { BoardSurroundings, ClusterNetwork, Route } from './port.ts';
import { planRoutes } from './routes.ts';
import { serviceRules } from './services/rules.ts';
import { type Table, tableDifference, wholeTable } from './services/table.ts';

/** All that decides what the kernel should hold. */
export interface NetworkView {
  readonly node: string;
  readonly bridge: string;
  readonly podCIDRs: readonly string[];
  readonly surroundings: BoardSurroundings;
  readonly index: NetworkIndex;
  readonly boards: NetworkBoards['boards'];
  readonly services: readonly NetworkService[];
  readonly dnsServer: { readonly address: string; readonly port: number } | undefined;
}

/** What the kernel holds now. */
export interface Applied {
  readonly table: Table;
  readonly routes: readonly Route[];
  /** Boards whose pods cannot be reached. */
  readonly problems: readonly string[];
}

/** Brings the kernel from what was applied last (nothing known: from anything) to what the view asks for. */
export async function applyView(
  network: ClusterNetwork,
  view: NetworkView,
  before: Applied | undefined,
): Promise<Applied> {
  const { node, bridge, index, services, dnsServer, surroundings } = view;
  const { wanted, problems } = planRoutes(view.boards, node, surroundings);
  const table = serviceRules({
    bridge,
    node,
    podCidrs: view.podCIDRs.flatMap((cidr) => parseCidr(cidr) ?? []),
    ownAddresses: surroundings.addresses,
    serviceCidr: parseCidr(index.serviceCIDR),
    clusterDns: index.clusterDNS,
    dnsServer,
    services,
  });
  await network.applyRoutes(wanted, index.serviceCIDR);
  await applyTable(network, table, before?.table);
  return { table, routes: wanted, problems };
}

async function applyTable(network: ClusterNetwork, table: Table, before: Table | undefined): Promise<void> {
  const difference = before && tableDifference(before, table);
  if (difference === '') return;
  if (difference !== undefined) {
    try {
      return await network.applyRules(difference);
    } catch {
      // Somebody else has changed the table: the whole puts it right.
    }
  }
  await network.applyRules(wholeTable(table));
}
