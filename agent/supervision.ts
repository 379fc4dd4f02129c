import type { KeyObject } from 'node:crypto';
import { type Actor, type ActorRef, child, type Supervision, supervisor } from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { SignatureCheck } from '@bramble/protocol/envelope.ts';
import type { Board, Inventory } from './board/port.ts';
import type { ResolvConf } from './dns/resolv-conf.ts';
import type { Journal, JournalContent } from './journal/port.ts';
import { allocatableOf, ownLabels } from './link/birth.ts';
import { boardLink } from './link/link.ts';
import type { LinkConfig } from './link/state.ts';
import { clusterNetwork } from './network/cluster-network.ts';
import type { ClusterNetworkPorts } from './network/cluster-state.ts';
import type { NetworkMessage } from './network/messages.ts';
import type { PodNetwork } from './network/port.ts';
import { type NoticedNetwork, noticed } from './network/prepared.ts';
import type { BoardFacts } from './pods/desired.ts';
import { journalMemory } from './pods/journal-memory.ts';
import { podsManager } from './pods/manager.ts';
import type { PodsMessage } from './pods/manager-messages.ts';
import type { ProbePorts } from './probes/port.ts';
import type { ContainerRuntime } from './runtime/port.ts';
import type { StreamsMessage } from './streams/messages.ts';
import type { PortDialer } from './streams/port-dialer.ts';
import { boardStreams } from './streams/streams.ts';
import { type KeeperMessage, type KeeperPorts, membershipKeeper } from './trust/keeper.ts';
import type { UsageMeter } from './usage/port.ts';
import type { PodVolumes } from './volumes/port.ts';

/** All that an agent touches. Production and simulation differ in these alone. */
export interface AgentPorts {
  readonly dialer: MqttDialer;
  readonly journal: Journal;
  /** Read before anything is started: what this board runs does not wait for a network. */
  readonly journalContent: JournalContent;
  readonly runtime: ContainerRuntime;
  readonly network: PodNetwork;
  readonly volumes: PodVolumes;
  /** Absent: the board has no part in Services, names and routes, as in a simulation. */
  readonly clusterNetwork?: Omit<ClusterNetworkPorts, 'podCIDRs'> & { readonly bridge: string };
  readonly probes: ProbePorts;
  readonly board: Board;
  readonly inventory: Inventory;
  /** Absent: ports are not forwarded, as in a simulation. */
  readonly portDialer?: PortDialer;
  /** Absent: what containers use is not measured, as in a simulation. */
  readonly usage?: UsageMeter;
  /** Absent: the board is a member for good, as in a simulation. */
  readonly keeper?: KeeperPorts;
  readonly orders: {
    /** Public key (Ed25519) of the controller, pinned when the board joined. */
    readonly clusterKey: KeyObject | SignatureCheck;
    /** Private key (X25519) that Secrets are sealed to. */
    readonly sealingKey: KeyObject;
  };
}

export interface AgentConfig extends LinkConfig {
  /** Addresses of all boards' pods. */
  readonly clusterCIDR?: string;
  /** The board's own. */
  readonly resolvConf?: ResolvConf;
  /** The store of the controller that the board joined. */
  readonly storeId: string;
}

/** A link without its pods has nothing to say: what was started after a sibling that failed starts again with it. */
const supervision: Supervision = {
  strategy: 'rest-for-one',
  budget: { restarts: 10, withinMs: 60_000 },
  backoff: { firstMs: 100, maxMs: 10_000 },
};

/**
 * The agent's tree:
 *
 *     agent
 *     ├── pods            the journal, and what follows from it
 *     │   └── {pod uid}   one worker a pod
 *     │       └── prober  its probes, where it has any
 *     ├── streams         logs, commands, forwarded ports
 *     │   └── {stream}
 *     ├── membership      the board's certificate, renewed in time
 *     ├── network         ways to other boards' pods, Services, DNS
 *     └── link            the one MQTT connection; it dials when the pods say that they are under way
 */
export function agentSupervision(ports: AgentPorts, config: AgentConfig): Actor<null, never> {
  const { dialer, runtime, volumes, probes, board, inventory, orders, portDialer, usage } = ports;
  const journal = journalMemory(ports.journal, ports.journalContent);
  const { boot } = journal;
  return supervisor(() => {
    const pods = reference<PodsMessage>('pods');
    const streams = reference<StreamsMessage>('streams');
    const { sealingKey, clusterKey } = orders;
    const facts = boardFacts(config, inventory);
    const { storeId } = config;
    const cluster = reference<NetworkMessage>('network');
    const network = noticed(ports.network, () => cluster.ref.send({ type: 'prepared' }));
    const podsPorts = { runtime, network, volumes, probes, journal, sealingKey, board: facts, storeId };
    const keeper = reference<KeeperMessage>('membership');
    const linkPorts = {
      keeper: keeper.ref,
      dialer,
      board,
      inventory,
      clusterKey,
      boot,
      pods: pods.ref,
      streams: streams.ref,
      network: ports.clusterNetwork && cluster.ref,
    };
    return [
      child('pods', podsManager(podsPorts), { started: pods.set }),
      child('streams', boardStreams({ runtime, portDialer, usage, pods: pods.ref, boot, sealingKey }), {
        started: streams.set,
      }),
      ...(ports.keeper ? [child('membership', membershipKeeper(ports.keeper), { started: keeper.set })] : []),
      ...clusterNetworkChild(ports, config, network, cluster.set),
      child('link', boardLink(linkPorts, config)),
    ];
  }, supervision);
}

function clusterNetworkChild(
  { clusterNetwork: own }: AgentPorts,
  { node, clusterCIDR }: AgentConfig,
  { podCIDRs }: NoticedNetwork,
  started: (ref: ActorRef<NetworkMessage>) => void,
): ReturnType<typeof child>[] {
  if (own === undefined || clusterCIDR === undefined) return [];
  const { bridge, ...ports } = own;
  return [
    child('network', clusterNetwork({ ...ports, podCIDRs }, { node, bridge, clusterCIDR }), { started }),
  ];
}

function boardFacts(config: AgentConfig, inventory: Inventory): BoardFacts {
  return {
    node: config.node,
    addresses: inventory.addresses,
    runtime: inventory.machine.runtimeVersion.split('://', 1)[0] || 'podman',
    allocatable: { ...allocatableOf(config, inventory), pods: config.podsCapacity },
    labels: ownLabels(config.node, inventory),
    bootId: inventory.machine.bootId,
    ...(config.resolvConf && { resolvConf: config.resolvConf }),
  };
}

/** The address of a sibling that is about to be started. */
function reference<M>(path: string): { readonly ref: ActorRef<M>; readonly set: (ref: ActorRef<M>) => void } {
  let target: ActorRef<M> | undefined;
  const ref: ActorRef<M> = { path, send: (message) => target?.send(message) ?? false };
  return {
    ref,
    set: (started) => {
      target = started;
    },
  };
}
