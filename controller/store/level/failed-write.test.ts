import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeTransaction } from '../encode.ts';
import type { EngineEvent } from '../engine.ts';
import { keyOf, put, remove, revisionsOf, transaction } from '../testing/running-store.ts';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import type { TransactionResult, Write } from '../types.ts';
import { LevelEngine } from './level-engine.ts';

/** From now on this process can make no file longer: the kernel cuts writes off there, as a full disk does. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:unlimited`]);
}

interface Scene {
  readonly engine: LevelEngine;
  readonly directory: string;
  readonly events: EngineEvent[];
  readonly commit: (...writes: Write[]) => Promise<TransactionResult>;
}

/** A store with the object `first`, and no look at the free space before it writes. */
async function withStore(body: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    const engine = new LevelEngine({ directory, reserveBytes: 0 });
    const events: EngineEvent[] = [];
    engine.subscribe((news) => events.push(...news));
    await engine.open();
    const commit = async (...writes: Write[]): Promise<TransactionResult> => {
      const [result] = await engine.commit([encodeTransaction(transaction(writes))]);
      assert.ok(result);
      return result;
    };
    await commit(put('first'));
    try {
      await body({ engine, directory, events, commit });
    } finally {
      limitFiles('unlimited');
      await engine.close();
    }
  });
}

function logBytes(directory: string): number {
  const log = readdirSync(directory).find((name) => name.endsWith('.log')) ?? '';
  return statSync(join(directory, log)).size;
}

async function storedIn(directory: string): Promise<{ revision: number; keys: string[] }> {
  const engine = new LevelEngine({ directory });
  const state = await engine.open();
  await engine.close();
  return { revision: state.revision, keys: [...state.objects].map(({ key }) => key).sort() };
}

function large(name: string): Write {
  return put(name, { text: 'x'.repeat(20_000) });
}

function assertUnavailable(result: TransactionResult | undefined): void {
  assert.ok(result && !result.ok && result.reason === 'unavailable', JSON.stringify(result));
}

test('G1 a write that the disk cuts off leaves nothing, and what is answered afterwards stays', () =>
  withStore(async ({ engine, directory, events, commit }) => {
    limitFiles(logBytes(directory) + 5_000);
    const refused = await commit(large('cut-off'), remove('first'));
    assertUnavailable(refused);
    const small = await commit(put('small'));
    assert.deepEqual(revisionsOf(small), [2], 'a small write fits into a new log');
    limitFiles('unlimited');
    assert.deepEqual(revisionsOf(await commit(large('after'))), [3]);
    assert.deepEqual(
      events.map(({ stored }) => stored.revision),
      [1, 2, 3],
    );
    await engine.close();
    assert.deepEqual(await storedIn(directory), {
      revision: 3,
      keys: ['after', 'first', 'small'].map(keyOf),
    });
  }));

test('while nothing can be written at all every commit is refused; then the store goes on by itself', () =>
  withStore(async ({ engine, directory, events, commit }) => {
    limitFiles(1);
    for (let attempt = 0; attempt < 3; attempt += 1) assertUnavailable(await commit(put('refused')));
    limitFiles('unlimited');
    assert.deepEqual(revisionsOf(await commit(put('after'))), [2]);
    assert.equal(events.length, 2);
    await engine.close();
    assert.deepEqual(await storedIn(directory), { revision: 2, keys: ['after', 'first'].map(keyOf) });
  }));

test('a batch that was prepared behind one that fails is prepared anew', () =>
  withStore(async ({ engine, directory, commit }) => {
    limitFiles(logBytes(directory) + 5_000);
    const results = await Promise.all([
      commit(large('cut-off')),
      commit(put('behind')),
      engine.commit([encodeTransaction(transaction([remove('cut-off')]))]),
    ]);
    limitFiles('unlimited');
    const [cutOff, behind, [removal]] = results;
    assertUnavailable(cutOff);
    assert.deepEqual(revisionsOf(behind), [2]);
    assert.ok(removal && !removal.ok && removal.reason === 'conflict', JSON.stringify(removal));
    await engine.close();
    assert.deepEqual(await storedIn(directory), { revision: 2, keys: ['behind', 'first'].map(keyOf) });
  }));

test('who commits while the database is opened anew is answered as everybody is', () =>
  withStore(async ({ engine, directory, commit }) => {
    limitFiles(logBytes(directory) + 5_000);
    let answered = false;
    const failing = commit(large('cut-off')).finally(() => {
      answered = true;
    });
    const meanwhile: Promise<TransactionResult>[] = [];
    while (!answered) {
      meanwhile.push(commit(put(`small-${meanwhile.length}`)));
      await nextTurn();
    }
    assertUnavailable(await failing);
    limitFiles('unlimited');
    const results = await Promise.all(meanwhile);
    const stored = results.flatMap((result, index) => (result.ok ? [keyOf(`small-${index}`)] : []));
    assert.ok(stored.length > 0, 'a small write fits into a new log');
    await engine.close();
    assert.deepEqual((await storedIn(directory)).keys, [keyOf('first'), ...stored].sort());
  }));

test('a database that another controller had open meanwhile is not written to', () =>
  withStore(async ({ directory, commit }) => {
    limitFiles(1);
    assertUnavailable(await commit(put('refused')));
    limitFiles('unlimited');
    await storedIn(directory);
    const result = await commit(put('after'));
    assert.ok(!result.ok && result.reason === 'unavailable');
    assert.match(result.message, /another controller/);
  }));
