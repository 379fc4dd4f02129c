import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import type { Inventory } from '@bramble/agent/board/port.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { agentSupervision } from '@bramble/agent/supervision.ts';
import { boardKey, boardObject } from '@bramble/controller/fleet/boards.ts';
import type { Write } from '@bramble/controller/store/types.ts';
import type { SimBroker } from '../broker/broker.ts';
import { isSigned, publicText, sealingKeyOf } from '../keys.ts';
import { ProcessHost } from '../process-host.ts';
import type { Trace } from '../trace.ts';
import { SimClusterNetwork } from './cluster-network.ts';
import { SimJournal } from './journal.ts';
import { type Machine, newMachine } from './machine.ts';
import { SimNetwork } from './network.ts';
import { type ContainerObserver, type RebootLeaves, SimPodman } from './podman.ts';
import { probesPort } from './probes.ts';
import { runtimePort } from './runtime-port.ts';
import { SimVolumes } from './volumes.ts';

/** What a mutation of the simulation may put between an agent and its board. */
export type AgentSeam = (ports: AgentPorts, board: SimBoard) => AgentPorts;

export interface BoardSurroundings {
  readonly host: Host;
  readonly broker: SimBroker;
  readonly trace: Trace;
  readonly observer: ContainerObserver;
  readonly seam: AgentSeam;
  /** The store that the boards joined. */
  readonly storeId: string;
  readonly wallClockOnly: boolean;
  readonly keepaliveSeconds: number;
  /** Two pods of one board must not have the same address. */
  readonly onAddressClash: (message: string) => void;
  readonly onExit: (board: string, error: unknown) => void;
}

export interface AgentLife {
  readonly process: ProcessHost;
  readonly system: ActorSystem;
}

/** One board: a machine that outlives its agent's process, and a card that outlives its reboots. */
export class SimBoard {
  readonly name: string;
  readonly zone: string;
  readonly machine: Machine;
  readonly podman: SimPodman;
  readonly network: SimNetwork;
  readonly volumes: SimVolumes;
  readonly cluster: SimClusterNetwork;
  readonly journal: SimJournal;
  agent: AgentLife | undefined;
  readonly #number: number;
  #powerOns = 1;
  #pastTurns = 0;
  readonly #around: BoardSurroundings;

  constructor(number: number, around: BoardSurroundings) {
    this.name = `board-${number}`;
    this.zone = number % 2 === 0 ? 'even' : 'odd';
    this.#number = number;
    this.#around = around;
    this.cluster = new SimClusterNetwork(`192.168.1.${number + 10}`);
    this.machine = newMachine(new ProcessHost(around.host, () => {}));
    this.podman = new SimPodman(this.name, this.machine, around.observer);
    this.volumes = new SimVolumes((uid) => around.observer.emptied(this.name, uid));
    this.journal = new SimJournal((keys) => around.trace.note(`${this.name} journals ${keys.join(' ')}`));
    this.network = new SimNetwork((uid, addresses) => this.#checkAddresses(uid, addresses));
  }

  /** Another one with each start of the machine. */
  get bootId(): string {
    return `boot-${this.#powerOns}-of-${this.name}`;
  }

  /** Of its agent's actors, in all its lives. */
  get turns(): number {
    return this.#pastTurns + (this.agent?.system.counts.turns ?? 0);
  }

  /** What joining writes to the store. */
  registration(): Write {
    const record = {
      node: this.name,
      machineId: `machine-${this.#number}`,
      sealingKey: publicText(sealingKeyOf(this.#number)),
      certificateSerial: '01',
      joinedAt: 0,
      labels: {},
    };
    return { type: 'put', key: boardKey(this.name), object: boardObject(record) };
  }

  async startAgent(): Promise<void> {
    if (this.agent) return;
    const { host, trace, onExit, seam, storeId } = this.#around;
    const process = new ProcessHost(host, ({ level, from, message, fields }) => {
      trace.note(`${this.name} ${level} ${from}: ${message} ${fieldsText(fields)}`);
    });
    process.skewMs = this.machine.host.skewMs;
    process.wallClockOnly = this.#around.wallClockOnly;
    const system = new ActorSystem(process, { onRootFailure: (error) => onExit(this.name, error) });
    this.agent = { process, system };
    const ports = seam(await this.#ports(process), this);
    if (!process.alive) return;
    system.run('agent', agentSupervision(ports, this.#config(storeId)));
    trace.note(`${this.name} agent started, boot ${ports.journalContent.boot}`);
  }

  /** As SIGKILL: containers, networks and volumes stay. `kernelLives`: the broker is told by a FIN. */
  killAgent(kernelLives = true): void {
    if (!this.agent) return;
    this.agent.process.kill();
    this.#pastTurns += this.agent.system.counts.turns;
    this.agent = undefined;
    this.#around.broker.kill(this.name, kernelLives);
    this.#around.trace.note(`${this.name} agent killed`);
  }

  /** The power goes and comes back: nothing runs any more, and what is on disk stays. The agent is not started yet. */
  reboot(leaves: RebootLeaves): void {
    this.killAgent(false);
    const { skewMs } = this.machine.host;
    this.machine.host.kill();
    this.machine.host = new ProcessHost(this.#around.host, () => {});
    this.machine.host.skewMs = skewMs;
    this.podman.reboot(leaves);
    this.network.namespaces.clear();
    this.cluster.reboot();
    this.#powerOns += 1;
    this.#around.trace.note(`${this.name} rebooted, containers: ${leaves}`);
  }

  /** How far the machine's wall clock is off from now on. */
  setClock(skewMs: number): void {
    this.machine.host.skewMs = skewMs;
    if (this.agent) this.agent.process.skewMs = skewMs;
  }

  async #ports(process: ProcessHost): Promise<AgentPorts> {
    const { machine, podman, network, volumes } = this;
    const journal = this.journal.port(process, machine);
    return {
      dialer: this.#around.broker.dialer(this.name),
      journal,
      journalContent: await journal.load(),
      runtime: runtimePort(podman, process, machine),
      network: network.port(process, machine),
      volumes: volumes.port(process, machine),
      clusterNetwork: this.cluster.port(process, machine),
      probes: probesPort(podman.health, process, machine),
      board: { inventory: async () => this.#inventory(), sample: () => sample },
      inventory: this.#inventory(),
      orders: { clusterKey: isSigned, sealingKey: sealingKeyOf(this.#number) },
    };
  }

  #config(storeId: string): Parameters<typeof agentSupervision>[1] {
    return {
      node: this.name,
      storeId,
      clusterCIDR: '10.42.0.0/16',
      labels: { zone: this.zone },
      podsCapacity: 6,
      reserved: { cpuMilli: 200, memoryBytes: 256 * mebibyte },
      agentVersion: '0.1.0',
      keepaliveSeconds: this.#around.keepaliveSeconds,
    };
  }

  #inventory(): Inventory {
    const { name } = this;
    return {
      machine: {
        ...machineFacts,
        machineId: `machine-${this.#number}`,
        bootId: this.bootId,
      },
      cpuMilli: 2_000,
      memoryBytes: 2_048 * mebibyte,
      diskBytes: 16_384 * mebibyte,
      addresses: [`192.168.1.${this.#number + 10}`],
      hostname: name,
    };
  }

  #checkAddresses(uid: string, addresses: readonly string[]): void {
    for (const [other, taken] of this.network.namespaces) {
      const shared = addresses.find((address) => taken.includes(address));
      if (other !== uid && shared !== undefined)
        this.#around.onAddressClash(`${this.name}: ${uid} and ${other} both have ${shared}`);
    }
  }
}

const mebibyte = 1_048_576;

const machineFacts = {
  architecture: 'arm64',
  operatingSystem: 'linux',
  osImage: 'Simulated OS',
  kernelVersion: '6.12',
  model: 'Simulated Pi',
  runtimeVersion: 'sim://1',
  agentVersion: '0.1.0',
};

const sample = {
  uptimeSeconds: 100,
  cpuShare: 0.1,
  memoryTotalBytes: 2_048 * mebibyte,
  memoryUsedBytes: 512 * mebibyte,
  diskTotalBytes: 16_384 * mebibyte,
  diskUsedBytes: 1_024 * mebibyte,
  temperatureCelsius: 48,
  throttled: false,
  receivedBytes: 0,
  sentBytes: 0,
};

function fieldsText(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (!fields) return '';
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value));
}
