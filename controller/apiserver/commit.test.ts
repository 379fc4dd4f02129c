import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AskRefused, AskTimeout } from '@bramble/actors/index.ts';
import type { ObjectStore, TransactionResult } from '../store/types.ts';
import type { WriteTrace } from './ports.ts';
import { podNamed, runApi, statusOf } from './testing/running-api.ts';

/** A store that reads as the real one and commits as told. */
function refusing(store: ObjectStore, commit: () => Promise<TransactionResult>): ObjectStore {
  return {
    storeId: store.storeId,
    get revision() {
      return store.revision;
    },
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    watch: (options) => store.watch(options),
    commit,
  };
}

test('G8 a store that cannot take a write is answered with what to do', async () => {
  const real = await runApi();
  const answerWhen = async (commit: () => Promise<TransactionResult>) => {
    const api = await runApi({ store: refusing(real.running.store, commit) });
    const answer = await api.send({ verb: 'create', resource: 'pods', body: podNamed('x') });
    await api.stop();
    return statusOf(answer);
  };
  const overloaded = await answerWhen(() => Promise.reject(new AskRefused('store')));
  assert.deepEqual([overloaded.code, overloaded.details?.retryAfterSeconds], [429, 1]);
  const hung = await answerWhen(() => Promise.reject(new AskTimeout('store', 1)));
  assert.deepEqual([hung.code, hung.message], [504, 'the disk did not answer: the outcome is unknown']);
  const full = await answerWhen(async () => ({
    ok: false,
    reason: 'unavailable',
    message: 'the disk is full',
  }));
  assert.deepEqual([full.code, full.reason, full.message], [503, 'ServiceUnavailable', 'the disk is full']);
  const broken = await answerWhen(() => Promise.reject(new Error('secret details')));
  assert.equal(broken.code, 500);
  assert.ok(!JSON.stringify(broken).includes('secret'));
  await real.stop();
});

test('each write on disk is told once, with its times in order', async () => {
  const traces: WriteTrace[] = [];
  const api = await runApi({ onWrite: (trace) => traces.push(trace) });
  traces.length = 0;
  await api.send({ verb: 'create', resource: 'pods', body: podNamed('traced') });
  await api.send({ verb: 'create', resource: 'pods', body: podNamed('traced') });
  assert.equal(traces.length, 1);
  const [trace] = traces;
  assert.ok(trace);
  assert.deepEqual(
    [trace.verb, trace.resource, trace.name, trace.user],
    ['create', 'pods', 'traced', 'admin'],
  );
  assert.ok(trace.receivedAt <= trace.admittedAt && trace.admittedAt <= trace.storedAt);
  assert.equal(trace.revision, api.running.store.revision);
  await api.stop();
});
