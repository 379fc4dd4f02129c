import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { answerParts } from '../printers/answer-text.ts';
import type { UserInfo } from '../request.ts';
import { type RunningApi, runApi, userWith } from '../testing/running-api.ts';
import type { PodUse } from './usage-port.ts';

const measuredAt = Date.parse('2026-01-02T03:04:05Z');
const asked: (readonly string[])[] = [];
let podUses: ReadonlyMap<string, PodUse>;
let api: RunningApi;

const use = (...names: string[]): PodUse => ({
  atMs: measuredAt,
  containers: names.map((container, at) => ({
    ...{ container, cpuNanocores: 250_000_000 * (at + 1), memoryBytes: 2_000_000, windowMs: 604 },
  })),
});

before(async () => {
  api = await runApi({
    usage: {
      board: (node) =>
        node === 'silent'
          ? undefined
          : {
              cpuShare: 0.25,
              memoryBytes: 1_024_000,
              temperatureCelsius: 48.3,
              windowMs: 15_000,
              atMs: measuredAt,
            },
      pods: async (nodes) => {
        asked.push(nodes);
        return podUses;
      },
    },
  });
  for (const name of ['pi-1', 'silent']) {
    const node = await object('create', 'nodes', undefined, { metadata: { name, labels: { site: 'a' } } });
    const status = { capacity: { cpu: '4', memory: '1Gi', pods: '110' } };
    await object('update', 'nodes', name, { ...node, status }, 'status');
  }
  const uids = new Map<string, string>();
  for (const [name, app] of [
    ['one', 'x'],
    ['two', 'x'],
    ['three', 'y'],
  ] as const) {
    const spec = { nodeName: 'pi-1', containers: [{ name: 'main', image: 'i' }] };
    const pod = await object('create', 'pods', undefined, { metadata: { name, labels: { app } }, spec });
    uids.set(name, pod.metadata.uid ?? '');
  }
  await object('create', 'pods', undefined, {
    ...{ metadata: { name: 'unbound' }, spec: { containers: [{ name: 'main', image: 'i' }] } },
  });
  podUses = new Map([
    [uids.get('one') ?? '', use('main', 'side')],
    [uids.get('two') ?? '', use('main')],
  ]);
});
after(() => api.stop());

async function object(
  verb: 'create' | 'update',
  resource: string,
  name: string | undefined,
  body: object,
  subresource?: string,
): Promise<KubeObject> {
  const answer = await api.send({ verb, resource, name, body, subresource });
  assert.ok(answer.type === 'object', JSON.stringify(answer));
  return answer.object;
}

const route = { group: 'metrics.k8s.io', version: 'v1beta1' };

interface Asked {
  readonly name?: string;
  readonly namespace?: string | undefined;
  readonly options?: Record<string, string>;
  readonly user?: UserInfo;
  readonly verb?: 'get' | 'list' | 'create' | 'watch';
}

function ask(resource: string, { name, verb = name === undefined ? 'list' : 'get', ...more }: Asked = {}) {
  return api.send({ ...route, verb, resource, name, ...more });
}

async function names(resource: string, more: Asked = {}): Promise<string[]> {
  const answer = await ask(resource, more);
  assert.ok(answer.type === 'list', JSON.stringify(answer));
  return answer.list.items.map((item) => item.object.metadata.name);
}

async function code(resource: string, more: Asked): Promise<number> {
  const answer = await ask(resource, more);
  return answer.type === 'status' ? answer.status.code : 200;
}

test('NodeMetrics: the share of its processors as cores, and its temperature; silent boards are left out', async () => {
  assert.deepEqual(await names('nodes', { options: { labelSelector: 'site=a' } }), ['pi-1']);
  const answer = await ask('nodes', { name: 'pi-1' });
  assert.ok(answer.type === 'object');
  assert.deepEqual(answer.object, {
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {
      name: 'pi-1',
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { site: 'a' },
      annotations: { 'bramble.dev/temperature-celsius': '48.3' },
    },
    timestamp: '2026-01-02T03:04:05Z',
    window: '15s',
    usage: { cpu: '1000000000n', memory: '1000Ki' },
  });
  assert.equal(await code('nodes', { name: 'silent' }), 404);
});

test('PodMetrics: each container of the pods that a selector means, on the boards that run them', async () => {
  asked.length = 0;
  assert.deepEqual(await names('pods'), ['one', 'two']);
  assert.deepEqual(asked, [['pi-1']]);
  assert.deepEqual(await names('pods', { namespace: undefined, options: { labelSelector: 'app=y' } }), []);
  assert.deepEqual(await names('pods', { options: { fieldSelector: 'metadata.name=two' } }), ['two']);
  const answer = await ask('pods', { name: 'one' });
  assert.ok(answer.type === 'object');
  assert.deepEqual(answer.object, {
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {
      ...{ name: 'one', namespace: 'default', creationTimestamp: '2026-01-02T03:04:05Z' },
      labels: { app: 'x' },
    },
    timestamp: '2026-01-02T03:04:05Z',
    window: '0.604s',
    containers: [
      { name: 'main', usage: { cpu: '250000000n', memory: '1954Ki' } },
      { name: 'side', usage: { cpu: '500000000n', memory: '1954Ki' } },
    ],
  });
  assert.deepEqual([await code('pods', { name: 'three' }), await code('pods', { name: 'no' })], [404, 404]);
});

test('a list comes in pages, whose boards alone are asked', async () => {
  const found: string[][] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const answer = await ask('pods', { options: { limit: '2', ...(next && { continue: next }) } });
    assert.ok(answer.type === 'list', JSON.stringify(answer));
    found.push(answer.list.items.map((item) => item.object.metadata.name));
    next = answer.list.continue;
  }
  // "three" has told nothing, and "unbound" is on no board: each page is one shorter for that.
  assert.deepEqual(found, [['one'], ['two']]);
});

test('nothing is written, watched, or read by those who may read nothing', async () => {
  assert.equal(await code('pods', { verb: 'create' }), 405);
  assert.equal(await code('nodes', { verb: 'watch' }), 405);
  assert.equal(await code('pods', { user: userWith('view') }), 200);
  assert.equal(await code('pods', { user: userWith('none') }), 403);
  assert.equal(await code('nodes', { namespace: 'default' }), 404);
  assert.equal(await code('pods', { name: 'one', namespace: undefined }), 400);
  assert.equal(await code('pods', { options: { labelSelector: '((' } }), 400);
});

test('as a table, one pod is the sum of its containers', async () => {
  const options = { include: 'None', nowMs: measuredAt } as const;
  for (const name of ['one', undefined]) {
    const answer = await ask('pods', name === undefined ? {} : { name });
    assert.ok(answer.type === 'object' || answer.type === 'list');
    const { rows } = JSON.parse(
      [...answerParts(answer, { ...route, resource: 'pods' }, 'Table', options)].join(''),
    );
    assert.deepEqual(rows[0].cells, ['one', '750m', '4Mi', '0.604s']);
  }
});

test('without a way to the boards it is said so', async () => {
  const bare = await runApi();
  try {
    const answer = await bare.send({ ...route, verb: 'list', resource: 'pods' });
    assert.equal(answer.type === 'status' && answer.status.code, 503);
  } finally {
    await bare.stop();
  }
});
