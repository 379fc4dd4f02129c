import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import fc from 'fast-check';
import { parseCidr } from '../addresses.ts';
import { serviceRules } from './rules.ts';
import { type Table, tableDifference, wholeTable } from './table.ts';

const fence = { storeId: '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a', epoch: 1, sequence: 1 };
const namespace = `rules-of-test-${process.pid}`;
const own = parseCidr('10.42.0.0/24');
const serviceCidr = parseCidr('10.43.0.0/16');

before(async () => {
  const made = await run('ip', ['netns', 'add', namespace], { timeoutMs: 10_000 });
  assert.equal(made.code, 0, made.stderr);
});
after(() => run('ip', ['netns', 'del', namespace], { timeoutMs: 10_000 }));

/** nft(8) in a network of its own. */
async function nft(args: readonly string[], input?: string): Promise<string> {
  const words = [`--net=/run/netns/${namespace}`, '--', 'nft', ...args];
  const { code, stdout, stderr } = await run('nsenter', words, {
    timeoutMs: 20_000,
    ...(input !== undefined && { input }),
  });
  assert.equal(code, 0, `${stderr}\n${input ?? args.join(' ')}`);
  return stdout;
}

function tableOf(
  services: readonly NetworkService[],
  fields: Partial<Parameters<typeof serviceRules>[0]> = {},
): Table {
  assert.ok(own && serviceCidr);
  return serviceRules({
    ...{ bridge: 'brtest', node: 'pi-1', podCidrs: [own], ownAddresses: ['192.0.2.1'], serviceCidr },
    ...{ clusterDns: '10.43.0.10', dnsServer: { address: '10.42.0.1', port: 53 } },
    services,
    ...fields,
  });
}

function service(name: string, fields: Partial<NetworkService> = {}): NetworkService {
  return {
    ...{ fence, namespace: 'default', name, clusterIPs: ['10.43.0.7'] },
    ...{ clientAffinity: false, internalLocal: false, externalLocal: false },
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    backends: [
      {
        ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
        endpoints: [
          { address: '10.42.0.2', node: 'pi-1' },
          { address: '10.42.1.3', node: 'pi-2' },
        ],
      },
    ],
    ...fields,
  };
}

const keys = (table: Table, set: string): string[] => [...(table.elements.get(set)?.keys() ?? [])];
const rulesFor = (table: Table, set: string, key: string): string => {
  const chain = table.elements.get(set)?.get(key)?.replace(' : goto ', '') ?? '';
  return (table.chains.get(chain) ?? []).join('\n');
};

test('a Service is its address and port, spread over its endpoints', () => {
  const table = tableOf([service('web')]);
  assert.equal(
    rulesFor(table, 'services', '10.43.0.7 . tcp . 80'),
    'meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.42.0.2 . 8080, 1 : 10.42.1.3 . 8080 }',
  );
  assert.deepEqual(keys(table, 'hairpins'), ['10.42.0.2 . 10.42.0.2']);
  assert.deepEqual(keys(table, 'far_endpoints'), ['10.42.1.3 . tcp . 8080']);
});

test('one caller stays with one endpoint where that is asked; one endpoint needs no choice', () => {
  assert.match(
    rulesFor(tableOf([service('web', { clientAffinity: true })]), 'services', '10.43.0.7 . tcp . 80'),
    /jhash ip saddr mod 2 seed/,
  );
  const [backend] = service('web').backends;
  assert.ok(backend);
  const single = service('web', { backends: [{ ...backend, endpoints: backend.endpoints.slice(0, 1) }] });
  assert.equal(
    rulesFor(tableOf([single]), 'services', '10.43.0.7 . tcp . 80'),
    'meta l4proto tcp dnat ip to 10.42.0.2:8080',
  );
});

test('calls that must stay on the board have its own endpoints alone, and none is refused', () => {
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080 }] as const;
  const table = tableOf([service('web', { ports: [...ports], externalLocal: true })]);
  assert.match(rulesFor(table, 'node_ports', 'tcp . 30080'), /to 10\.42\.0\.2:8080$/);
  assert.match(rulesFor(table, 'services', '10.43.0.7 . tcp . 80'), /mod 2/);
  const elsewhere = tableOf(
    [service('web', { ports: [...ports], externalLocal: true, internalLocal: true })],
    { node: 'pi-3' },
  );
  assert.deepEqual([keys(elsewhere, 'node_ports'), keys(elsewhere, 'dead_ports')], [[], ['tcp . 30080']]);
  assert.deepEqual(keys(elsewhere, 'services'), ['10.43.0.10 . udp . 53', '10.43.0.10 . tcp . 53']);
});

test('the board itself as an endpoint is neither far nor one of its pods', () => {
  const [backend] = service('api').backends;
  assert.ok(backend);
  const table = tableOf([
    service('api', { backends: [{ ...backend, endpoints: [{ address: '192.0.2.1' }] }] }),
  ]);
  assert.deepEqual([keys(table, 'hairpins'), keys(table, 'far_endpoints')], [[], []]);
});

const port = fc
  .record({
    name: fc.constantFrom('http', 'dns'),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    port: fc.integer({ min: 1, max: 5 }),
    nodePort: fc.option(fc.integer({ min: 30_000, max: 30_003 }), { nil: undefined }),
  })
  .map(({ nodePort, ...rest }) => (nodePort === undefined ? rest : { ...rest, nodePort }));
const endpoints = fc.uniqueArray(fc.integer({ min: 2, max: 6 }), { maxLength: 4 });
const services: fc.Arbitrary<NetworkService[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 6 }),
      ports: fc.array(port, { maxLength: 2 }),
      endpoints,
      flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    }),
    {
      selector: ({ id }) => id,
      maxLength: 5,
    },
  )
  .map((all) =>
    all.map(({ id, ports, endpoints: numbers, flags: [clientAffinity, internalLocal, externalLocal] }) =>
      service(`s${id}`, {
        ...{ clusterIPs: [`10.43.1.${id}`], ports, clientAffinity, internalLocal, externalLocal },
        backends: [
          {
            ports: ports.map((each) => ({ ...each, port: 8_000 + each.port })),
            endpoints: numbers.map((number) => ({
              address: `10.42.${number % 2}.${number}`,
              node: `pi-${1 + (number % 2)}`,
            })),
          },
        ],
      }),
    ),
  );

/** What the kernel holds, in an order of its own made ours. */
async function held(table: string): Promise<string[]> {
  const text = await nft(['-s', 'list', 'table', 'inet', table]);
  const flat = text.replaceAll(/elements = \{([^}]*)\}/g, (_, elements: string) => {
    const sorted = elements
      .split(',')
      .map((each) => each.trim())
      .sort();
    return `elements = ${sorted.join(', ')}`;
  });
  return flat
    .split(/\n\t(?=\S)/)
    .map((block) => block.trim().replace(/\n\}$/, ''))
    .sort();
}

test('the kernel takes any table, and what differs leads from any to any other', async () => {
  await fc.assert(
    fc.asyncProperty(services, services, services, async (first, second, third) => {
      const [one, two, three] = [tableOf(first), tableOf(second), tableOf(third)];
      await nft(['-f', '-'], wholeTable(one));
      for (const [before, next] of [
        [one, two],
        [two, three],
      ] as const) {
        const difference = tableDifference(before, next);
        assert.ok(difference !== undefined);
        if (difference !== '') await nft(['-f', '-'], difference);
      }
      const reached = await held(three.name);
      await nft(['-f', '-'], wholeTable(three));
      assert.deepEqual(reached, await held(three.name));
    }),
    { numRuns: 15 },
  );
});

test('another range needs the whole; nothing new needs nothing', () => {
  const table = tableOf([service('web')]);
  assert.equal(tableDifference(table, tableOf([service('web')])), '');
  assert.equal(
    tableDifference(table, tableOf([service('web')], { serviceCidr: parseCidr('10.44.0.0/16') })),
    undefined,
  );
});
