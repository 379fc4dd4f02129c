import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { roots } from './generate/roots.ts';
import { allMessages, messageOf } from './table.ts';

describe('the generated table', () => {
  it('stays small', () => {
    assert.ok(statSync(join(import.meta.dirname, 'table.generated.json')).size < 250_000);
  });

  it('has every root, and says so of a name that it lacks', () => {
    for (const root of roots) assert.equal(messageOf(root).name, root);
    assert.throws(() => messageOf('core.v1.Gadget'), /add it to the generator's roots/);
  });

  it('has a wire number for every field but apiVersion and kind of whole objects', () => {
    for (const message of allMessages()) {
      const targets = [...message.wire.values()];
      const onWire = targets.reduce((sum, target) => sum + (target instanceof Map ? target.size : 1), 0);
      const typeMeta = message.kind ? ['apiVersion', 'kind'] : [];
      assert.equal(onWire + typeMeta.length, message.fields.size, message.name);
    }
  });

  it('knows Kubernetes’ own facts', () => {
    const container = messageOf('core.v1.PodSpec').fields.get('containers');
    assert.equal(container?.mergeKey, 'name');
    assert.equal(container?.required, true);
    assert.equal(messageOf('core.v1.PodSpec').fields.get('terminationGracePeriodSeconds')?.pointer, true);
    assert.deepEqual(messageOf('core.v1.Secret').fields.get('data')?.shape, {
      is: 'map',
      of: { is: 'scalar', scalar: 'bytes' },
    });
  });
});
