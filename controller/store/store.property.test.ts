import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import fc from 'fast-check';
import { MemoryDisk } from './memory-engine.ts';
import { type Step, StoreRun, steps } from './testing/store-run.ts';
import type { StoredObject } from './types.ts';

/** Plays the steps, with other writers, full disks and an actor that fails on the way, until all is at rest. */
async function play(seed: number, played: readonly Step[]): Promise<StoreRun> {
  const run = await StoreRun.start(new MemoryDisk('model'), new VirtualHost({ seed, randomTurns: true }));
  for (const step of played) await run.perform(step);
  await run.finish();
  return run;
}

function forAllRuns(check: (run: StoreRun) => void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.nat(), steps, async (seed, played) => check(await play(seed, played))),
    { numRuns: 150 },
  );
}

/** What a plain map holds after all that became durable. */
function model(run: StoreRun): Map<string, StoredObject> {
  const objects = new Map<string, StoredObject>();
  for (const { type, stored } of run.truth) {
    if (type === 'put') objects.set(stored.key, stored);
    else objects.delete(stored.key);
  }
  return objects;
}

test('G1 every answered write is durable, at the revision it was answered with', () =>
  forAllRuns((run) => {
    const durable = new Map(run.truth.map(({ stored }) => [stored.revision, stored.key]));
    for (const { transaction, result } of run.answers) {
      if (!result.ok) continue;
      assert.equal(result.objects.length, transaction.writes.length);
      for (const [index, stored] of result.objects.entries()) {
        assert.equal(durable.get(stored.revision), stored.key);
        assert.equal(stored.key, transaction.writes[index]?.key);
      }
    }
  }));

test('G1 every commit is answered or refused, whatever fails', () =>
  forAllRuns((run) => assert.equal(run.pending, 0)));

test('G2 revisions grow by one with each write', () =>
  forAllRuns((run) => {
    for (const [index, { stored }] of run.truth.entries()) assert.equal(stored.revision, index + 1);
  }));

test('G2 a watcher sees every change after its revision once and in order, or 410', () =>
  forAllRuns((run) => {
    assert.deepEqual(run.faults, []);
    for (const { prefix, from, seen, stopped } of run.watched) {
      const due = run.truth
        .map(({ stored }) => stored)
        .filter(({ key, revision }) => key.startsWith(prefix) && revision > from);
      const expected = stopped ? due.slice(0, seen.length) : due;
      assert.deepEqual(
        seen.map(({ stored }) => stored),
        expected,
      );
    }
  }));

test('G2 the type and the previous state of an event follow from those before it', () =>
  forAllRuns((run) => {
    for (const { prefix, from, seen } of run.watched) {
      if (prefix !== '/registry/' || from > 0) continue;
      const known = new Map<string, StoredObject>();
      for (const { type, stored, previous } of seen) {
        assert.equal(previous, known.get(stored.key));
        assert.equal(
          type,
          ['added', 'modified', 'deleted'].find((each) => each === type),
        );
        assert.equal(type === 'added', previous === undefined);
        if (type === 'deleted') known.delete(stored.key);
        else known.set(stored.key, stored);
      }
    }
  }));

test('what the store holds is what a plain map would', () =>
  forAllRuns((run) => {
    const { store } = run.running;
    const expected = [...model(run)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
    assert.deepEqual(store.list('/registry/'), expected);
    assert.equal(store.revision, run.disk.revision);
    for (const stored of expected) assert.equal(store.get(stored.key), stored);
  }));

test('an unavailable disk leaves nothing behind, and a conflict names what stands in the way', () =>
  forAllRuns((run) => {
    const byRevision = new Map(run.truth.map(({ stored }) => [stored.revision, stored]));
    for (const { transaction, result } of run.answers) {
      if (result.ok || result.reason !== 'conflict') continue;
      const named = [...transaction.conditions, ...transaction.writes].map(({ key }) => key);
      assert.ok(named.includes(result.key));
      if (result.current) assert.equal(byRevision.get(result.current.revision), result.current);
    }
    const own = run.answers.reduce((sum, { result }) => sum + (result.ok ? result.objects.length : 0), 0);
    assert.ok(own <= run.truth.length);
  }));
