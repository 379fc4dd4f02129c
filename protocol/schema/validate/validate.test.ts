import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults } from '../defaults/index.ts';
import { kindNamed, podWith } from '../testing/kinds.ts';
import { validateObject } from './index.ts';

function causesOf(kind: string, object: object): string[] {
  const defaulted = applyDefaults(kindNamed(kind), object);
  return validateObject(kindNamed(kind), defaulted).map(({ field, message }) => `${field}: ${message}`);
}

function podCauses(container: object = {}, spec: object = {}, metadata: object = {}): string[] {
  return causesOf('Pod', podWith(container, spec, metadata));
}

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const qualifiedRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('the API server’s own words', () => {
  it('for a sound pod are none', () => {
    assert.deepEqual(podCauses(), []);
  });

  it('for metadata', () => {
    assert.deepEqual(podCauses({}, {}, { name: 'Bad_Name' }), [
      `metadata.name: Invalid value: "Bad_Name": ${subdomainRule}`,
    ]);
    assert.deepEqual(podCauses({}, {}, { name: undefined }), [
      'metadata.name: Required value: name or generateName is required',
    ]);
    assert.deepEqual(podCauses({}, {}, { labels: { 'a b': 'x' } }), [
      `metadata.labels: Invalid value: "a b": ${qualifiedRule}`,
    ]);
    assert.deepEqual(podCauses({}, {}, { annotations: { big: 'x'.repeat(262_144) } }), [
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
    assert.deepEqual(causesOf('Node', { metadata: { name: 'n', namespace: 'default' } }), [
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    assert.deepEqual(causesOf('Namespace', { metadata: { name: 'a.b' } }), [
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });

  it('for containers', () => {
    assert.deepEqual(causesOf('Pod', { metadata: { name: 'a', namespace: 'b' } }), [
      'spec.containers: Required value',
    ]);
    assert.deepEqual(podCauses({ image: undefined }), ['spec.containers[0].image: Required value']);
    assert.deepEqual(podCauses({ name: 'Main' }), [
      `spec.containers[0].name: Invalid value: "Main": ${labelRule}`,
    ]);
    const twins = [
      { name: 'a', image: 'i' },
      { name: 'a', image: 'i' },
    ];
    assert.deepEqual(podCauses({}, { containers: twins }), ['spec.containers[1].name: Duplicate value: "a"']);
    assert.deepEqual(podCauses({ imagePullPolicy: 'Sometimes' }), [
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ]);
    assert.deepEqual(podCauses({}, { restartPolicy: 'Maybe' }), [
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ]);
  });

  it('for ports', () => {
    assert.deepEqual(podCauses({ ports: [{ containerPort: 70_000 }] }), [
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ]);
    const port = { containerPort: 80, hostPort: 8080 };
    assert.deepEqual(podCauses({ ports: [port, { ...port, containerPort: 81 }] }), [
      'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//8080"',
    ]);
    assert.deepEqual(podCauses({ ports: [{ containerPort: 80, protocol: 'IP' }] }), [
      'spec.containers[0].ports[0].protocol: Unsupported value: "IP": supported values: "SCTP", "TCP", "UDP"',
    ]);
  });

  it('for resources', () => {
    assert.deepEqual(podCauses({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }), [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ]);
    assert.deepEqual(podCauses({ resources: { requests: { memory: '-1' } } }), [
      'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    assert.deepEqual(podCauses({ resources: { requests: { cpu: '1' }, limits: { cpu: '1000m' } } }), []);
    assert.deepEqual(podCauses({ resources: { requests: { 'example.com/camera': '1' } } }), []);
  });

  it('for environment and volumes', () => {
    assert.deepEqual(podCauses({ env: [{ value: 'x' }, { name: 'A', valueFrom: {} }] }), [
      'spec.containers[0].env[0].name: Required value',
      'spec.containers[0].env[1].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ]);
    assert.deepEqual(podCauses({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), [
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ]);
    const mounts = [
      { name: 'v', mountPath: '/v' },
      { name: 'v', mountPath: '/v', subPath: '../x' },
    ];
    assert.deepEqual(podCauses({ volumeMounts: mounts }, { volumes: [{ name: 'v' }] }), [
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique',
      'spec.containers[0].volumeMounts[1].subPath: Invalid value: "../x": must not contain \'..\'',
    ]);
    const volume = { name: 'v', emptyDir: {}, secret: { secretName: 's', defaultMode: 0o1000 } };
    assert.deepEqual(podCauses({}, { volumes: [volume] }), [
      'spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ]);
  });

  it('for scheduling', () => {
    assert.deepEqual(podCauses({}, { tolerations: [{ key: 'a', operator: 'Is' }] }), [
      'spec.tolerations[0].operator: Unsupported value: "Is": supported values: "Equal", "Exists"',
    ]);
    const terms = [{ matchExpressions: [{ key: 'arch', operator: 'In' }] }];
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
    const path =
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
    assert.deepEqual(podCauses({}, { affinity: { nodeAffinity: required } }), [
      `${path}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ]);
    assert.deepEqual(podCauses({}, { activeDeadlineSeconds: 0 }), [
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ]);
  });

  it('for probes', () => {
    assert.deepEqual(podCauses({ livenessProbe: { successThreshold: 2 } }), [
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
      'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
    ]);
  });

  it('for ConfigMaps and Secrets', () => {
    const metadata = { name: 'x', namespace: 'default' };
    assert.deepEqual(causesOf('ConfigMap', { metadata, data: { 'a/b': '1' }, binaryData: { '..': '' } }), [
      "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      'binaryData[..]: Invalid value: "..": must not be \'..\'',
    ]);
    assert.deepEqual(causesOf('Secret', { metadata, stringData: { a: 'x'.repeat(1_048_577) } }), [
      'data: Too long: may not be more than 1048576 bytes',
    ]);
    assert.deepEqual(causesOf('Secret', { metadata, type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }), [
      'data[tls.key]: Required value',
    ]);
  });

  it('for the other kinds', () => {
    const metadata = { name: 'x', namespace: 'default' };
    assert.deepEqual(causesOf('Lease', { metadata, spec: { leaseDurationSeconds: 0 } }), [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ]);
    assert.deepEqual(causesOf('Event', { metadata, involvedObject: { namespace: 'other' } }), [
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
    assert.deepEqual(causesOf('Service', { metadata, spec: {} }), ['spec.ports: Required value']);
    const taint = { key: 'a', effect: 'NoSchedule' };
    assert.deepEqual(causesOf('Node', { metadata: { name: 'n' }, spec: { taints: [taint, taint] } }), [
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}',
    ]);
    assert.deepEqual(causesOf('ServiceAccount', { metadata }), []);
  });

  it('quote no value at more length than a person reads', () => {
    const [cause = ''] = podCauses({}, {}, { name: 'X'.repeat(100_000) });
    assert.ok(cause.length < 2_000);
  });
});
