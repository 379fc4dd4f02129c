import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { LabelSelector, PodSpec, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import {
  objectOf,
  podNamed,
  type RequestInput,
  type RunningApi,
  runApi,
  statusOf,
} from './testing/running-api.ts';

let api: RunningApi;
before(async () => {
  api = await runApi();
});
after(() => api.stop());

const apps = (input: RequestInput) => api.send({ group: 'apps', ...input });

function deployment(name: string, replicas = 2): object {
  const labels = { app: name };
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'hello:1' }] } },
    },
  };
}

test('the scale of a Deployment is read, replaced and patched alone', async () => {
  const created = objectOf(await apps({ verb: 'create', resource: 'deployments', body: deployment('web') }));
  const at = { resource: 'deployments', name: 'web', subresource: 'scale' } as const;
  const scale = objectOf(await apps({ verb: 'get', ...at }));
  assert.deepEqual(
    [scale.apiVersion, scale.kind, scale['spec'], scale['status']],
    ['autoscaling/v1', 'Scale', { replicas: 2 }, { replicas: 0, selector: 'app=web' }],
  );
  const put = objectOf(await apps({ verb: 'update', ...at, body: { ...scale, spec: { replicas: 5 } } }));
  assert.deepEqual(put['spec'], { replicas: 5 });
  const stale = await apps({ verb: 'update', ...at, body: { ...scale, spec: { replicas: 6 } } });
  assert.equal(statusOf(stale).code, 409);
  const patched = await apps({ verb: 'patch', ...at, patchType: 'merge', body: { spec: { replicas: 0 } } });
  assert.deepEqual(objectOf(patched)['spec'], { replicas: 0 });
  const negative = await apps({ verb: 'patch', ...at, patchType: 'merge', body: { spec: { replicas: -1 } } });
  assert.equal(statusOf(negative).details?.causes?.[0]?.field, 'spec.replicas');
  const broken = [{ op: 'replace', path: '/no/such', value: 1 }];
  assert.equal(statusOf(await apps({ verb: 'patch', ...at, patchType: 'json', body: broken })).code, 422);
  const now = objectOf(await apps({ verb: 'get', resource: 'deployments', name: 'web' }));
  assert.equal(now.metadata.generation, 3);
  assert.deepEqual({ ...(now['spec'] as object), replicas: 2 }, created['spec']);
});

test('how a deletion treats what is owned is told to the garbage collector', async () => {
  for (const [propagationPolicy, finalizer] of [
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ]) {
    const name = `deleted-${String(finalizer).toLowerCase()}`;
    await apps({ verb: 'create', resource: 'deployments', body: deployment(name) });
    const at = { resource: 'deployments', name } as const;
    const answer = objectOf(await apps({ verb: 'delete', ...at, body: { propagationPolicy } }));
    assert.deepEqual(answer.metadata.finalizers, [finalizer]);
    assert.ok(answer.metadata.deletionTimestamp);
    const again = await apps({ verb: 'delete', ...at, body: { propagationPolicy: 'Background' } });
    assert.equal(statusOf(again).status, 'Success');
    assert.equal(statusOf(await apps({ verb: 'get', ...at })).code, 404);
  }
  await apps({ verb: 'create', resource: 'deployments', body: deployment('other') });
  const wrong = await apps({
    verb: 'delete',
    resource: 'deployments',
    name: 'other',
    body: { propagationPolicy: 'Sideways' },
  });
  assert.equal(statusOf(wrong).details?.causes?.[0]?.field, 'propagationPolicy');
});

test('a job names its pods by its own uid, and no client can', async () => {
  const spec = { template: { spec: { containers: [{ name: 'a', image: 'b' }], restartPolicy: 'Never' } } };
  const body = { metadata: { name: 'work' }, spec, status: { succeeded: 7 } };
  const job = objectOf(await api.send({ verb: 'create', group: 'batch', resource: 'jobs', body }));
  const { selector, template } = job['spec'] as { selector: LabelSelector; template: KubeObject };
  assert.deepEqual(selector.matchLabels, { 'batch.kubernetes.io/controller-uid': job.metadata.uid });
  assert.equal(template.metadata.labels?.['job-name'], 'work');
  assert.deepEqual(job['status'], {});
});

test('pods tolerate the loss of their board for five minutes, unless they say otherwise', async () => {
  const tolerations = async (name: string, given?: object[]) => {
    const body = podNamed(name, given ? { tolerations: given } : {});
    const pod = objectOf(await api.send({ verb: 'create', resource: 'pods', body }));
    const all = (pod['spec'] as PodSpec).tolerations ?? [];
    return all.map(({ key, tolerationSeconds }) => `${key ?? '*'} ${tolerationSeconds ?? ''}`);
  };
  const [notReady, unreachable] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  assert.deepEqual(await tolerations('plain'), [`${notReady} 300`, `${unreachable} 300`]);
  assert.deepEqual(await tolerations('steadfast', [{ operator: 'Exists' }]), ['* ']);
  const quick = { key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  assert.deepEqual(await tolerations('quick', [quick]), [`${unreachable} 5`, `${notReady} 300`]);
});

test('a pod that is replaced by the manifest it was made of keeps them', async () => {
  const body = podNamed('replaced');
  const made = objectOf(await api.send({ verb: 'create', resource: 'pods', body }));
  const put = await api.send({ verb: 'update', resource: 'pods', name: 'replaced', body });
  assert.deepEqual(objectOf(put)['spec'], made['spec']);
});

test('what pods will ask for in vain is told when their Deployment is made', async () => {
  const body = deployment('warned') as { spec: { template: { spec: Record<string, unknown> } } };
  body.spec.template.spec['hostPID'] = true;
  const { warnings } = await apps({ verb: 'create', resource: 'deployments', body });
  assert.ok(
    warnings.some((warning) => warning.startsWith('spec.template.spec.hostPID: ')),
    warnings.join(),
  );
});

test('a budget is never overspent, however many evictions come at once', async () => {
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `guarded-${letter}`);
  for (const name of names) {
    const pod = { ...podNamed(name, { nodeName: 'pi' }), metadata: { name, labels: { app: 'guarded' } } };
    await api.send({ verb: 'create', resource: 'pods', body: pod });
    const body = { ...pod, status: ready };
    objectOf(await api.send({ verb: 'update', resource: 'pods', name, subresource: 'status', body }));
  }
  const budget = {
    metadata: { name: 'guard' },
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'guarded' } } },
  };
  const policy = { group: 'policy', resource: 'poddisruptionbudgets' } as const;
  objectOf(await api.send({ verb: 'create', ...policy, body: budget }));
  const evict = (name: string) =>
    api.send({
      verb: 'create',
      resource: 'pods',
      name,
      subresource: 'eviction',
      body: { metadata: { name } },
    });
  const answers = (await Promise.all(names.map(evict))).map(statusOf);
  assert.deepEqual(answers.map(({ code }) => code).sort(), [201, 201, 429, 429, 429]);
  const refused = answers.find(({ code }) => code === 429);
  assert.equal(refused?.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.equal(
    refused?.details?.causes?.[0]?.message,
    'The disruption budget guard needs 3 healthy pods and has 3 currently',
  );
  const pods = await Promise.all(
    names.map(async (name) => objectOf(await api.send({ verb: 'get', resource: 'pods', name }))),
  );
  const going = pods.filter(({ metadata }) => metadata.deletionTimestamp);
  assert.equal(going.length, 2);
  const status = going[0]?.['status'] as PodStatus | undefined;
  assert.ok(status?.conditions?.some(({ type }) => type === 'DisruptionTarget'));
});
