import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import fc from 'fast-check';
import type { StoredObject, StoreEvent } from '../store/types.ts';
import { filterEvent } from './watch-filter.ts';

const matches = (object: KubeObject) => object.metadata.labels?.['seen'] === 'yes';

function stored(name: string, seen: boolean, revision: number): StoredObject {
  const metadata = { name, labels: { seen: seen ? 'yes' : 'no' } };
  return { key: name, revision, json: '', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } };
}

/** The events of a store in which objects come, change and go. */
function history(changes: readonly (readonly [string, boolean | undefined])[]): StoreEvent[] {
  const present = new Map<string, StoredObject>();
  const events: StoreEvent[] = [];
  changes.forEach(([name, seen], at) => {
    const previous = present.get(name);
    if (seen === undefined) {
      if (!previous) return;
      present.delete(name);
      events.push({ type: 'deleted', stored: { ...previous, revision: at }, previous });
    } else {
      const next = stored(name, seen, at);
      present.set(name, next);
      events.push({ type: previous ? 'modified' : 'added', stored: next, previous });
    }
  });
  return events;
}

test('who follows the filtered events knows exactly the objects that match', () => {
  const change = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(true, false, undefined));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const known = new Set<string>();
      const truth = new Map<string, boolean>();
      for (const event of history(changes)) {
        const { name } = event.stored.object.metadata;
        truth.set(name, event.type !== 'deleted' && matches(event.stored.object));
        const seen = filterEvent(event, matches);
        if (seen) assert.equal(known.has(name), seen.type !== 'added');
        if (seen?.type === 'added') known.add(name);
        if (seen?.type === 'deleted') known.delete(name);
        assert.equal(known.has(name), truth.get(name));
      }
    }),
  );
});
