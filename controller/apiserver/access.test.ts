import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { objectOf, type RunningApi, runApi, statusOf, userWith } from './testing/running-api.ts';

let api: RunningApi;
before(async () => {
  api = await runApi();
});
after(() => api.stop());

test('roles: what each may do', async () => {
  const asRole = (role: 'admin' | 'edit' | 'view' | 'node' | 'none') => ({
    secrets: () => api.send({ user: userWith(role), verb: 'list', resource: 'secrets' }),
    configs: () => api.send({ user: userWith(role), verb: 'list', resource: 'configmaps' }),
    write: () =>
      api.send({
        user: userWith(role),
        verb: 'create',
        resource: 'configmaps',
        body: { metadata: { generateName: 'r-' } },
      }),
    cluster: () =>
      api.send({
        user: userWith(role),
        verb: 'create',
        resource: 'namespaces',
        body: { metadata: { generateName: 'r-' } },
      }),
    status: () =>
      api.send({ user: userWith(role), verb: 'patch', resource: 'pods', subresource: 'status', name: 'x' }),
  });
  const allowed = async (role: 'admin' | 'edit' | 'view' | 'node' | 'none') => {
    const may: string[] = [];
    for (const [what, ask] of Object.entries(asRole(role))) {
      const answer = await ask();
      if (answer.type !== 'status' || answer.status.code !== 403) may.push(what);
    }
    return may;
  };
  assert.deepEqual(await allowed('admin'), ['secrets', 'configs', 'write', 'cluster', 'status']);
  assert.deepEqual(await allowed('edit'), ['secrets', 'configs', 'write']);
  assert.deepEqual(await allowed('view'), ['configs']);
  assert.deepEqual(await allowed('node'), []);
  assert.deepEqual(await allowed('none'), []);
  assert.equal(
    statusOf(await asRole('view').secrets()).message,
    'secrets is forbidden: User "view" cannot list resource "secrets" in API group "" in the namespace "default"',
  );
});

test('the leases of boards come from their heartbeats, read-only', async () => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'pi-1', namespace: 'kube-node-lease' },
    spec: { holderIdentity: 'pi-1' },
  };
  const leases = { list: () => [lease], get: (name: string) => (name === 'pi-1' ? lease : undefined) };
  const board = await runApi({ leases });
  try {
    const ask = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease' };
    const read = objectOf(await board.send({ ...ask, verb: 'get', name: 'pi-1' }));
    assert.equal(read.metadata.resourceVersion, String(board.running.store.revision));
    const body = { ...lease, metadata: { name: 'own' } };
    await board.send({ ...ask, namespace: 'default', verb: 'create', body });
    const all = await board.send({ ...ask, namespace: undefined, verb: 'list' });
    assert.ok(all.type === 'list');
    assert.deepEqual(
      all.list.items.map(({ object }) => object.metadata.name),
      ['own', 'pi-1'],
    );
    assert.equal(statusOf(await board.send({ ...ask, verb: 'delete', name: 'pi-1' })).code, 403);
  } finally {
    await board.stop();
  }
});

test('reviews answer what the roles allow, about oneself alone', async () => {
  const may = async (role: 'edit' | 'view' | 'node', resourceAttributes: object) => {
    const answer = await api.send({
      user: userWith(role),
      verb: 'create',
      group: 'authorization.k8s.io',
      resource: 'selfsubjectaccessreviews',
      namespace: undefined,
      body: { spec: { resourceAttributes } },
    });
    if (answer.type === 'status') return answer.status.code;
    return (objectOf(answer)['status'] as { allowed: boolean }).allowed;
  };
  assert.equal(await may('edit', { verb: 'create', resource: 'pods', namespace: 'default' }), true);
  assert.equal(await may('edit', { verb: 'create', resource: 'nodes' }), false);
  assert.equal(await may('edit', { verb: '*', resource: '*' }), false);
  assert.equal(await may('view', { verb: 'get', resource: 'secrets', namespace: 'default' }), false);
  assert.equal(await may('view', { verb: 'get', resource: 'pods', subresource: 'log' }), true);
  assert.equal(await may('node', { verb: 'get', resource: 'pods' }), 403);
  const self = await api.send({
    user: userWith('view', 'vera'),
    verb: 'create',
    group: 'authentication.k8s.io',
    resource: 'selfsubjectreviews',
    namespace: undefined,
    body: {},
  });
  assert.deepEqual(objectOf(self)['status'], {
    userInfo: { username: 'vera', groups: ['system:authenticated'] },
  });
});
