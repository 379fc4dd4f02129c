import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByPlural } from '@bramble/protocol/kinds.ts';
import type { StoreEvent } from '../../store/types.ts';
import { SharedLines } from './shared-lines.ts';
import { WatchEncoder } from './watch-encoder.ts';

const kind = kindByPlural('', 'configmaps');
assert.ok(kind);

/** Counts how often the JSON of an event's object is looked at. */
function eventOf(name: string, looks: { count: number }): StoreEvent {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const stored = {
    key: name,
    object,
    revision: 1,
    get json() {
      looks.count += 1;
      return JSON.stringify(object);
    },
  };
  return { type: 'added', stored, previous: undefined };
}

test('G8 a line is made for the first of many watches and serves them all', () => {
  const looks = { count: 0 };
  const shared = new SharedLines();
  const events = [eventOf('one', looks), eventOf('two', looks)];
  const watches = Array.from({ length: 100 }, () => new WatchEncoder(kind, 'plain', 'Metadata', shared));
  const told = watches.map((encoder) => encoder.events(events, 0));
  assert.equal(looks.count, 2);
  assert.ok(told.every((lines) => lines === told[0]));
  assert.deepEqual(
    told[0]?.map((line) => JSON.parse(line)),
    events.map(({ stored: { object } }) => ({ type: 'ADDED', object })),
  );
});

test('each batch of events has its own lines, and a table’s are of each watch', () => {
  const looks = { count: 0 };
  const shared = new SharedLines();
  const [plain, table] = [
    new WatchEncoder(kind, 'plain', 'Metadata', shared),
    new WatchEncoder(kind, 'Table', 'Metadata', shared),
  ];
  const [one, two] = [[eventOf('one', looks)], [eventOf('two', looks)]];
  const names = [one, two, one].map((events) => JSON.parse(plain.events(events, 0)[0] ?? '').object.metadata);
  assert.deepEqual(names, [{ name: 'one' }, { name: 'two' }, { name: 'one' }]);
  assert.equal(JSON.parse(table.events(one, 0)[0] ?? '').object.kind, 'Table');
});
