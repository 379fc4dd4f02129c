import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { openOrder, signOrder } from '@bramble/protocol/envelope.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import {
  type Acks,
  acks,
  type Manifest,
  manifest,
  type ObjectOrder,
  objectOrder,
  type PodReport,
} from '@bramble/protocol/messages/orders.ts';
import type { Metrics, NodeBirth } from '@bramble/protocol/messages/session.ts';
import type { NodeCondition, NodeStatus } from '@bramble/protocol/schema/types.generated.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { root, topics } from '@bramble/protocol/topics.ts';
import type * as z from '@bramble/protocol/zod.ts';
import type { UserInfo } from '../../apiserver/request.ts';
import { MemoryDisk, MemoryEngine } from '../../store/memory-engine.ts';
import { openStore } from '../../store/store-cache.ts';
import type { ObjectStore, StoredObject } from '../../store/types.ts';
import { type Controller, startController } from '../../supervision.ts';
import { boardKey, boardObject } from '../boards.ts';
import { ScriptedBroker } from './scripted-broker.ts';

export const storeId = '3f1f3f52-94a1-4c21-9a0f-0f6f6a4e5b11';
export const users: readonly UserInfo[] = [
  { name: 'anna', groups: [], role: 'admin' },
  { name: 'vera', groups: [], role: 'view' },
];

/** A whole controller on a store in memory, under a virtual clock, with a broker and boards that a test plays. */
export class FleetWorld {
  readonly host = new VirtualHost();
  readonly broker = new ScriptedBroker();
  readonly disk: MemoryDisk;
  readonly failures: unknown[] = [];
  /** The next order that is signed makes its actor fail. */
  breaksNextOrder = false;
  readonly #cluster = generateKeyPairSync('ed25519');
  readonly sealing = generateKeyPairSync('x25519');
  #system: ActorSystem | undefined;
  #engine: MemoryEngine | undefined;
  #controller: Controller | undefined;
  #syncMs: number;
  /** Services mean something to boards. */
  #serviceCIDR: string | undefined;

  private constructor(disk: MemoryDisk, syncMs: number) {
    this.disk = disk;
    this.#syncMs = syncMs;
  }

  static async start(
    options: { disk?: MemoryDisk; syncMs?: number; accepts?: boolean; serviceCIDR?: string } = {},
  ): Promise<FleetWorld> {
    const world = new FleetWorld(options.disk ?? new MemoryDisk(storeId), options.syncMs ?? 1);
    world.broker.accepts = options.accepts ?? true;
    world.#serviceCIDR = options.serviceCIDR;
    await world.run();
    return world;
  }

  get controller(): Controller {
    if (!this.#controller) throw new Error('the controller does not run');
    return this.#controller;
  }

  get store(): ObjectStore {
    return this.controller.store;
  }

  get system(): ActorSystem {
    if (!this.#system) throw new Error('the controller does not run');
    return this.#system;
  }

  /** Starts the controller on what the disk holds. */
  async run(clusterCIDR = '10.42.0.0/16'): Promise<void> {
    this.#engine = new MemoryEngine(this.disk, (done) => void this.host.timer(this.#syncMs, done));
    const cache = await openStore(this.#engine);
    this.#system = new ActorSystem(this.host, { onRootFailure: (error) => this.failures.push(error) });
    const { privateKey } = this.#cluster;
    const ports = {
      engine: this.#engine,
      cache,
      dialer: this.broker,
      signer: {
        sign: (topic: string, order: unknown) => {
          if (!this.breaksNextOrder) return signOrder(privateKey, topic, order);
          this.breaksNextOrder = false;
          throw new Error('a bug that shows once');
        },
        seal: (key: string, context: string, plain: Uint8Array) => seal(publicKeyOf(key), context, plain),
      },
      userByName: (name: string) => users.find((user) => user.name === name),
    };
    const serviceCIDR = this.#serviceCIDR;
    const settings = { clusterCIDR, ...(serviceCIDR !== undefined && { serviceCIDR }) };
    this.#controller = startController(this.#system, ports, settings);
    await this.host.elapse(20);
  }

  stop(): void {
    this.#system?.stop();
  }

  /** Ends a test. @throws when an actor failed in it, but for as many as the test meant to. */
  finish(meant = 0): void {
    this.stop();
    const failed = this.host.logs.filter(({ message }) => message === 'actor failed');
    if (failed.length !== meant || this.failures.length > 0)
      throw new Error(`${failed.length} actors failed: ${JSON.stringify(failed.map(({ from }) => from))}`, {
        cause: failed[0]?.fields?.['error'],
      });
  }

  /** Stops and starts again on the same disk. */
  async restart(): Promise<void> {
    this.stop();
    this.#engine?.crash(10);
    await this.run();
  }

  elapse(ms: number): Promise<void> {
    return this.host.elapse(ms);
  }

  /** Written as another writer's: no conditions, and told to all. */
  async put(...objects: KubeObject[]): Promise<void> {
    for (const object of objects) await this.commit({ type: 'put', key: keyOf(object), object });
  }

  async remove(key: string): Promise<void> {
    await this.commit({ type: 'delete', key });
  }

  get(key: string): KubeObject | undefined {
    return this.store.get(key)?.object;
  }

  pod(name: string): KubeObject | undefined {
    return this.get(`/registry/pods/default/${name}`);
  }

  node(name = 'pi-1'): KubeObject | undefined {
    return this.get(`/registry/nodes/${name}`);
  }

  readiness(name = 'pi-1'): string | undefined {
    return this.condition(name)?.status;
  }

  condition(name = 'pi-1', type = 'Ready'): NodeCondition | undefined {
    const status = this.node(name)?.['status'] as NodeStatus | undefined;
    return status?.conditions?.find((condition) => condition.type === type);
  }

  events(reason: string): KubeObject[] {
    return this.store
      .list('/registry/events/')
      .map(({ object }: StoredObject) => object)
      .filter((event) => event['reason'] === reason);
  }

  async join(node = 'pi-1', record: Record<string, unknown> = {}): Promise<void> {
    const object = boardObject({
      node,
      machineId: node,
      sealingKey: publicText(this.sealing.publicKey),
      certificateSerial: '01',
      joinedAt: 0,
      labels: {},
      ...record,
    });
    await this.commit({ type: 'put', key: boardKey(node), object });
  }

  /** A board that joined, was born and is registered. */
  async board(node = 'pi-1', birth: Partial<NodeBirth> = {}): Promise<void> {
    await this.join(node);
    await this.birth(node, birth);
  }

  async birth(node = 'pi-1', birth: Partial<NodeBirth> = {}, retained = false): Promise<void> {
    this.broker.say(topics.nodeSession(node), birthOf(birth), retained);
    await this.elapse(50);
  }

  async death(node = 'pi-1', boot = 1): Promise<void> {
    this.broker.say(topics.nodeSession(node), { alive: false, boot });
    await this.elapse(50);
  }

  async metrics(node = 'pi-1', said: Partial<Metrics> = {}): Promise<void> {
    this.broker.say(topics.metrics(node), { ...quietMetrics, ...said });
    await this.elapse(50);
  }

  async report(uid: string, said: Partial<PodReport> = {}, node = 'pi-1'): Promise<void> {
    this.broker.say(topics.status(node, uid), { ...reportOf(uid), ...said });
    await this.elapse(50);
  }

  manifests(node = 'pi-1'): Manifest[] {
    return this.#orders(topics.manifest(node), manifest);
  }

  acks(node = 'pi-1'): Acks[] {
    return this.#orders(topics.acks(node), acks);
  }

  objects(node = 'pi-1'): ObjectOrder[] {
    const prefix = `${root}/nodes/${node}/objects/`;
    const sent = this.broker.published.filter(({ topic }) => topic.startsWith(prefix));
    return [...new Set(sent.map(({ topic }) => topic))].flatMap((topic) => this.#orders(topic, objectOrder));
  }

  /** All that was published, as text. */
  said(): string {
    return this.broker.published.map(({ topic, payload }) => `${topic} ${Buffer.from(payload)}`).join('\n');
  }

  /** What was said last on each topic below a prefix, opened: the facts that a broker would hold. */
  retained<T>(prefix: string, schema: z.ZodMiniType<T>): Map<string, T> {
    const facts = new Map<string, T>();
    for (const { topic, payload } of this.broker.published.filter((message) => message.retain)) {
      if (!topic.startsWith(`${root}/${prefix}`)) continue;
      const opened = openOrder(this.#cluster.publicKey, schema, topic, Buffer.from(payload));
      if (opened.ok) facts.set(topic.slice(root.length + 1), opened.value);
      else if (payload.length === 0) facts.delete(topic.slice(root.length + 1));
    }
    return facts;
  }

  #orders<T>(topic: string, schema: z.ZodMiniType<T>): T[] {
    return this.broker.on(topic).map(({ payload }) => {
      const opened = openOrder(this.#cluster.publicKey, schema, topic, Buffer.from(payload));
      if (!opened.ok) throw new Error(opened.message);
      return opened.value;
    });
  }

  async commit(write: Parameters<ObjectStore['commit']>[0]['writes'][number]): Promise<void> {
    const result = await this.settled(this.store.commit({ conditions: [], writes: [write] }));
    if (!result.ok) throw new Error(JSON.stringify(result));
    await this.elapse(30);
  }

  /** Moves the clock on until `work` is done. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let open = true;
    const close = (): void => {
      open = false;
    };
    work.then(close, close);
    for (let steps = 0; open && steps < 1_000; steps += 1) await this.elapse(10);
    if (open) throw new Error('nothing came of it in ten seconds');
    return work;
  }
}

export function keyOf({ kind, metadata }: KubeObject): string {
  const namespace = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
  return `/registry/${kind.toLowerCase()}s/${namespace}${metadata.name}`;
}

export function podNamed(name: string, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: { containers: [{ name: 'main', image: 'hello' }], schedulerName: 'default-scheduler', ...spec },
    status: { phase: 'Pending' },
  } as KubeObject;
}

export function birthOf(birth: Partial<NodeBirth> = {}): NodeBirth {
  return {
    alive: true,
    protocol: 1,
    boot: 1,
    capacity: { cpu: '4', memory: '4Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '4Gi', pods: '110' },
    addresses: [{ type: 'InternalIP', address: '192.0.2.7' }],
    machine: {
      architecture: 'arm64',
      operatingSystem: 'linux',
      osImage: 'Debian',
      kernelVersion: '6',
      model: 'Raspberry Pi 5',
      machineId: 'm',
      bootId: 'b',
      runtimeVersion: 'podman://5',
      agentVersion: '0.1.0',
    },
    labels: {},
    held: {},
    ...birth,
  };
}

function reportOf(uid: string): PodReport {
  const name = uid.replace(/^uid-/, '');
  const status = { phase: 'Running' };
  const about = { uid, namespace: 'default', name };
  return { boot: 1, sequence: 1, ...about, observed: '', status, gone: false, unclaimed: false };
}

const quietMetrics: Metrics = {
  boot: 1,
  uptimeSeconds: 1,
  cpuShare: 0,
  memoryTotalBytes: 1,
  memoryUsedBytes: 0,
  diskTotalBytes: 1,
  diskUsedBytes: 0,
  temperatureCelsius: null,
  throttled: null,
  receivedBytes: 0,
  sentBytes: 0,
};

export function publicText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

function publicKeyOf(base64: string): KeyObject {
  return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
}
