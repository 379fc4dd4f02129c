import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import type { ServiceSpec } from '@bramble/protocol/schema/types.generated.ts';
import type { ObjectStore } from '../../store/types.ts';
import { objectOf, type RunningApi, runApi, statusOf } from '../testing/running-api.ts';
import { ServiceAllocator } from './allocator.ts';
import { addressRange } from './ranges.ts';
import type { ServiceObject } from './shape.ts';

let api: RunningApi;
let store: ObjectStore | undefined;

beforeEach(async () => {
  store = undefined;
  const services = new ServiceAllocator(addressRange('10.43.0.0/28'), {
    services: () => (store?.list('/registry/services/') ?? []).map(({ object }) => object as ServiceObject),
    random: () => 0.3,
  });
  api = await runApi({ services });
  store = api.running.store;
});
afterEach(() => api.stop());

const send = (verb: 'create' | 'update', name: string, spec: object, options = {}) =>
  api.send({
    verb,
    resource: 'services',
    ...(verb === 'update' && { name }),
    options,
    body: { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } },
  });

async function spec(answer: ReturnType<typeof send>): Promise<ServiceSpec> {
  return (objectOf(await answer) as ServiceObject).spec ?? {};
}

test('an address is given, and all that belongs to it', async () => {
  const made = await spec(send('create', 'a', {}));
  assert.match(made.clusterIP ?? '', /^10\.43\.0\.\d+$/);
  assert.deepEqual(made.clusterIPs, [made.clusterIP]);
  assert.deepEqual([made.ipFamilies, made.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  const headless = await spec(send('create', 'h', { clusterIP: 'None' }));
  assert.deepEqual([headless.clusterIP, headless.clusterIPs], ['None', ['None']]);
  const outside = await spec(send('create', 'e', { type: 'ExternalName', externalName: 'x.example' }));
  assert.equal(outside.clusterIP, undefined);
});

test('creates at the same moment get different addresses and ports, until there are none', async () => {
  const names = Array.from({ length: 14 }, (_, index) => `s${index}`);
  const answers = await Promise.all(names.map((name) => send('create', name, { type: 'NodePort' })));
  const made = answers.flatMap((answer) =>
    answer.type === 'object' ? [answer.object as ServiceObject] : [],
  );
  assert.equal(made.length, 12, '14 addresses, and two that have a meaning');
  const addresses = made.map((service) => service.spec?.clusterIP);
  assert.equal(new Set(addresses).size, 12);
  assert.ok(!addresses.includes('10.43.0.1') && !addresses.includes('10.43.0.10'));
  assert.equal(new Set(made.map((service) => service.spec?.ports?.[0]?.nodePort)).size, 12);
  const refused = answers.find((answer) => answer.type === 'status');
  assert.ok(refused);
  assert.match(statusOf(refused).message ?? '', /no address of the Service range is free/);
});

test('two that want the same at the same moment: one gets it', async () => {
  const wanted = { type: 'NodePort', clusterIP: '10.43.0.5', ports: [{ port: 80, nodePort: 30_080 }] };
  const answers = await Promise.all(['a', 'b', 'c'].map((name) => send('create', name, wanted)));
  assert.equal(answers.filter(({ type }) => type === 'object').length, 1);
  const refused = answers.find((answer) => answer.type === 'status');
  assert.ok(refused);
  assert.deepEqual(
    statusOf(refused).details?.causes?.map(({ field, message }) => [field, message]),
    [
      [
        'spec.clusterIPs',
        'Invalid value: ["10.43.0.5"]: failed to allocate IP 10.43.0.5: provided IP is already allocated',
      ],
      ['spec.ports[0].nodePort', 'Invalid value: 30080: provided port is already allocated'],
    ],
  );
});

test('what a dry run or a refused write took is free again, and so is what a deleted Service had', async () => {
  const wanted = { clusterIP: '10.43.0.5' };
  await spec(send('create', 'a', wanted, { dryRun: 'All' }));
  await send('create', 'a', { ...wanted, type: 'NodePort', ports: [{ port: 80, nodePort: 1 }] });
  await spec(send('create', 'a', wanted));
  await api.send({ verb: 'delete', resource: 'services', name: 'a' });
  assert.equal((await spec(send('create', 'b', wanted))).clusterIP, '10.43.0.5');
});

test('a change keeps what its client left out, and drops what the new type has no use for', async () => {
  const made = await spec(send('create', 'a', { type: 'NodePort' }));
  const kept = await spec(send('update', 'a', { type: 'NodePort' }));
  assert.equal(kept.clusterIP, made.clusterIP);
  assert.equal(kept.ports?.[0]?.nodePort, made.ports?.[0]?.nodePort);
  const narrow = await spec(send('update', 'a', { type: 'ClusterIP' }));
  assert.equal(narrow.clusterIP, made.clusterIP);
  assert.equal(narrow.ports?.[0]?.nodePort, undefined);
  const outside = await spec(send('update', 'a', { type: 'ExternalName', externalName: 'x.example' }));
  assert.deepEqual([outside.clusterIP, outside.clusterIPs], [undefined, undefined]);
  assert.match((await spec(send('update', 'a', { type: 'ClusterIP' }))).clusterIP ?? '', /^10\.43\.0\./);
});

test('ranges say what they are not', () => {
  for (const text of ['10.43.0.0', '10.43.0.0/7', '10.43.0.0/29', '10.43.0.256/16', 'fd00::/108'])
    assert.throws(() => addressRange(text), RangeError, text);
});
