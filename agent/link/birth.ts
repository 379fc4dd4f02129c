import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import type { Inventory } from '../board/port.ts';
import type { BoardHoldings } from '../pods/manager-messages.ts';

export interface BirthConfig {
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Pods that may run on the board at once. */
  readonly podsCapacity: number;
  /** What the system and the agent keep for themselves. */
  readonly reserved: { readonly cpuMilli: number; readonly memoryBytes: number };
  readonly agentVersion: string;
  /** Of the connection to the broker; twice in that time a board that is watched says how it is. */
  readonly keepaliveSeconds: number;
  /** Absent: memory limits hold. */
  readonly limitsMemory?: boolean;
}

const maxAddresses = 31;

/** What the board is and holds, as it says it whenever it comes onto the link. */
export function birthOf(
  config: BirthConfig,
  inventory: Inventory,
  boot: number,
  { held, bound }: BoardHoldings,
): NodeBirth {
  const allocatable = allocatableOf(config, inventory);
  return {
    alive: true,
    protocol: 1,
    boot,
    capacity: resources(config, inventory.cpuMilli, inventory.memoryBytes, inventory.diskBytes),
    allocatable: resources(config, allocatable.cpuMilli, allocatable.memoryBytes, inventory.diskBytes),
    addresses: [
      ...inventory.addresses.slice(0, maxAddresses).map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: inventory.hostname },
    ],
    machine: { ...inventory.machine, agentVersion: config.agentVersion },
    labels: { ...config.labels, ...ownLabels(config.node, inventory) },
    bound,
    keepaliveSeconds: config.keepaliveSeconds,
    ...(config.limitsMemory === false && { limitsMemory: false }),
    held: { ...held },
  };
}

/** What nobody else can say of the board: the controller takes these from it, whatever people write. */
export function ownLabels(node: string, { machine }: Pick<Inventory, 'machine'>): Record<string, string> {
  return {
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/os': machine.operatingSystem,
    'kubernetes.io/hostname': node,
  };
}

/** What pods may use of the board. */
export function allocatableOf(
  { reserved }: Pick<BirthConfig, 'reserved'>,
  { cpuMilli, memoryBytes }: Pick<Inventory, 'cpuMilli' | 'memoryBytes'>,
): { readonly cpuMilli: number; readonly memoryBytes: number } {
  return {
    cpuMilli: Math.max(0, cpuMilli - reserved.cpuMilli),
    memoryBytes: Math.max(0, memoryBytes - reserved.memoryBytes),
  };
}

/** Kubernetes' quantities: millicores unless whole, Ki. */
function resources(
  { podsCapacity }: BirthConfig,
  cpuMilli: number,
  memoryBytes: number,
  diskBytes: number,
): Record<string, string> {
  const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1_024)}Ki`;
  return {
    cpu: cpuMilli % 1_000 === 0 ? String(cpuMilli / 1_000) : `${Math.floor(cpuMilli)}m`,
    memory: kibibytes(memoryBytes),
    'ephemeral-storage': kibibytes(diskBytes),
    pods: String(podsCapacity),
  };
}
