import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeTransaction } from '../encode.ts';
import type { EngineEvent, EngineState, StoreEngine } from '../engine.ts';
import type { StoreEvent, Transaction, TransactionResult } from '../types.ts';
import { configMap, keyOf, put, remove, revisionsOf, runStore, transaction } from './running-store.ts';

/** An engine under test, and how to do to it what only its adapter knows. */
export interface Subject {
  /** A new engine on the same disk; the last one is closed or crashed by then. */
  engine(): StoreEngine;
  /** Commits beside the store that uses `engine`, as another writer would. */
  foreign(engine: StoreEngine, transaction: Transaction): Promise<TransactionResult>;
  /** From now on nothing can be written, or everything again. */
  setFull(full: boolean): void;
  cleanUp(): Promise<void>;
}

/** What every engine owes to the store: one suite, run on all of them. */
export function engineConformance(name: string, makeSubject: () => Promise<Subject>): void {
  const check = (what: string, body: (subject: Subject) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      const subject = await makeSubject();
      try {
        await body(subject);
      } finally {
        await subject.cleanUp();
      }
    });
  };

  check('a new store is empty, has an id and epoch 1', async (subject) => {
    const { engine, state } = await opened(subject);
    assert.equal(state.revision, 0);
    assert.equal(state.epoch, 1);
    assert.ok(state.storeId.length > 0);
    assert.deepEqual([...state.objects], []);
    await engine.close();
  });

  check('every opening has a higher epoch and the same storeId', async (subject) => {
    const first = await opened(subject);
    await first.engine.close();
    const second = await opened(subject);
    assert.equal(second.state.storeId, first.state.storeId);
    assert.equal(second.state.epoch, first.state.epoch + 1);
    await second.engine.close();
  });

  check('G1 what was answered is there after opening again, byte for byte', async (subject) => {
    const first = await opened(subject);
    const [result] = await commit(first.engine, transaction([put('a', { x: '1' }), put('b')]));
    await commit(first.engine, transaction([remove('b')]));
    await first.engine.close();
    const { engine, state } = await opened(subject);
    const objects = [...state.objects];
    assert.equal(state.revision, 3);
    assert.deepEqual(
      objects.map(({ key, revision }) => [key, revision]),
      [[keyOf('a'), 1]],
    );
    assert.ok(result?.ok);
    assert.equal(objects[0]?.json, result.objects[0]?.json);
    await engine.close();
  });

  check('G2 each write has its own revision, in order, also in metadata and JSON', async (subject) => {
    const { engine } = await opened(subject);
    const results = await commit(
      engine,
      transaction([put('a'), put('b')]),
      transaction([put('a', { x: '2' }), remove('b')]),
    );
    assert.deepEqual(results.map(revisionsOf), [
      [1, 2],
      [3, 4],
    ]);
    const last = results[1]?.ok ? results[1].objects[1] : undefined;
    assert.equal(last?.object.metadata.resourceVersion, '4');
    assert.deepEqual(JSON.parse(last?.json ?? ''), last?.object);
    await engine.close();
  });

  check('a deleted object is answered as it last was, at the deletion’s revision', async (subject) => {
    const { engine } = await opened(subject);
    await commit(engine, transaction([put('a', { x: 'last' })]));
    const [result] = await commit(engine, transaction([remove('a')]));
    assert.ok(result?.ok);
    const [deleted] = result.objects;
    assert.deepEqual(deleted?.object['data'], { x: 'last' });
    assert.equal(deleted?.object.metadata.resourceVersion, '2');
    await engine.close();
  });

  check('conditions hold on what the transactions before in the batch left', async (subject) => {
    const { engine } = await opened(subject);
    const create = transaction([put('a')], [{ key: keyOf('a'), revision: 0 }]);
    const update = transaction([put('a', { x: '2' })], [{ key: keyOf('a'), revision: 1 }]);
    const results = await commit(engine, create, create, update, update);
    assert.deepEqual(
      results.map((result) => result.ok),
      [true, false, true, false],
    );
    const [, twice, , stale] = results;
    assert.ok(twice && !twice.ok && twice.reason === 'conflict');
    assert.equal(twice.current?.revision, 1);
    assert.ok(stale && !stale.ok && stale.reason === 'conflict');
    assert.equal(stale.current?.revision, 2);
    await engine.close();
  });

  check('a commit stands on those before it that are still on their way', async (subject) => {
    const { engine } = await opened(subject);
    const rounds = await Promise.all([
      commit(engine, transaction([put('a')])),
      commit(engine, transaction([put('a', { x: '2' }), put('b')], [{ key: keyOf('a'), revision: 1 }])),
      commit(engine, transaction([put('c')], [{ key: keyOf('a'), revision: 1 }])),
      commit(engine, transaction([remove('b')], [{ key: keyOf('a'), revision: 2 }])),
    ]);
    const [first, second, [stale], last] = rounds;
    assert.deepEqual([first[0], second[0], last[0]].map(revisionsOf), [[1], [2, 3], [4]]);
    assert.ok(stale && !stale.ok && stale.reason === 'conflict');
    assert.equal(stale.current?.revision, 2);
    await engine.close();
  });

  check('a transaction that conflicts writes nothing and takes no revision', async (subject) => {
    const { engine, events } = await opened(subject);
    await commit(engine, transaction([put('a')]));
    const refused = await commit(
      engine,
      transaction([put('b'), put('c')], [{ key: keyOf('a'), revision: 0 }]),
      transaction([put('b'), remove('nothing')]),
    );
    assert.deepEqual(
      refused.map((result) => !result.ok && result.reason === 'conflict' && result.key),
      [keyOf('a'), keyOf('nothing')],
    );
    const [next] = await commit(engine, transaction([put('d')]));
    assert.deepEqual(revisionsOf(next), [2]);
    assert.deepEqual(
      events.map(({ stored }) => stored.key),
      [keyOf('a'), keyOf('d')],
    );
    await engine.close();
  });

  check('a key may be written more than once in a transaction', async (subject) => {
    const { engine, events } = await opened(subject);
    const [result] = await commit(
      engine,
      transaction([put('a'), remove('a'), put('a', { x: '3' }), remove('a')]),
    );
    assert.deepEqual(revisionsOf(result), [1, 2, 3, 4]);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['put', 'delete', 'put', 'delete'],
    );
    await engine.close();
    const again = await opened(subject);
    assert.deepEqual([...again.state.objects], []);
    assert.equal(again.state.revision, 4);
    await again.engine.close();
  });

  check('G2 events come in order of revision, before their commit is answered', async (subject) => {
    const { engine, events } = await opened(subject);
    const seenWhenAnswered = await Promise.all(
      ['a', 'b', 'c'].map(async (key) => {
        const [result] = await commit(engine, transaction([put(key)]));
        const [revision] = revisionsOf(result);
        return events.some(({ stored }) => stored.revision === revision);
      }),
    );
    assert.deepEqual(seenWhenAnswered, [true, true, true]);
    assert.deepEqual(
      events.map(({ stored }) => stored.revision),
      [1, 2, 3],
    );
    await engine.close();
  });

  check('what is stored is frozen to its depth', async (subject) => {
    const { engine } = await opened(subject);
    const [result] = await commit(engine, transaction([put('a', { x: '1' })]));
    const stored = result?.ok ? result.objects[0] : undefined;
    for (const part of [stored, stored?.object, stored?.object.metadata, stored?.object['data']])
      assert.ok(Object.isFrozen(part));
    await engine.close();
  });

  check('a full disk is answered, nothing is half-written, and it recovers by itself', async (subject) => {
    const { engine, events } = await opened(subject);
    await commit(engine, transaction([put('a')]));
    subject.setFull(true);
    const refused = await commit(engine, transaction([put('b'), put('c')]), transaction([put('d')]));
    for (const result of refused) {
      assert.ok(!result.ok && result.reason === 'unavailable');
      assert.match(result.message, /BRAMBLE_STORE_FULL.*full/);
    }
    subject.setFull(false);
    const [result] = await commit(engine, transaction([put('e')]));
    assert.deepEqual(revisionsOf(result), [2]);
    assert.equal(events.length, 2);
    await engine.close();
    const again = await opened(subject);
    assert.deepEqual([...again.state.objects].map(({ key }) => key).sort(), [keyOf('a'), keyOf('e')]);
    await again.engine.close();
  });

  check('a closed engine takes no commit', async (subject) => {
    const { engine } = await opened(subject);
    await engine.close();
    await assert.rejects(engine.commit([encodeTransaction(transaction([put('a')]))]), /closed/);
  });

  check(
    'G2 a foreign writer’s changes reach cache and watchers once, in order with our own',
    async (subject) => {
      const engine = subject.engine();
      const { store, stop } = await runStore(engine);
      const seen: StoreEvent[] = [];
      store.watch({ prefix: '/registry/', from: 0, onEvents: (events) => seen.push(...events) });
      for (let round = 0; round < 5; round += 1) {
        await Promise.all([
          store.commit(transaction([put(`own-${round}`)])),
          subject.foreign(
            engine,
            transaction([put(`foreign-${round}`), put('shared', { round: `${round}` })]),
          ),
        ]);
      }
      await store.commit(transaction([put('last')]));
      assert.deepEqual(
        seen.map(({ stored }) => stored.revision),
        Array.from({ length: 16 }, (_, index) => index + 1),
      );
      assert.deepEqual(store.get(keyOf('shared'))?.object['data'], { round: '4' });
      assert.equal(store.list('/registry/configmaps/').length, 12);
      await stop();
    },
  );

  check('a foreign write makes our condition fail, with what it wrote', async (subject) => {
    const engine = subject.engine();
    const { store, stop } = await runStore(engine);
    const created = await store.commit(transaction([put('a')]));
    await subject.foreign(engine, transaction([put('a', { by: 'another' })]));
    const [revision = -1] = revisionsOf(created);
    const result = await store.commit(transaction([put('a')], [{ key: keyOf('a'), revision }]));
    assert.ok(!result.ok && result.reason === 'conflict');
    assert.deepEqual(result.current?.object['data'], { by: 'another' });
    await stop();
  });

  check('a foreign deletion is told with the object as it last was', async (subject) => {
    const engine = subject.engine();
    const { store, stop } = await runStore(engine);
    await store.commit(transaction([put('a', { x: '1' })]));
    const told = new Promise<StoreEvent>((resolve) => {
      store.watch({ prefix: keyOf('a'), from: undefined, onEvents: ([event]) => event && resolve(event) });
    });
    await subject.foreign(engine, transaction([remove('a')]));
    const { type, stored, previous } = await told;
    assert.equal(type, 'deleted');
    assert.equal(stored.object.metadata.resourceVersion, '2');
    assert.equal(previous?.object.metadata.resourceVersion, '1');
    assert.deepEqual(stored.object['data'], configMap('a', { x: '1' })['data']);
    await stop();
  });
}

interface Opened {
  readonly engine: StoreEngine;
  readonly state: EngineState;
  readonly events: EngineEvent[];
}

async function opened(subject: Subject): Promise<Opened> {
  const engine = subject.engine();
  const events: EngineEvent[] = [];
  engine.subscribe((news) => events.push(...news));
  return { engine, state: await engine.open(), events };
}

function commit(engine: StoreEngine, ...transactions: Transaction[]): Promise<TransactionResult[]> {
  return engine.commit(transactions.map(encodeTransaction));
}
