import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkMessage, checkStructure } from './structure.ts';
import { messageOf } from './table.ts';
import { kindNamed, podWith } from './testing/kinds.ts';

const pod = kindNamed('Pod');

function causesOf(object: unknown): string[] {
  return checkStructure(pod, object).causes.map(({ field, message }) => `${field}: ${message}`);
}

describe('checkStructure', () => {
  it('accepts what Kubernetes accepts', () => {
    const object = podWith(
      { ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1, memory: '64Mi' } }, env: null },
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { creationTimestamp: null, labels: { app: null } },
    );
    assert.deepEqual(checkStructure(pod, object), { causes: [], unknownFields: [] });
  });

  it('names each value of a wrong type by its path', () => {
    assert.deepEqual(causesOf(podWith({ image: 1 })), [
      'spec.containers[0].image: Invalid value: "integer": spec.containers[0].image in body must be of type string: "integer"',
    ]);
    assert.deepEqual(causesOf(podWith({}, { volumes: {} }, { labels: { app: 5 } })), [
      'metadata.labels[app]: Invalid value: "integer": metadata.labels[app] in body must be of type string: "integer"',
      'spec.volumes: Invalid value: "object": spec.volumes in body must be of type array: "object"',
    ]);
    assert.deepEqual(causesOf({ spec: { containers: [null] } }), [
      'spec.containers[0]: Invalid value: "null": spec.containers[0] in body must be of type object: "null"',
    ]);
    assert.match(causesOf('pod')[0] ?? '', /must be of type object: "string"/);
  });

  it('names each value of a wrong form', () => {
    assert.match(
      causesOf(podWith({ resources: { limits: { cpu: 'much' } } }))[0] ?? '',
      /^spec\.containers\[0\]\.resources\.limits\[cpu\]: Invalid value: "much": quantities must match the regular/,
    );
    assert.match(causesOf(podWith({}, {}, { creationTimestamp: 'today' }))[0] ?? '', /RFC 3339/);
    assert.match(
      causesOf(podWith({ ports: [{ containerPort: 1.5 }] }))[0] ?? '',
      /of type integer: "number"/,
    );
    assert.match(causesOf(podWith({ ports: [{ containerPort: 2 ** 31 }] }))[0] ?? '', /must fit into int32/);
    assert.deepEqual(causesOf(podWith({ ports: [{ containerPort: -(2 ** 31) }] })), []);
  });

  it('names unknown fields as strict decoding does', () => {
    const { causes, unknownFields } = checkStructure(
      pod,
      podWith({ imge: 'x', env: [{ nam: 'A' }] }, { foo: {} }),
    );
    assert.deepEqual(causes, []);
    assert.deepEqual(unknownFields, ['spec.containers[0].imge', 'spec.containers[0].env[0].nam', 'spec.foo']);
  });

  it('takes no field for known because every object inherits it', () => {
    const object: unknown = JSON.parse('{"__proto__":{},"constructor":1,"spec":{"toString":1}}');
    assert.deepEqual(checkStructure(pod, object).unknownFields, [
      '__proto__',
      'constructor',
      'spec.toString',
    ]);
  });

  it('never repeats the contents of a Secret', () => {
    const { causes } = checkStructure(kindNamed('Secret'), { data: { password: 'not base64!' } });
    assert.deepEqual(
      causes.map(({ field, message }) => `${field}: ${message}`),
      ['data[password]: Invalid value: "<contents omitted>": illegal base64 data'],
    );
  });

  it('stops at a hundred causes', () => {
    const containers = Array.from({ length: 1_000 }, () => ({ image: 1, nonsense: 1 }));
    const { causes, unknownFields } = checkStructure(pod, { spec: { containers } });
    assert.equal(causes.length, 100);
    assert.equal(unknownFields.length, 100);
  });

  it('checks messages that are no kind of their own', () => {
    const options = messageOf('meta.v1.DeleteOptions');
    assert.equal(checkMessage(options, { gracePeriodSeconds: 0 }).causes.length, 0);
    assert.equal(checkMessage(options, { gracePeriodSeconds: '0' }).causes[0]?.field, 'gracePeriodSeconds');
  });
});
