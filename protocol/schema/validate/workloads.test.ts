import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults } from '../defaults/index.ts';
import type { DaemonSet, Deployment, Job } from '../index.ts';
import { kindNamed } from '../testing/kinds.ts';
import { validateObject } from './index.ts';
import { validateUpdate } from './update.ts';

function workload(kind: string, spec: object = {}, template: object = {}): object {
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'main', image: 'hello:1' }], ...template },
      },
      ...spec,
    },
  };
}

function causesOf(kind: string, spec: object = {}, template: object = {}): string[] {
  const defaulted = applyDefaults(kindNamed(kind), workload(kind, spec, template));
  return validateObject(kindNamed(kind), defaulted).map(({ field, message }) => `${field}: ${message}`);
}

function changeCauses(kind: string, before: object, after: object): string[] {
  const [old, changed] = [before, after].map((spec) => applyDefaults(kindNamed(kind), workload(kind, spec)));
  return validateUpdate(kindNamed(kind), old, changed).map(({ field, message }) => `${field}: ${message}`);
}

describe('workloads', () => {
  it('get Kubernetes’ defaults, and their pods those of pods', () => {
    const deployment = applyDefaults(kindNamed('Deployment'), workload('Deployment')) as Deployment;
    const { replicas, strategy, revisionHistoryLimit, progressDeadlineSeconds, template } =
      deployment.spec ?? {};
    assert.deepEqual([replicas, revisionHistoryLimit, progressDeadlineSeconds], [1, 10, 600]);
    assert.deepEqual(strategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    });
    assert.equal(template?.spec?.restartPolicy, 'Always');
    assert.equal(template?.spec?.containers[0]?.imagePullPolicy, 'IfNotPresent');
    const recreate = workload('Deployment', { replicas: 0, strategy: { type: 'Recreate' } });
    const { spec } = applyDefaults(kindNamed('Deployment'), recreate) as Deployment;
    assert.deepEqual([spec?.replicas, spec?.strategy], [0, { type: 'Recreate' }]);
    const daemonSet = applyDefaults(kindNamed('DaemonSet'), workload('DaemonSet')) as DaemonSet;
    assert.deepEqual(daemonSet.spec?.updateStrategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
    });
  });

  it('a job has its pods’ labels, one completion, and six failures to spare', () => {
    const job = applyDefaults(kindNamed('Job'), workload('Job')) as Job;
    const { completions, parallelism, backoffLimit, completionMode, suspend } = job.spec ?? {};
    assert.deepEqual([completions, parallelism, backoffLimit], [1, 1, 6]);
    assert.deepEqual([completionMode, suspend, job.metadata?.labels], ['NonIndexed', false, { app: 'web' }]);
    const parallel = applyDefaults(kindNamed('Job'), workload('Job', { parallelism: 3 })) as Job;
    assert.deepEqual([parallel.spec?.completions, parallel.spec?.parallelism], [undefined, 3]);
  });

  it('are told what is wrong in the API server’s own words, with the template’s paths', () => {
    assert.deepEqual(causesOf('Deployment'), []);
    assert.deepEqual(causesOf('Deployment', { selector: undefined }), ['spec.selector: Required value']);
    assert.deepEqual(causesOf('Deployment', { selector: {} }), [
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ]);
    assert.deepEqual(causesOf('ReplicaSet', { selector: { matchLabels: { app: 'api' } }, replicas: -1 }), [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
    assert.deepEqual(causesOf('DaemonSet', {}, { restartPolicy: 'OnFailure', containers: [{ name: 'a' }] }), [
      'spec.template.spec.containers[0].image: Required value',
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
    ]);
    assert.deepEqual(causesOf('Job'), [
      'spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ]);
    const expression = [{ key: 'app', operator: 'In' }];
    assert.deepEqual(causesOf('Deployment', { selector: { matchExpressions: expression } }).slice(0, 1), [
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ]);
  });

  it('a rollout must be able to move', () => {
    const rolling = (rollingUpdate: object) => causesOf('Deployment', { strategy: { rollingUpdate } });
    assert.deepEqual(rolling({ maxSurge: 0, maxUnavailable: '0%' }), [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ]);
    assert.deepEqual(rolling({ maxUnavailable: '101%' }), [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ]);
    assert.match(rolling({ maxSurge: 'two' })[0] ?? '', /a valid percent string must be a numeric string/);
    const recreate = { type: 'Recreate', rollingUpdate: { maxSurge: 1 } };
    assert.deepEqual(causesOf('Deployment', { strategy: recreate }), [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ]);
    assert.deepEqual(causesOf('Deployment', { progressDeadlineSeconds: 5, minReadySeconds: 5 }), [
      'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
    ]);
    const daemon = (rollingUpdate: object) => causesOf('DaemonSet', { updateStrategy: { rollingUpdate } });
    assert.deepEqual(daemon({ maxUnavailable: 0 }), [
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0 when maxSurge is 0',
    ]);
  });

  it('keep their selector, and jobs what they run', () => {
    const other = { selector: { matchLabels: { app: 'web', tier: 'x' } } };
    for (const kind of ['Deployment', 'ReplicaSet', 'DaemonSet'])
      assert.deepEqual(changeCauses(kind, {}, other), [
        'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
      ]);
    assert.deepEqual(changeCauses('Job', { completions: 2 }, { completions: 3 }), [
      'spec.completions: Invalid value: 3: field is immutable',
    ]);
    assert.deepEqual(
      changeCauses('Job', { completions: 9 }, { completions: 9, parallelism: 5, suspend: true }),
      [],
    );
    const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
    assert.deepEqual(changeCauses('Job', indexed, { ...indexed, completions: 3, parallelism: 3 }), []);
  });

  it('a disruption budget says one thing, and it can be done', () => {
    const kind = kindNamed('PodDisruptionBudget');
    const budget = (spec: object) =>
      validateObject(kind, { metadata: { name: 'a', namespace: 'b' }, spec }).map(({ message }) => message);
    assert.deepEqual(budget({ minAvailable: '50%' }), []);
    assert.match(budget({ minAvailable: 1, maxUnavailable: 1 })[0] ?? '', /cannot be both set/);
    assert.match(budget({ maxUnavailable: -1 })[0] ?? '', /greater than or equal to 0/);
  });

  it('an indexed job needs a number of completions, and names that can be host names', () => {
    const never = { restartPolicy: 'Never' };
    assert.deepEqual(causesOf('Job', { completionMode: 'Indexed', parallelism: 1 }, never), [
      'spec.completions: Required value: when completion mode is Indexed',
    ]);
    const kind = kindNamed('Job');
    const long = { ...workload('Job', { completionMode: 'Indexed', completions: 100 }, never) };
    const named = { ...long, metadata: { name: 'a'.repeat(61), namespace: 'default' } };
    assert.match(validateObject(kind, applyDefaults(kind, named))[0]?.message ?? '', /no more than 63/);
  });

  it('an endpoint slice has addresses of its type', () => {
    const kind = kindNamed('EndpointSlice');
    const slice = (body: object) =>
      validateObject(kind, { metadata: { name: 'a', namespace: 'b' }, ...body }).map(({ field }) => field);
    assert.deepEqual(slice({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] }), []);
    assert.deepEqual(slice({ addressType: 'IPv4', endpoints: [{ addresses: ['x'] }, {}] }), [
      'endpoints[0].addresses[0]',
      'endpoints[1].addresses',
    ]);
    assert.deepEqual(slice({ endpoints: [] }), ['addressType']);
  });
});
