import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Lifecycle } from '@bramble/protocol/schema/types.generated.ts';
import { type ExecResult, RuntimeError } from '../runtime/port.ts';
import { isReady, order, podA, statusOf, told, web } from './testing/pods.ts';
import { Rig } from './testing/rig.ts';

const passes = { exitCode: 0, output: '' };
const hook = (name: string): NonNullable<Lifecycle['preStop']> => ({ exec: { command: [name] } });

async function rigFor(
  pod: KubeObject,
  exec: (name: string) => ExecResult | Promise<ExecResult>,
): Promise<Rig> {
  const rig = new Rig();
  rig.world.exec = ([name = '']) => exec(name);
  rig.boot();
  await rig.host.elapse(100);
  return order(rig, pod);
}

const never = (): Promise<ExecResult> => new Promise(() => {});

function remove(rig: Rig, pod: KubeObject, graceSeconds: number): void {
  const deletion = {
    deletionTimestamp: new Date(rig.host.now()).toISOString(),
    deletionGracePeriodSeconds: graceSeconds,
  };
  rig.want(['pods', { ...pod, metadata: { ...pod.metadata, ...deletion } }]);
}

const stops = (rig: Rig): string[] => rig.world.effects.filter((name) => /^(stop|exec)/.test(name));

test('until its postStart hook is done a container does not run, to all others', async () => {
  let finish: (result: ExecResult) => void = () => {};
  const pod = podA({ lifecycle: { postStart: hook('greet') }, readinessProbe: hook('ready') });
  const rig = await rigFor(pod, (name) =>
    name === 'greet' ? new Promise((resolve) => (finish = resolve)) : passes,
  );
  assert.equal(statusOf(rig).phase, 'Pending');
  assert.deepEqual(web(rig).state, { waiting: { reason: 'ContainerCreating' } });
  assert.ok(!rig.world.effects.includes('exec c0001 ready'), 'it is not probed');
  finish(passes);
  await rig.host.elapse(100);
  assert.equal(statusOf(rig).phase, 'Running');
  assert.equal(isReady(rig), true);
});

test('a postStart hook that fails stops the container, which is started again with back-off', async () => {
  const pod = podA({ lifecycle: { postStart: hook('greet') } });
  const rig = await rigFor(pod, () => ({ exitCode: 3, output: 'nobody is home' }));
  assert.equal(web(rig).state?.waiting?.reason, 'PostStartHookError');
  assert.equal(web(rig).state?.waiting?.message, 'nobody is home');
  assert.equal(web(rig).restartCount, 1);
  await rig.host.elapse(3_000);
  assert.equal(web(rig).state?.waiting?.reason, 'CrashLoopBackOff');
  const words = told(rig).filter((text) => /Hook|Killing/.test(text));
  assert.deepEqual(words.slice(0, 2), [
    'FailedPostStartHook PostStartHook failed',
    'Killing Container web failed its postStart hook',
  ]);
  assert.ok(!told(rig).some((text) => text.includes('nobody')), 'what a hook says may be a secret');
});

test('a preStop hook comes before the signal, and its time is taken from the grace', async () => {
  let finish: (result: ExecResult) => void = () => {};
  const pod = podA({ lifecycle: { preStop: hook('drain') } });
  const rig = await rigFor(pod, () => new Promise((resolve) => (finish = resolve)));
  remove(rig, pod, 30);
  await rig.host.elapse(12_000);
  assert.deepEqual(stops(rig), ['exec c0001 drain']);
  assert.equal(rig.world.running().length, 1);
  finish(passes);
  await rig.host.elapse(100);
  assert.deepEqual(stops(rig), ['exec c0001 drain', 'stop c0001 18']);
  assert.equal(told(rig).filter((text) => text === 'Killing Stopping container web').length, 1);
});

test('a hook that does not end is cut short by the grace; two seconds are left for the signal', async () => {
  const pod = podA({ lifecycle: { preStop: hook('drain') } });
  const rig = await rigFor(pod, never);
  remove(rig, pod, 10);
  await rig.host.elapse(9_000);
  assert.equal(rig.world.running().length, 1);
  await rig.host.elapse(1_200);
  assert.deepEqual(stops(rig), ['exec c0001 drain', 'stop c0001 2']);
});

test('a shorter grace that is ordered meanwhile counts; none at all kills without the hook', async () => {
  const pod = podA({ lifecycle: { preStop: hook('drain') } });
  const rig = await rigFor(pod, never);
  remove(rig, pod, 30);
  await rig.host.elapse(2_000);
  remove(rig, pod, 5);
  await rig.host.elapse(5_200);
  assert.deepEqual(stops(rig), ['exec c0001 drain', 'stop c0001 2']);
  const forced = await rigFor(pod, never);
  remove(forced, pod, 0);
  await forced.host.elapse(100);
  assert.deepEqual(stops(forced), ['stop c0001 0']);
});

test('a preStop hook that fails is told, and stops nobody from ending', async () => {
  const pod = podA({ lifecycle: { preStop: hook('drain') } });
  const rig = await rigFor(pod, () => ({ exitCode: 1, output: 'secret' }));
  remove(rig, pod, 30);
  await rig.host.elapse(200);
  assert.deepEqual(rig.world.running(), []);
  assert.ok(told(rig).includes('FailedPreStopHook PreStopHook failed'));
});

// Found by seed 8711 of the simulation: the board’s clock was set back meanwhile, and the grace took nine minutes more.
test('a preStop hook that the runtime did not answer for is tried again, within the same grace', async () => {
  const pod = podA({ lifecycle: { preStop: hook('drain') } });
  let failures = 2;
  const rig = await rigFor(pod, () => {
    failures -= 1;
    if (failures >= 0) throw new RuntimeError('unavailable', 'connection reset');
    return passes;
  });
  remove(rig, pod, 30);
  await rig.host.elapse(5_000);
  assert.deepEqual(stops(rig).slice(0, 3), ['exec c0001 drain', 'exec c0001 drain', 'exec c0001 drain']);
  assert.match(stops(rig)[3] ?? '', /^stop c0001 2[5-9]$/);
  assert.deepEqual(rig.world.running(), []);
  assert.equal(told(rig).filter((text) => text === 'Killing Stopping container web').length, 1);
});

test('however often a preStop hook is tried again, the grace counts from the first time', async () => {
  const livenessProbe = { ...hook('alive'), periodSeconds: 1, failureThreshold: 1 };
  const pod = podA({ lifecycle: { preStop: hook('drain') }, livenessProbe });
  const rig = await rigFor(pod, (name) => {
    if (name === 'drain') throw new RuntimeError('unavailable', 'connection reset');
    return { exitCode: 1, output: '' };
  });
  await rig.host.elapse(25_000);
  assert.equal(rig.world.running()[0]?.id, 'c0001');
  await rig.host.elapse(10_000);
  assert.ok(stops(rig).includes('stop c0001 2'));
});

test('hooks may sleep, or ask by HTTP', async () => {
  const asked: unknown[] = [];
  const postStart = { httpGet: { port: 80, path: '/up' } };
  const pod = podA({ lifecycle: { postStart, preStop: { sleep: { seconds: 4 } } } });
  const rig = new Rig();
  rig.world.answer = ({ path }) => {
    asked.push(path);
    return { outcome: 'success', output: '' };
  };
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, pod);
  assert.deepEqual([asked, statusOf(rig).phase], [['/up'], 'Running']);
  remove(rig, pod, 30);
  await rig.host.elapse(3_500);
  assert.equal(rig.world.running().length, 1);
  await rig.host.elapse(1_000);
  assert.deepEqual(stops(rig), ['stop c0001 26']);
});

test('a hook whose container’s agent died before it was done is run once more', async () => {
  const pod = podA({ lifecycle: { postStart: hook('greet') } });
  const rig = await rigFor(pod, never);
  rig.kill();
  rig.world.exec = () => passes;
  rig.boot();
  await rig.host.elapse(1_000);
  assert.equal(statusOf(rig).phase, 'Running');
  assert.equal(stops(rig).length, 2);
  assert.equal(rig.world.running()[0]?.starts, 1);
});
