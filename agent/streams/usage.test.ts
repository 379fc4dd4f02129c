import assert from 'node:assert/strict';
import test from 'node:test';
import { boardUsage } from '@bramble/protocol/messages/usage.ts';
import { labelsOf } from '../pods/labels.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { RunningContainer } from '../usage/port.ts';
import { Bench, view } from './testing/bench.ts';

function running(uid: string, container: string, pid: number): ContainerView {
  const identity = { uid, container, namespace: 'default', pod: uid, init: false, attempt: 0, failures: 0 };
  const labels = labelsOf({ ...identity, specDigest: '', storeId: '', bootId: '' });
  return { ...view(`id-${pid}`, 'running'), pid, labels };
}

test('what all containers use comes in one JSON, and only when it is asked for', async () => {
  const asked: (readonly RunningContainer[])[] = [];
  const bench = new Bench({
    running: [running('a', 'web', 7), running('b', 'db', 8), view('foreign', 'running')],
    usage: {
      measure: async (containers) => {
        asked.push(containers);
        return containers.map(({ uid, container, pid }) => ({
          ...{ uid, container, windowMs: 600 },
          ...{ cpuNanocores: pid, memoryBytes: pid * 10 },
        }));
      },
    },
  });
  bench.open({ type: 'usage' }, { credit: 0 });
  await bench.elapse();
  assert.deepEqual([asked, bench.frames().map(({ type }) => type)], [[], ['ready']]);
  bench.say({ type: 'credit', bytes: 65_536 });
  await bench.elapse();
  assert.deepEqual(asked, [
    [
      { uid: 'a', container: 'web', id: 'id-7', pid: 7 },
      { uid: 'b', container: 'db', id: 'id-8', pid: 8 },
    ],
  ]);
  assert.deepEqual(boardUsage.parse(JSON.parse(bench.text())).containers, [
    { uid: 'a', container: 'web', cpuNanocores: 7, memoryBytes: 70, windowMs: 600 },
    { uid: 'b', container: 'db', cpuNanocores: 8, memoryBytes: 80, windowMs: 600 },
  ]);
  assert.deepEqual(bench.end(), {});
});

test('a board that cannot measure says so', async () => {
  const bench = new Bench();
  bench.open({ type: 'usage' });
  await bench.elapse();
  assert.equal(bench.endCode(), 501);
});
