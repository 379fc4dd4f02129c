import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../json.ts';
import { kindNamed } from '../testing/kinds.ts';
import { PatchError } from './error.ts';
import { strategicMerge } from './strategic.ts';

const pod = kindNamed('Pod');

function merged(spec: JsonObject, patch: JsonObject): unknown {
  return strategicMerge(pod, { spec }, { spec: patch }).spec;
}

function names(spec: unknown): unknown[] {
  return (spec as { containers: { name: string }[] }).containers.map(({ name }) => name);
}

const abc = { containers: [{ name: 'a', image: '1' }, { name: 'b', image: '1' }, { name: 'c' }] };

describe('strategicMerge', () => {
  it('merges a list by its key', () => {
    assert.deepEqual(merged(abc, { containers: [{ name: 'b', image: '2', tty: true }] }), {
      containers: [{ name: 'a', image: '1' }, { name: 'b', image: '2', tty: true }, { name: 'c' }],
    });
  });

  it('puts what is new behind what the server has', () => {
    assert.deepEqual(names(merged(abc, { containers: [{ name: 'd' }] })), ['a', 'b', 'c', 'd']);
  });

  it('follows $patch: delete and replace', () => {
    assert.deepEqual(names(merged(abc, { containers: [{ name: 'b', $patch: 'delete' }] })), ['a', 'c']);
    assert.deepEqual(merged(abc, { containers: [{ $patch: 'replace' }, { name: 'z' }] }), {
      containers: [{ name: 'z' }],
    });
    assert.deepEqual(merged({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'replace', b: '2' } }), {
      nodeSelector: { b: '2' },
    });
    assert.deepEqual(merged({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'delete' } }), {
      nodeSelector: {},
    });
  });

  it('follows $setElementOrder, leaving the server’s own items in their place', () => {
    const order = { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] };
    assert.deepEqual(names(merged(abc, order)), ['b', 'c', 'a']);
    const patch = {
      '$setElementOrder/containers': [{ name: 'a' }, { name: 'c' }, { name: 'd' }],
      containers: [{ name: 'd' }],
    };
    assert.deepEqual(names(merged(abc, patch)), ['a', 'b', 'c', 'd']);
  });

  it('follows $retainKeys', () => {
    const volumes = [{ name: 'v', emptyDir: {} }];
    const patch = { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/v' } }] };
    assert.deepEqual(merged({ volumes }, patch), { volumes: [{ name: 'v', hostPath: { path: '/v' } }] });
  });

  it('merges lists of scalars as sets, and deletes from them', () => {
    const current = { metadata: { finalizers: ['a', 'b'] } };
    const patch = { metadata: { finalizers: ['c', 'a'], '$deleteFromPrimitiveList/finalizers': ['b'] } };
    assert.deepEqual(strategicMerge(pod, current, patch), { metadata: { finalizers: ['c', 'a'] } });
  });

  it('replaces lists without a key, and removes what is null', () => {
    assert.deepEqual(
      merged({ containers: [{ name: 'a', args: ['1'] }] }, { containers: [{ name: 'a', args: ['2'] }] }),
      {
        containers: [{ name: 'a', args: ['2'] }],
      },
    );
    assert.deepEqual(merged({ hostname: 'x', nodeName: 'n' }, { hostname: null }), { nodeName: 'n' });
  });

  it('keeps both of two ports that share a number', () => {
    const ports = [
      { containerPort: 53, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ];
    const patch = { containers: [{ name: 'a', ports: [{ containerPort: 53, name: 'dns' }] }] };
    assert.deepEqual(merged({ containers: [{ name: 'a', ports }] }, patch), {
      containers: [{ name: 'a', ports: [{ containerPort: 53, protocol: 'TCP', name: 'dns' }, ports[1]] }],
    });
  });

  it('leaves the input as it is, and no directive in the result', () => {
    const before = JSON.stringify(abc);
    const result = merged(abc, {
      containers: [{ name: 'n', env: [{ name: 'A', $patch: 'delete' }], $retainKeys: ['name'] }],
    });
    assert.equal(JSON.stringify(abc), before);
    assert.ok(!JSON.stringify(result).includes('$'));
  });

  it('refuses items without their key and unknown directives', () => {
    assert.throws(
      () => merged(abc, { containers: [{ image: 'x' }] }),
      /does not contain declared merge key: name/,
    );
    assert.throws(() => merged(abc, { containers: [{ name: 'a', $patch: 'burn' }] }), PatchError);
    assert.throws(() => merged(abc, { '$setElementOrder/containers': 1 }), /must be a list/);
  });
});
