import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prune } from './prune.ts';
import { kindNamed, podWith } from './testing/kinds.ts';

describe('prune', () => {
  it('drops unknown fields, nulls and what Go leaves out', () => {
    const object = podWith(
      { foo: 1, args: [], stdin: false, workingDir: '', env: [{ name: 'A', value: '' }] },
      { nodeSelector: {}, hostNetwork: false, priority: null },
      { creationTimestamp: null, labels: { a: '', b: null } },
    );
    assert.deepEqual(prune(kindNamed('Pod'), object), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'hello', namespace: 'default', labels: { a: '', b: '' } },
      spec: { containers: [{ name: 'main', image: 'hello:1', env: [{ name: 'A' }] }] },
    });
  });

  it('keeps an explicit zero where it says something', () => {
    const object = podWith(
      { securityContext: { runAsUser: 0, privileged: false }, livenessProbe: { tcpSocket: { port: 0 } } },
      { terminationGracePeriodSeconds: 0, enableServiceLinks: false, volumes: [{ name: 'v', emptyDir: {} }] },
    );
    assert.deepEqual(prune(kindNamed('Pod'), object), object);
  });

  it('brings quantities and times into their canonical form', () => {
    const pruned = prune(kindNamed('Pod'), {
      metadata: { creationTimestamp: '2026-01-01T02:00:00.5+02:00' },
      spec: { overhead: { cpu: 0.5, memory: '1024Mi' } },
    });
    assert.deepEqual(pruned, {
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { overhead: { cpu: '500m', memory: '1Gi' } },
    });
  });

  it('keeps a key named __proto__ without changing any prototype', () => {
    const object: unknown = JSON.parse('{"data":{"__proto__":"x"}}');
    const { data } = prune(kindNamed('ConfigMap'), object);
    assert.equal(JSON.stringify(data), '{"__proto__":"x"}');
    assert.equal(Object.getPrototypeOf(data), Object.prototype);
  });
});
