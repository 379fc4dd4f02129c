import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DesiredObject } from './desired.ts';
import { fitManifest } from './manifest-limit.ts';

function object(plural: string, name: string, spec: object = {}, second = 0): DesiredObject {
  const creationTimestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const metadata = { name, namespace: 'default', uid: name, creationTimestamp };
  const stored = { key: name, revision: 1, object: { apiVersion: 'v1', kind: 'X', metadata, spec } };
  return { key: `${plural}/${name}`, plural, uid: name, digest: '', stored } as unknown as DesiredObject;
}

const using = (name: string) => ({ containers: [{ envFrom: [{ configMapRef: { name } }] }] });
const keysOf = (objects: readonly DesiredObject[]): string[] => objects.map(({ key }) => key).sort();

test('what fits is left as it is', () => {
  const desired = [object('pods', 'a'), object('configmaps', 'm')];
  assert.equal(fitManifest(desired, () => false, 2).kept, desired);
});

test('the oldest pods come first, each with what it names or not at all', () => {
  const desired = [
    object('pods', 'young', {}, 9),
    object('pods', 'old', using('m'), 1),
    object('configmaps', 'm'),
    object('pods', 'wide', using('n'), 5),
    object('configmaps', 'n'),
  ];
  const { kept, leftOut } = fitManifest(desired, () => false, 3);
  assert.deepEqual(keysOf(kept), ['configmaps/m', 'pods/old', 'pods/young']);
  assert.deepEqual(keysOf(leftOut), ['pods/wide']);
});

test('G5: a pod that its board holds is never left out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ held: fc.boolean(), second: fc.nat(59) }), { maxLength: 20 }),
      fc.nat(10),
      (pods, limit) => {
        const desired = pods.map(({ second }, index) => object('pods', `p${index}`, {}, second));
        const held = new Set(desired.filter((_, index) => pods[index]?.held).map(({ key }) => key));
        const { kept, leftOut } = fitManifest(desired, (key) => held.has(key), limit);
        for (const key of held) assert.ok(keysOf(kept).includes(key));
        assert.ok(kept.length <= Math.max(limit, held.size));
        assert.equal(kept.length + leftOut.length, desired.length, 'each pod is one or the other');
      },
    ),
  );
});
