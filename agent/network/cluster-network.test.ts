import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { type ActorRef, ActorSystem, child, supervisor } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Zone } from '../dns/zone.ts';
import { clusterNetwork } from './cluster-network.ts';
import type { NetworkFact, NetworkMessage, NetworkNews } from './messages.ts';
import type { BoardSurroundings, Route } from './port.ts';

const storeId = '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a';

/** A board's kernel, disk and DNS in the hands of a test. */
class World {
  readonly host = new VirtualHost();
  readonly system = new ActorSystem(this.host, { onRootFailure: (error) => this.failures.push(error) });
  readonly failures: unknown[] = [];
  readonly rules: string[] = [];
  readonly routes: (readonly Route[])[] = [];
  readonly written: string[] = [];
  readonly news: NetworkNews[] = [];
  zone: Zone | undefined;
  refusals = 0;
  flushed = false;
  podCIDRs: readonly string[] = ['10.42.0.0/24'];
  surroundings: BoardSurroundings = { addresses: ['192.0.2.1'], subnets: ['192.0.2.1/24'], routes: [] };
  #sequence = 0;
  #ref: ActorRef<NetworkMessage> | undefined;

  start(saved?: string): void {
    const network = {
      look: async () => this.surroundings,
      audit: async () => ({ present: !this.flushed, opened: undefined }),
      applyRules: async (rules: string) => {
        if (this.refusals > 0) {
          this.refusals -= 1;
          throw new Error('nft failed');
        }
        this.rules.push(rules);
      },
      applyRoutes: async (wanted: readonly Route[]) => {
        this.routes.push(wanted);
        this.surroundings = { ...this.surroundings, routes: wanted };
      },
    };
    const dns = {
      listen: async () => ({ port: 53 }),
      update: (zone: Zone | undefined) => {
        this.zone = zone;
      },
      close: () => {},
    };
    const file = {
      write: async (content: string) => {
        this.written.push(content);
      },
    };
    const ports = { network, dns, file, saved, podCIDRs: () => this.podCIDRs };
    const config = { node: 'pi-1', bridge: 'bramble0', clusterCIDR: '10.42.0.0/16' };
    const started = (ref: ActorRef<NetworkMessage>): void => {
      this.#ref = ref;
      ref.send({ type: 'attach-link', link: { path: 'link', send: (news) => this.news.push(news) > 0 } });
    };
    this.system.run(
      'agent',
      supervisor(() => [child('network', clusterNetwork(ports, config), { started })], {
        strategy: 'one-for-one',
        budget: { restarts: 1, withinMs: 1_000 },
        backoff: { firstMs: 1, maxMs: 1 },
      }),
    );
  }

  tell(topic: string, type: NetworkFact['type'], value: object): void {
    this.#sequence += 1;
    const fence = { storeId, epoch: 1, sequence: this.#sequence };
    this.#ref?.send({ type: 'fact', topic, fact: { type, value: { fence, ...value } } as NetworkFact });
  }

  prepared(): void {
    this.#ref?.send({ type: 'prepared' });
  }

  tellService(name: string, address: string, ...endpoints: readonly string[]): void {
    const value: Omit<NetworkService, 'fence'> = {
      ...{ namespace: 'default', name, clusterIPs: [address] },
      ...{ clientAffinity: false, internalLocal: false, externalLocal: false },
      ports: [{ name: '', protocol: 'TCP', port: 80 }],
      backends: [
        {
          ports: [{ name: '', protocol: 'TCP', port: 8080 }],
          endpoints: endpoints.map((each) => ({ address: each })),
        },
      ],
    };
    this.tell(topics.networkService('default', 'default', name), 'network-service', value);
  }

  tellIndex(...services: readonly string[]): void {
    const ranges = { serviceCIDR: '10.43.0.0/16', clusterDNS: '10.43.0.10', clusterDomain: 'cluster.local' };
    const names = services.map((name) => `default/${name}`);
    this.tell(topics.networkIndex('default'), 'network-index', { ...ranges, services: names });
  }

  tellAll(): void {
    this.tell(topics.networkMembership('pi-1'), 'network-membership', { group: 'default' });
    this.tellService('web', '10.43.0.7', '10.42.0.2', '10.42.1.2');
    const boards = [{ node: 'pi-2', addresses: ['192.0.2.2'], podCIDRs: ['10.42.1.0/24'] }];
    this.tell(topics.networkBoards('default'), 'network-boards', { boards });
    this.tellIndex('web');
  }
}

let world: World;
afterEach(() => {
  world.system.stop();
  assert.deepEqual(world.failures, []);
});

async function running(): Promise<World> {
  world = new World();
  world.start();
  await world.host.elapse(100);
  world.tellAll();
  await world.host.elapse(2_000);
  return world;
}

test('facts that come together are applied together; what is said again is not', async () => {
  await running();
  assert.equal(world.rules.length, 1);
  assert.match(world.rules[0] ?? '', /^table inet bramble0-services\ndelete table/);
  assert.deepEqual(world.routes, [[{ destination: '10.42.1.0/24', gateway: '192.0.2.2' }]]);
  assert.equal(world.zone?.services.size, 1);
  world.tellAll();
  await world.host.elapse(2_000);
  assert.equal(world.rules.length, 1);
  assert.deepEqual(world.news.at(-1), { type: 'listen', filters: ['bramble/v1/network/default/#'] });
});

test('a change is applied by what differs, however fast changes come not more than some times a second', async () => {
  await running();
  for (let step = 0; step < 50; step += 1) {
    world.tellService('web', '10.43.0.7', ...(step % 2 === 0 ? ['10.42.0.2'] : ['10.42.0.2', '10.42.1.2']));
    await world.host.elapse(20);
  }
  await world.host.elapse(1_000);
  const changes = world.rules.slice(1);
  assert.ok(changes.length > 0 && changes.length <= 5, `${changes.length} changes in a second`);
  for (const change of changes) assert.doesNotMatch(change, /delete table/);
});

test('nothing is applied before the bridge is there, nor while nothing is known', async () => {
  world = new World();
  world.podCIDRs = [];
  world.start();
  await world.host.elapse(20_000);
  assert.deepEqual([world.rules, world.zone], [[], undefined]);
  world.tellAll();
  await world.host.elapse(2_000);
  assert.deepEqual(world.rules, []);
  world.podCIDRs = ['10.42.0.0/24'];
  world.prepared();
  await world.host.elapse(2_000);
  assert.equal(world.rules.length > 0, true);
});

test('a refused change is tried as a whole, and again later when that fails too', async () => {
  await running();
  world.refusals = 1;
  world.tellService('web', '10.43.0.7', '10.42.0.2');
  await world.host.elapse(1_000);
  assert.match(world.rules.at(-1) ?? '', /delete table/);
  world.refusals = 4;
  world.tellService('web', '10.43.0.7', '10.42.0.3');
  await world.host.elapse(10_000);
  assert.match(world.rules.at(-1) ?? '', /10\.42\.0\.3/);
});

test('rules that somebody flushed, and routes that the kernel lost, are made again', async () => {
  await running();
  const before = world.rules.length;
  world.flushed = true;
  await world.host.elapse(61_000);
  world.flushed = false;
  assert.equal(world.rules.length, before + 1);
  world.surroundings = { ...world.surroundings, routes: [] };
  const routed = world.routes.length;
  await world.host.elapse(11_000);
  assert.equal(world.routes.length, routed + 1);
});

test('another address of the board is told, and its ways planned anew', async () => {
  await running();
  world.surroundings = { addresses: ['198.51.100.1'], subnets: ['198.51.100.1/24'], routes: [] };
  await world.host.elapse(11_000);
  assert.ok(world.news.some(({ type }) => type === 'addresses-changed'));
  assert.deepEqual(world.routes.at(-1), []);
});

test('what was saved is there at the next start, with no link', async () => {
  await running();
  const saved = world.written.at(-1);
  assert.ok(saved);
  world.system.stop();
  world = new World();
  world.start(saved);
  await world.host.elapse(1_000);
  assert.match(world.rules[0] ?? '', /10\.43\.0\.7 \. tcp \. 80/);
  assert.equal(world.zone?.services.size, 1);
});

test('G9: what changes on and on is written once a minute, after some more writes at the beginning', async () => {
  await running();
  for (let step = 0; step < 3_600; step += 1) {
    world.tellService('web', '10.43.0.7', `10.42.0.${2 + (step % 200)}`);
    await world.host.elapse(1_000);
  }
  assert.ok(world.written.length <= 75, `${world.written.length} writes in an hour`);
  await world.host.elapse(120_000);
  const count = world.written.length;
  await world.host.elapse(3_600_000);
  assert.equal(world.written.length, count);
});
