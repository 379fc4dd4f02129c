import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { BoardUsage } from '@bramble/protocol/messages/usage.ts';
import { Measurements } from '../metrics/measurements.ts';
import { FleetUsage } from './fleet-usage.ts';

const container = { container: 'web', cpuNanocores: 1, memoryBytes: 2, windowMs: 600 };

function fleet(answerOf: (node: string) => BoardUsage | undefined = of) {
  const host = new VirtualHost();
  const asked: string[] = [];
  const measurements = new Measurements(() => {}, host);
  let most = 0;
  let open = 0;
  const ask = async (node: string): Promise<BoardUsage | undefined> => {
    asked.push(node);
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return answerOf(node);
  };
  const usage = new FleetUsage({ measurements, ask, host });
  return { usage, host, asked, measurements, most: () => most };
}

const of = (node: string): BoardUsage => ({ containers: [{ uid: `pod-of-${node}`, ...container }] });

test('boards are asked once in ten seconds, however many ask for them; who says nothing is left out', async () => {
  const { usage, host, asked } = fleet((node) => (node === 'mute' ? undefined : of(node)));
  const [one, other] = await Promise.all([usage.pods(['a', 'mute']), usage.pods(['a', 'b'])]);
  assert.deepEqual([[...one.keys()], [...other.keys()]], [['pod-of-a'], ['pod-of-a', 'pod-of-b']]);
  assert.deepEqual(one.get('pod-of-a')?.containers, [container]);
  assert.deepEqual(asked, ['a', 'mute', 'b']);
  await host.elapse(9_000);
  await usage.pods(['a']);
  assert.deepEqual(asked, ['a', 'mute', 'b']);
  await host.elapse(2_000);
  await usage.pods(['a']);
  assert.deepEqual(asked, ['a', 'mute', 'b', 'a']);
});

test('G8: of a large fleet no more than 64 boards are asked at once, and all are', async () => {
  const { usage, most } = fleet();
  const nodes = Array.from({ length: 300 }, (_, at) => `n${at}`);
  assert.equal((await usage.pods(nodes)).size, 300);
  assert.equal(most(), 64);
});

test('what a board measured counts until it has missed four of its measurements', async () => {
  const { usage, host, measurements } = fleet();
  const metrics = {
    ...{ boot: 1, uptimeSeconds: 1, cpuShare: 0.5, memoryTotalBytes: 4, memoryUsedBytes: 2 },
    ...{ diskTotalBytes: 1, diskUsedBytes: 1, temperatureCelsius: null, throttled: null },
    ...{ receivedBytes: 1, sentBytes: 1 },
  };
  const atMs = host.now();
  measurements.tell('a', metrics, atMs);
  const use = { cpuShare: 0.5, memoryBytes: 2, temperatureCelsius: undefined, windowMs: 15_000, atMs };
  assert.deepEqual(usage.board('a'), use);
  await host.elapse(60_001);
  assert.equal(usage.board('a'), undefined);
  assert.equal(usage.board('b'), undefined);
  measurements.tell('a', { ...metrics, intervalSeconds: 300 }, host.now());
  await host.elapse(1_200_000);
  assert.equal(usage.board('a')?.windowMs, 300_000, 'one that tells rarely');
  await host.elapse(1);
  assert.equal(usage.board('a'), undefined);
});
