import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiVersionOf, kindByName, kindByPlural, kinds, storeKey, storePrefix } from './kinds.ts';
import { messageOf } from './schema/index.ts';

describe('kinds', () => {
  it('are found by plural and by what an object says of itself', () => {
    assert.equal(kindByPlural('', 'pods')?.kind, 'Pod');
    assert.equal(kindByPlural('coordination.k8s.io', 'leases')?.kind, 'Lease');
    assert.equal(kindByName('coordination.k8s.io/v1', 'Lease')?.plural, 'leases');
    assert.equal(kindByPlural('', 'leases'), undefined);
    assert.equal(kindByName('v1', 'Lease'), undefined);
    assert.equal(kindByName('v1', 'constructor'), undefined);
  });

  it('agree with the table on what each message is', () => {
    for (const kind of kinds) {
      const found = messageOf(kind.message).kind;
      assert.deepEqual(found, { group: kind.group, version: kind.version, kind: kind.kind });
      assert.equal(kindByName(apiVersionOf(kind), kind.kind), kind);
      assert.equal(messageOf(kind.message).fields.has('status'), kind.hasStatus, kind.kind);
    }
  });

  it('have no short name twice', () => {
    // Endpoints are called the same in singular and plural.
    const names = kinds.flatMap((kind) => [...new Set([kind.plural, kind.singular, ...kind.shortNames])]);
    assert.equal(new Set(names).size, names.length);
  });

  it('have keys that begin with their prefix', () => {
    const [pod, node] = [kindByPlural('', 'pods'), kindByPlural('', 'nodes')];
    assert.ok(pod && node);
    assert.equal(storeKey(pod, 'default', 'a'), '/registry/pods/default/a');
    assert.equal(storePrefix(pod, 'default'), '/registry/pods/default/');
    assert.equal(storePrefix(pod), '/registry/pods/');
    assert.equal(storeKey(node, undefined, 'pi-1'), '/registry/nodes/pi-1');
  });
});
