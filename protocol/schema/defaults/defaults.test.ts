import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Namespace, Pod, Secret, Service } from '../index.ts';
import { kindNamed, podWith } from '../testing/kinds.ts';
import { pullPolicyOf } from './container.ts';
import { applyDefaults } from './index.ts';

function defaultedPod(container: object = {}, spec: object = {}): Pod {
  return applyDefaults(kindNamed('Pod'), podWith(container, spec)) as Pod;
}

describe('applyDefaults', () => {
  it('gives a pod what Kubernetes gives it', () => {
    assert.deepEqual(defaultedPod().spec, {
      containers: [
        {
          name: 'main',
          image: 'hello:1',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
        },
      ],
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
      enableServiceLinks: true,
    });
  });

  it('overrides nothing that is given, zero and false included', () => {
    const given = { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, enableServiceLinks: false };
    const spec = defaultedPod({ imagePullPolicy: 'Never' }, given).spec;
    assert.deepEqual({ ...spec, ...given }, spec);
    assert.equal(spec?.containers[0]?.imagePullPolicy, 'Never');
  });

  it('requests what is limited, unless it is requested otherwise', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } };
    const spec = defaultedPod({ resources }).spec;
    assert.deepEqual(spec?.containers[0]?.resources?.requests, { cpu: '100m', memory: '1Gi' });
  });

  it('pulls anew only what may change under its tag', () => {
    const policies = [
      'a',
      'a:latest',
      'host:5000/a',
      'a:1',
      'host:5000/a:1',
      'a@digest',
      'a@sha256:00',
      'a:latest@sha256:00',
    ];
    assert.deepEqual(
      policies.map((image) => pullPolicyOf(image)),
      [
        'Always',
        'Always',
        'Always',
        'IfNotPresent',
        'IfNotPresent',
        'IfNotPresent',
        'IfNotPresent',
        'IfNotPresent',
      ],
    );
  });

  it('fills in ports, probes, references and volumes', () => {
    const container = {
      ports: [{ containerPort: 80 }],
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      livenessProbe: { httpGet: { port: 80 } },
    };
    const volumes = [
      { name: 'a' },
      { name: 'b', configMap: { name: 'c' } },
      { name: 'd', hostPath: { path: '/d' } },
    ];
    const spec = defaultedPod(container, { volumes, hostNetwork: true }).spec;
    const [filled] = spec?.containers ?? [];
    assert.deepEqual(filled?.ports, [{ containerPort: 80, protocol: 'TCP', hostPort: 80 }]);
    assert.equal(filled?.env?.[0]?.valueFrom?.fieldRef?.apiVersion, 'v1');
    assert.deepEqual(filled?.livenessProbe, {
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    assert.deepEqual(spec?.volumes, [
      { name: 'a', emptyDir: {} },
      { name: 'b', configMap: { name: 'c', defaultMode: 420 } },
      { name: 'd', hostPath: { path: '/d', type: '' } },
    ]);
  });

  it('labels a namespace with its name', () => {
    const namespace = applyDefaults(kindNamed('Namespace'), { metadata: { name: 'farm' } }) as Namespace;
    assert.deepEqual(namespace, {
      metadata: { name: 'farm', labels: { 'kubernetes.io/metadata.name': 'farm' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('writes a Secret’s stringData over its data', () => {
    const secret = { data: { a: 'AA==', b: 'AA==' }, stringData: { a: 'grün' } };
    const defaulted = applyDefaults(kindNamed('Secret'), secret) as Secret;
    assert.deepEqual(defaulted, { type: 'Opaque', data: { a: 'Z3LDvG4=', b: 'AA==' } });
  });

  it('gives a Service its type and target ports', () => {
    const service = applyDefaults(kindNamed('Service'), { spec: { ports: [{ port: 80 }] } }) as Service;
    assert.deepEqual(service.spec, {
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    });
  });
});
