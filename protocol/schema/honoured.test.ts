import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults } from './defaults/index.ts';
import { unhonoured, unhonouredFields } from './honoured.ts';
import { type Message, messageOf, type Shape } from './table.ts';
import { kindNamed, podWith } from './testing/kinds.ts';

const pod = kindNamed('Pod');

function hasPath(message: Message, [step = '', ...rest]: readonly string[]): boolean {
  const shape = message.fields.get(step.replace('[]', ''))?.shape;
  const inner = step.endsWith('[]') && shape?.is === 'list' ? shape.of : shape;
  if (rest.length === 0 || inner === undefined) return inner !== undefined;
  return isMessage(inner) && hasPath(inner.message, rest);
}

function isMessage(shape: Shape): shape is Extract<Shape, { is: 'message' }> {
  return shape.is === 'message';
}

describe('unhonouredFields', () => {
  it('has nothing to say of a plain pod with its defaults', () => {
    assert.deepEqual(unhonouredFields(pod, applyDefaults(pod, podWith())), []);
  });

  it('names fields by their path, and sources of volumes', () => {
    const entry = unhonoured['core.v1.Pod']?.find(({ path }) => path === 'spec.containers[].volumeDevices');
    const object = podWith(
      { volumeDevices: [{}] },
      {
        volumes: [
          { name: 'a', nfs: {} },
          { name: 'b', emptyDir: {} },
        ],
      },
    );
    assert.deepEqual(unhonouredFields(pod, object), [
      `spec.containers[0].volumeDevices: ${entry?.reason}`,
      'spec.volumes[0].nfs: boards cannot provide such a volume yet',
    ]);
  });

  it('lists only paths that the kind has', () => {
    for (const [message, entries] of Object.entries(unhonoured)) {
      for (const { path } of entries) assert.ok(hasPath(messageOf(message), path.split('.')), path);
    }
  });
});
