import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Kind, kinds } from '../kinds.ts';
import {
  applyDefaults,
  checkStructure,
  jsonMergePatch,
  jsonPatch,
  PatchError,
  prune,
  strategicMerge,
  unhonouredFields,
  validateObject,
  validateUpdate,
} from './index.ts';
import { messageOf } from './table.ts';
import { arbitraryMessage } from './testing/arbitrary.ts';

/** A sound object in which any value, anywhere, may be replaced by any JSON at all. */
function nearlySound(kind: Kind): fc.Arbitrary<unknown> {
  const sound = arbitraryMessage(messageOf(kind.message), 5);
  return fc
    .tuple(sound, fc.jsonValue(), fc.nat(60))
    .map(([object, value, at]) => replaced(object, value, at));
}

function replaced(object: unknown, value: unknown, at: number): unknown {
  let left = at;
  return JSON.parse(JSON.stringify(object), (_key, old) => {
    left -= 1;
    return left === 0 ? value : old;
  });
}

function anything(kind: Kind): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 4, arbitrary: nearlySound(kind) }, { weight: 1, arbitrary: fc.jsonValue() });
}

describe('any JSON', () => {
  for (const kind of kinds) {
    it(`is checked, pruned, defaulted, validated and compared as a ${kind.kind} without a throw or a mutation`, () => {
      fc.assert(
        fc.property(anything(kind), anything(kind), (object, other) => {
          const before = JSON.stringify(object);
          checkStructure(kind, object);
          prune(kind, object);
          applyDefaults(kind, object);
          validateObject(kind, object);
          validateUpdate(kind, object, other);
          unhonouredFields(kind, object);
          assert.equal(JSON.stringify(object), before);
        }),
        { numRuns: 300 },
      );
    });

    it(`is merged into a ${kind.kind} or refused with a PatchError`, () => {
      fc.assert(
        fc.property(anything(kind), anything(kind), (object, patch) => {
          const current = prune(kind, object);
          for (const merge of [
            jsonMergePatch,
            (c: typeof current, p: unknown) => strategicMerge(kind, c, p),
          ]) {
            throwsOnlyPatchError(() => merge(current, patch));
          }
          throwsOnlyPatchError(() => jsonPatch(current, patch));
        }),
        { numRuns: 200 },
      );
    });

    it(`that is a sound ${kind.kind} has no structural fault, and storing it twice changes nothing`, () => {
      fc.assert(
        fc.property(arbitraryMessage(messageOf(kind.message), 5), (object) => {
          assert.deepEqual(checkStructure(kind, object), { causes: [], unknownFields: [] });
          const stored = applyDefaults(kind, prune(kind, object));
          assert.deepEqual(checkStructure(kind, stored).causes, []);
          assert.deepEqual(applyDefaults(kind, prune(kind, stored)), stored);
        }),
        { numRuns: 150 },
      );
    });
  }
});

function throwsOnlyPatchError(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PatchError, String(error));
  }
}
