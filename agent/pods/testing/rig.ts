import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { boardView, digestOf } from '@bramble/protocol/digest.ts';
import { endedStatus } from '@bramble/protocol/ended.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Manifest, PodReport } from '@bramble/protocol/messages/orders.ts';
import type { Metrics, NodeBirth } from '@bramble/protocol/messages/session.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Inventory } from '../../board/port.ts';
import { type AgentConfig, agentSupervision } from '../../supervision.ts';
import type { Membership } from '../../trust/port.ts';
import { type Death, Life } from './life.ts';
import { World } from './world.ts';

export const node = 'pi-1';
export const storeA = '11111111-1111-4111-8111-111111111111';
export const storeB = '22222222-2222-4222-8222-222222222222';

const inventory: Inventory = {
  machine: {
    architecture: 'arm64',
    operatingSystem: 'linux',
    osImage: 'Debian',
    kernelVersion: '6.1',
    model: 'Raspberry Pi 4',
    machineId: 'm',
    bootId: 'b',
    marks: ['joined-as'],
    runtimeVersion: 'podman://4.3.1',
    agentVersion: '',
  },
  cpuMilli: 4_000,
  memoryBytes: 4 * 1024 ** 3,
  diskBytes: 1024 ** 3,
  addresses: ['192.168.1.5'],
  hostname: node,
};

const config: AgentConfig = {
  node,
  storeId: storeA,
  labels: { zone: 'shed' },
  podsCapacity: 110,
  reserved: { cpuMilli: 200, memoryBytes: 256 * 1024 ** 2 },
  keepaliveSeconds: 30,
  agentVersion: '0.1.0',
};

export interface Published extends OutgoingMessage {
  readonly topic: string;
}

/** A connection as the broker sees it. */
export interface FakeConnection {
  readonly options: DialOptions;
  readonly published: Published[];
  /** Tells the agent that the broker has acknowledged what was published, oldest first. */
  readonly settles: (() => void)[];
  /** Filters asked for after the dialling. */
  readonly subscribed: string[];
  readonly emit: (event: LinkEvent) => void;
  closed: boolean;
}

/** An agent on a virtual clock with a world under it and a controller's pen beside it. */
export class Rig {
  readonly host = new VirtualHost({ seed: 7 });
  readonly world = new World(() => this.host.now());
  readonly cluster = generateKeyPairSync('ed25519');
  readonly sealing = generateKeyPairSync('x25519');
  readonly connections: FakeConnection[] = [];
  readonly crashes: unknown[] = [];
  /** Of the next life. */
  config = config;
  autoConnect = true;
  /** How often the agent had to prove that it belongs to the fleet; it always can. */
  proofs = 0;
  epoch = 1;
  sequence = 0;
  storeId = storeA;
  cidrs: string[] = ['10.42.1.0/24'];
  life: Life | undefined;
  system: ActorSystem | undefined;

  boot(death?: Death): Life {
    const life = new Life(this.world, death);
    this.life = life;
    const board = { ...inventory, machine: { ...inventory.machine, bootId: this.world.bootId } };
    this.system = new ActorSystem(this.host, { onRootFailure: (error) => this.crashes.push(error) });
    const agent = agentSupervision(
      {
        dialer: { dial: (options, onEvent) => this.#dial(life, options, onEvent) },
        journal: life.journal,
        journalContent: life.journalContent(),
        runtime: life.runtime,
        network: life.network,
        volumes: life.volumes,
        probes: life.probes,
        board: { inventory: async () => board, sample },
        inventory: board,
        keeper: { membership: this.#membership(), moved: () => assert.fail('it belongs to the same fleet') },
        orders: { clusterKey: this.cluster.publicKey, sealingKey: this.sealing.privateKey },
      },
      this.config,
    );
    this.system.run('agent', agent);
    return life;
  }

  /** kill -9: nothing of this life says or does anything from now on. */
  kill(): void {
    this.life?.kill();
    this.system?.stop();
  }

  /** kill -9, and the card's directory is gone, or emptied; containers and namespaces are not. */
  loseJournal(): void {
    this.kill();
    this.world.journal.clear();
    this.world.journalIsDamaged = true;
  }

  async restartWithoutJournal(): Promise<void> {
    this.loseJournal();
    this.boot();
    await this.host.elapse(1_000);
  }

  get link(): FakeConnection {
    const last = this.connections.at(-1);
    if (!last) throw new Error('the agent has not dialled');
    return last;
  }

  #membership(): Membership {
    return {
      renewAtMs: () => Number.POSITIVE_INFINITY,
      isElsewhere: () => false,
      prove: async () => {
        this.proofs += 1;
        return { type: 'renewed' };
      },
    };
  }

  #dial(life: Life, options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
    const emit = (event: LinkEvent): void => {
      if (!life.dead) onEvent(event);
    };
    const connection: FakeConnection = {
      options,
      published: [],
      settles: [],
      subscribed: [],
      emit,
      closed: false,
    };
    this.connections.push(connection);
    if (this.autoConnect) this.host.timer(5, () => emit({ type: 'connected' }));
    return {
      publish: (message, settled) => {
        if (life.dead) return;
        connection.published.push(message);
        if (settled) connection.settles.push(() => settled(undefined));
      },
      subscribe: (filters, settled) => {
        if (!life.dead) connection.subscribed.push(...filters);
        settled?.(undefined);
      },
      unsubscribe: () => {},
      close: () => {
        connection.closed = true;
      },
    };
  }

  /** Delivers a message; answers whether the agent has said that it is done with it. */
  deliver(topic: string, payload: Uint8Array, retained = false): { done: number } {
    const result = { done: 0 };
    const done = (): void => {
      result.done += 1;
    };
    this.link.emit({ type: 'message', topic, payload, retained, done });
    return result;
  }

  fence(): { storeId: string; epoch: number; sequence: number } {
    return { storeId: this.storeId, epoch: this.epoch, sequence: this.sequence };
  }

  order(topic: string, order: unknown, key: KeyObject = this.cluster.privateKey): { done: number } {
    return this.deliver(topic, signOrder(key, topic, order));
  }

  sendObject(plural: string, object: KubeObject): { done: number } {
    const uid = object.metadata.uid ?? '';
    const digest = digestOf(plural, object);
    const topic = topics.object(node, plural, uid);
    if (plural !== 'secrets') {
      const ended = endedStatus(plural, object);
      return this.order(topic, { fence: this.fence(), digest, object: boardView(plural, object), ended });
    }
    const { data, ...open } = object;
    const sealed = seal(this.sealing.publicKey, `${uid}/${digest}`, Buffer.from(JSON.stringify(data)));
    return this.order(topic, { fence: this.fence(), digest, object: open, sealed });
  }

  /** The start of the agent that manifests are meant for. */
  get answers(): NonNullable<Manifest['answers']> {
    return { boot: this.world.boots, bootId: this.world.bootId };
  }

  sendManifest(objects: readonly (readonly [string, KubeObject])[]): { done: number } {
    this.sequence += 1;
    return this.order(topics.manifest(node), this.manifestOf(objects));
  }

  /** As the last one that was sent, with these. */
  manifestOf(objects: readonly (readonly [string, KubeObject])[]): Manifest {
    const named = objects.map(([plural, object]) => [
      `${plural}/${object.metadata.uid}`,
      digestOf(plural, object),
    ]);
    const { answers, cidrs: podCIDRs } = this;
    return { fence: this.fence(), answers, objects: Object.fromEntries(named), podCIDRs };
  }

  /** The objects, then the manifest that names them all. */
  want(...objects: readonly (readonly [string, KubeObject])[]): void {
    for (const [plural, object] of objects) this.sendObject(plural, object);
    this.sendManifest(objects);
  }

  ackAll(): void {
    const reports: Record<string, number> = {};
    for (const report of this.reports()) reports[report.uid] = report.sequence;
    this.order(topics.acks(node), { fence: this.fence(), boot: this.world.boots, reports });
  }

  /** Reports on the last connection, oldest first. */
  reports(name?: string): PodReport[] {
    return this.link.published
      .filter(({ topic }) => topic.includes('/status/'))
      .map(({ payload }) => JSON.parse(String(payload)) as PodReport)
      .filter((report) => name === undefined || report.name === name);
  }

  lastReport(name: string): PodReport {
    const last = this.reports(name).at(-1);
    if (!last) throw new Error(`nothing was reported of ${name}`);
    return last;
  }

  births(): NodeBirth[] {
    return this.sessions().filter((session) => session.alive);
  }

  sessions(): NodeBirth[] {
    return this.#published<NodeBirth>(topics.nodeSession(node));
  }

  metrics(): Metrics[] {
    return this.#published<Metrics>(topics.metrics(node));
  }

  #published<T>(wanted: string): T[] {
    return this.link.published
      .filter(({ topic }) => topic === wanted)
      .map(({ payload }) => JSON.parse(String(payload)) as T);
  }
}

function sample(): Omit<Metrics, 'boot' | 'manifest'> {
  return {
    uptimeSeconds: 1,
    cpuShare: 0,
    memoryTotalBytes: 1,
    memoryUsedBytes: 1,
    diskTotalBytes: 1,
    diskUsedBytes: 1,
    temperatureCelsius: null,
    throttled: null,
    receivedBytes: 0,
    sentBytes: 0,
  };
}
