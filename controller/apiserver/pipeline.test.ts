import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { objectOf, podNamed, type RunningApi, runApi, statusOf } from './testing/running-api.ts';

let api: RunningApi;
before(async () => {
  api = await runApi();
});
after(() => api.stop());

test('a pod is created with what the server adds, read back, and listed', async () => {
  const created = await api.send({ verb: 'create', resource: 'pods', body: podNamed('hello') });
  const pod = objectOf(created);
  assert.equal(created.type === 'object' && created.code, 201);
  assert.match(String(pod.metadata.uid), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(pod.metadata.generation, 1);
  assert.equal(pod.metadata.namespace, 'default');
  assert.match(String(pod.metadata.creationTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(pod['status'], { phase: 'Pending', qosClass: 'BestEffort' });
  const read = await api.send({ verb: 'get', resource: 'pods', name: 'hello' });
  assert.deepEqual(objectOf(read), pod);
  const again = await api.send({ verb: 'create', resource: 'pods', body: podNamed('hello') });
  assert.deepEqual(statusOf(again), {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message: 'pods "hello" already exists',
    reason: 'AlreadyExists',
    details: { name: 'hello', kind: 'pods' },
    code: 409,
  });
});

test('generateName makes names that are free', async () => {
  const body = { metadata: { generateName: 'job-' }, data: { a: 'b' } };
  const names = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const answer = await api.send({ verb: 'create', resource: 'configmaps', body });
      return objectOf(answer).metadata.name;
    }),
  );
  assert.equal(new Set(names).size, 20);
  for (const name of names) assert.match(name, /^job-[a-z0-9]{5}$/);
});

test('each wrong field is a cause, with its path', async () => {
  const body = podNamed('bad', { containers: [{ name: 'main' }, { name: 'main', image: 'x' }] });
  const status = statusOf(await api.send({ verb: 'create', resource: 'pods', body }));
  assert.equal(status.code, 422);
  assert.equal(status.reason, 'Invalid');
  assert.match(String(status.message), /^Pod "bad" is invalid: \[spec\..*, spec\..*\]$/);
  assert.deepEqual(status.details?.causes?.map(({ reason, field }) => `${field} ${reason}`).sort(), [
    'spec.containers[0].image FieldValueRequired',
    'spec.containers[1].name FieldValueDuplicate',
  ]);
  const one = podNamed('bad', { containers: [{ name: 'main' }] });
  assert.equal(
    statusOf(await api.send({ verb: 'create', resource: 'pods', body: one })).message,
    'Pod "bad" is invalid: spec.containers[0].image: Required value',
  );
});

test('unknown and doubled fields: an error, warnings, or nothing', async () => {
  const body = podNamed('odd', { foo: 1 });
  const send = (fieldValidation: string, name: string) =>
    api.send({
      verb: 'create',
      resource: 'pods',
      body: { ...body, metadata: { name } },
      duplicateFields: ['spec.x'],
      options: { fieldValidation },
    });
  assert.equal(
    statusOf(await send('Strict', 'odd')).message,
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo", duplicate field "spec.x"',
  );
  assert.deepEqual((await send('Warn', 'odd1')).warnings, [
    'unknown field "spec.foo"',
    'duplicate field "spec.x"',
  ]);
  assert.deepEqual((await send('Ignore', 'odd2')).warnings, []);
  assert.match(String(statusOf(await send('Maybe', 'odd3')).message), /fieldValidation/);
});

test('fields that are not honoured are kept and named in warnings', async () => {
  const body = podNamed('warned', { shareProcessNamespace: true });
  const answer = await api.send({ verb: 'create', resource: 'pods', body });
  assert.match(answer.warnings.join(), /spec\.shareProcessNamespace/);
  assert.ok(JSON.stringify(objectOf(answer)).includes('shareProcessNamespace'));
  const patch = { verb: 'patch', resource: 'pods', name: 'warned', patchType: 'merge' } as const;
  const labelled = await api.send({ ...patch, body: { metadata: { labels: { a: 'b' } } } });
  assert.deepEqual(labelled.warnings, []);
});

test('namespaces: missing is 404, terminating is 403, the first ones stay', async () => {
  const body = { metadata: { name: 'a' } };
  const missing = await api.send({ verb: 'create', resource: 'configmaps', namespace: 'nowhere', body });
  assert.equal(statusOf(missing).message, 'namespaces "nowhere" not found');
  await api.send({ verb: 'create', resource: 'namespaces', body: { metadata: { name: 'leaving' } } });
  const deleted = await api.send({ verb: 'delete', resource: 'namespaces', name: 'leaving' });
  assert.deepEqual(objectOf(deleted)['status'], { phase: 'Terminating' });
  const late = await api.send({ verb: 'create', resource: 'configmaps', namespace: 'leaving', body });
  assert.equal(
    statusOf(late).message,
    'configmaps "a" is forbidden: unable to create new content in namespace leaving because it is being terminated',
  );
  const { object } = { object: objectOf(deleted) };
  await api.send({
    verb: 'update',
    resource: 'namespaces',
    subresource: 'finalize',
    name: 'leaving',
    body: { ...object, spec: {} },
  });
  assert.equal(statusOf(await api.send({ verb: 'get', resource: 'namespaces', name: 'leaving' })).code, 404);
  const kept = await api.send({ verb: 'delete', resource: 'namespaces', name: 'default' });
  assert.equal(
    statusOf(kept).message,
    'namespaces "default" is forbidden: this namespace may not be deleted',
  );
});

test('an update that changes nothing writes nothing; a stale one is refused', async () => {
  const created = await api.send({
    verb: 'create',
    resource: 'configmaps',
    body: { metadata: { name: 'conf' }, data: { a: '1' } },
  });
  const first = objectOf(created);
  const put = (body: object) => api.send({ verb: 'update', resource: 'configmaps', name: 'conf', body });
  const { revision } = api.running.store;
  assert.equal(objectOf(await put(first)).metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(api.running.store.revision, revision);
  const second = objectOf(await put({ ...first, data: { a: '2' } }));
  assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(
    statusOf(await put({ ...first, data: { a: '3' } })).message,
    'Operation cannot be fulfilled on configmaps "conf": the object has been modified; please apply your changes to the latest version and try again',
  );
});

test('concurrent patches without a revision all take effect', async () => {
  await api.send({ verb: 'create', resource: 'configmaps', body: { metadata: { name: 'shared' } } });
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const patch = (key: string) =>
    api.send({
      verb: 'patch',
      resource: 'configmaps',
      name: 'shared',
      patchType: 'merge',
      body: { data: { [key]: 'x' } },
    });
  const answers = await Promise.all(keys.map(patch));
  for (const answer of answers) assert.equal(answer.type, 'object');
  const read = objectOf(await api.send({ verb: 'get', resource: 'configmaps', name: 'shared' }));
  assert.deepEqual(Object.keys(read['data'] as object).sort(), keys);
});

test('the status is changed by its subresource alone, and the spec counts generations', async () => {
  await api.send({ verb: 'create', resource: 'pods', body: podNamed('stated') });
  const patch = (body: object, subresource?: string) =>
    api.send({ verb: 'patch', resource: 'pods', name: 'stated', patchType: 'strategic', subresource, body });
  const kept = objectOf(await patch({ status: { phase: 'Running' } }));
  assert.equal((kept['status'] as { phase: string }).phase, 'Pending');
  const told = objectOf(await patch({ status: { phase: 'Running' }, spec: { foo: 1 } }, 'status'));
  assert.equal((told['status'] as { phase: string }).phase, 'Running');
  assert.equal(told.metadata.generation, 1);
  const changed = objectOf(await patch({ spec: { activeDeadlineSeconds: 60 } }));
  assert.equal(changed.metadata.generation, 2);
  assert.equal(objectOf(await patch({ metadata: { labels: { a: 'b' } } })).metadata.generation, 2);
  assert.equal(statusOf(await patch({ spec: { nodeName: 'x' } })).code, 422);
});

test('a binding is made once, and conflicts afterwards', async () => {
  await api.send({ verb: 'create', resource: 'pods', body: podNamed('bound') });
  const bind = (node: string) =>
    api.send({
      verb: 'create',
      resource: 'pods',
      subresource: 'binding',
      name: 'bound',
      body: { target: { kind: 'Node', name: node } },
    });
  assert.equal(statusOf(await bind('pi-1')).code, 201);
  const pod = objectOf(await api.send({ verb: 'get', resource: 'pods', name: 'bound' }));
  assert.equal((pod['spec'] as { nodeName: string }).nodeName, 'pi-1');
  assert.match(JSON.stringify(pod['status']), /"type":"PodScheduled","status":"True"/);
  assert.equal(
    statusOf(await bind('pi-2')).message,
    'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "pi-1"',
  );
  const evicted = await api.send({
    verb: 'create',
    resource: 'pods',
    subresource: 'eviction',
    name: 'bound',
    body: { metadata: { name: 'bound' }, deleteOptions: { gracePeriodSeconds: 5 } },
  });
  assert.equal(statusOf(evicted).code, 201);
  const going = objectOf(await api.send({ verb: 'get', resource: 'pods', name: 'bound' }));
  assert.equal(going.metadata.deletionGracePeriodSeconds, 5);
});

test('deletion: preconditions, dry run, finalizers, collections', async () => {
  const make = (name: string, extra: object = {}) =>
    api.send({ verb: 'create', resource: 'secrets', body: { metadata: { name, ...extra } } });
  const drop = (name: string, body?: object, options = {}) =>
    api.send({ verb: 'delete', resource: 'secrets', name, body, options });
  const made = objectOf(await make('s1'));
  assert.equal(statusOf(await drop('s1', { preconditions: { uid: 'other' } })).code, 409);
  assert.equal(statusOf(await drop('s1', undefined, { dryRun: 'All' })).status, 'Success');
  assert.deepEqual(statusOf(await drop('s1')).details, {
    name: 's1',
    kind: 'secrets',
    uid: made.metadata.uid,
  });
  assert.equal(statusOf(await drop('s1')).message, 'secrets "s1" not found');
  await make('s2', { finalizers: ['example.com/hold'] });
  assert.ok(objectOf(await drop('s2')).metadata.deletionTimestamp);
  await api.send({
    verb: 'patch',
    resource: 'secrets',
    name: 's2',
    patchType: 'json',
    body: [{ op: 'remove', path: '/metadata/finalizers' }],
  });
  assert.equal(statusOf(await drop('s2')).code, 404);
  await Promise.all(['c1', 'c2', 'c3'].map((name) => make(name, { labels: { set: 'c' } })));
  const all = await api.send({
    verb: 'deletecollection',
    resource: 'secrets',
    options: { labelSelector: 'set=c' },
  });
  assert.equal(all.type === 'list' && all.list.items.length, 3);
  assert.equal(statusOf(await drop('c2')).code, 404);
});

test('dry runs write nothing', async () => {
  const { revision } = api.running.store;
  const options = { dryRun: 'All' };
  const answer = await api.send({ verb: 'create', resource: 'pods', body: podNamed('dry'), options });
  assert.equal(objectOf(answer).metadata.name, 'dry');
  assert.equal(api.running.store.revision, revision);
  assert.equal(statusOf(await api.send({ verb: 'get', resource: 'pods', name: 'dry' })).code, 404);
});

test('lists come in pages, and all pages carry the first one’s revision', async () => {
  for (let at = 0; at < 5; at += 1) {
    await api.send({
      verb: 'create',
      resource: 'serviceaccounts',
      body: { metadata: { name: `page-${at}` } },
    });
  }
  const seen: string[] = [];
  let token = '';
  let revision = '';
  do {
    const options = { limit: '2', ...(token ? { continue: token } : {}) };
    const answer = await api.send({ verb: 'list', resource: 'serviceaccounts', options });
    assert.ok(answer.type === 'list');
    revision ||= answer.list.resourceVersion;
    assert.equal(answer.list.resourceVersion, revision);
    if (seen.length === 0) assert.equal(answer.list.remaining, 3);
    seen.push(...answer.list.items.map(({ object }) => object.metadata.name));
    token = answer.list.continue ?? '';
    await api.send({ verb: 'create', resource: 'configmaps', body: { metadata: { generateName: 'x-' } } });
  } while (token !== '');
  assert.deepEqual(seen, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
  const bad = await api.send({ verb: 'list', resource: 'pods', options: { continue: 'nonsense' } });
  assert.equal(statusOf(bad).code, 400);
});

test('what is not served is 404 or 405, and nothing failed unexpectedly', async () => {
  assert.equal(statusOf(await api.send({ verb: 'get', resource: 'widgets', name: 'a' })).code, 404);
  assert.equal(
    statusOf(await api.send({ verb: 'get', resource: 'pods', version: 'v2', name: 'a' })).code,
    404,
  );
  const all = await api.send({ verb: 'deletecollection', resource: 'namespaces' });
  assert.equal(statusOf(all).code, 405);
  assert.deepEqual(
    api.logs.filter(({ level }) => level === 'error'),
    [],
  );
});
