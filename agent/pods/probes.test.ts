import assert from 'node:assert/strict';
import test from 'node:test';
import { RuntimeError } from '../runtime/port.ts';
import { isReady, order, podA, rigWith, statusOf, told, web } from './testing/pods.ts';
import { Rig } from './testing/rig.ts';

const exec = { exec: { command: ['check'] } };
const passes = { exitCode: 0, output: '' };
const fails = { exitCode: 1, output: 'no' };

test('a container without probes is ready as soon as it runs; one with a readiness probe when that has passed', async () => {
  const rig = new Rig();
  rig.world.exec = () => fails;
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ readinessProbe: { ...exec, periodSeconds: 2, successThreshold: 2 } }));
  assert.deepEqual([statusOf(rig).phase, web(rig).started, web(rig).ready], ['Running', true, false]);
  const condition = statusOf(rig).conditions?.find(({ type }) => type === 'Ready');
  assert.equal(condition?.reason, 'ContainersNotReady');
  assert.equal(condition?.message, 'containers with unready status: [web]');
  rig.world.exec = () => passes;
  await rig.host.elapse(2_000);
  assert.equal(isReady(rig), false, 'once is not enough');
  await rig.host.elapse(2_000);
  assert.equal(isReady(rig), true);
  rig.world.exec = () => fails;
  await rig.host.elapse(4_000);
  assert.equal(isReady(rig), true, 'three failures in a row are needed');
  await rig.host.elapse(2_000);
  assert.equal(isReady(rig), false);
  assert.equal(rig.world.running().length, 1);
  assert.equal(web(rig).restartCount, 0, 'who is not ready is not restarted');
  assert.ok(told(rig).includes('Unhealthy Readiness probe failed: no'));
});

test('a startup probe holds the others back, counts its failures, and is over when it passes', async () => {
  const asked: string[] = [];
  const rig = new Rig();
  rig.world.exec = ([name = '']) => {
    asked.push(name);
    return name === 'up' && asked.length < 3 ? fails : passes;
  };
  rig.boot();
  await rig.host.elapse(100);
  const probe = (name: string): object => ({ exec: { command: [name] }, periodSeconds: 1 });
  await order(
    rig,
    podA({ startupProbe: probe('up'), livenessProbe: probe('alive'), readinessProbe: probe('ready') }),
  );
  assert.deepEqual([web(rig).started, web(rig).ready], [false, false]);
  await rig.host.elapse(1_500);
  assert.deepEqual(asked.slice(0, 3), ['up', 'up', 'up']);
  assert.deepEqual([web(rig).started, web(rig).ready], [true, true]);
  await rig.host.elapse(3_000);
  assert.ok(!asked.slice(3).includes('up'));
  assert.ok(asked.includes('alive') && asked.includes('ready'));
});

test('a startup probe that fails too often stops the container, which is started again with back-off', async () => {
  const rig = new Rig();
  rig.world.exec = () => fails;
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ startupProbe: { ...exec, periodSeconds: 1, failureThreshold: 2 } }));
  await rig.host.elapse(5_000);
  assert.equal(web(rig).restartCount, 1);
  assert.equal(web(rig).state?.waiting?.reason, 'CrashLoopBackOff');
  assert.ok(told(rig).includes('Killing Container web failed startup probe, will be restarted'));
});

test('a liveness probe that fails stops the container with the probe’s own grace, and the pod’s policy says what then', async () => {
  for (const [restartPolicy, phase, restarts, words] of [
    ['Always', 'Running', 1, ', will be restarted'],
    ['OnFailure', 'Running', 1, ', will be restarted'],
    ['Never', 'Failed', 0, ''],
  ] as const) {
    let sick = false;
    const rig = new Rig();
    rig.world.exec = () => (sick ? fails : passes);
    rig.boot();
    await rig.host.elapse(100);
    const livenessProbe = {
      ...exec,
      periodSeconds: 1,
      failureThreshold: 2,
      terminationGracePeriodSeconds: 7,
    };
    await order(rig, podA({ livenessProbe }, { restartPolicy }));
    await rig.host.elapse(3_000);
    assert.equal(web(rig).restartCount, 0);
    sick = true;
    await rig.host.elapse(2_000);
    sick = false;
    await rig.host.elapse(1_000);
    assert.equal(web(rig).restartCount, restarts, restartPolicy);
    assert.equal(statusOf(rig).phase, phase);
    assert.ok(rig.world.effects.includes('stop c0001 7'));
    assert.ok(told(rig).includes(`Killing Container web failed liveness probe${words}`));
  }
});

test('OnFailure: what was stopped for its probe’s sake runs again, however politely it ended', async () => {
  let sick = true;
  const rig = new Rig();
  rig.world.exec = () => (sick ? fails : passes);
  rig.world.stop = (id) => rig.world.exit(id, 0);
  rig.boot();
  await rig.host.elapse(100);
  const livenessProbe = { ...exec, periodSeconds: 1, failureThreshold: 1 };
  await order(rig, podA({ livenessProbe }, { restartPolicy: 'OnFailure' }));
  sick = false;
  await rig.host.elapse(12_000);
  assert.equal(web(rig).restartCount, 2);
  assert.equal(rig.world.running().length, 1);
});

test('initialDelaySeconds counts from the container’s start', async () => {
  const rig = new Rig();
  let asked = 0;
  rig.world.exec = () => {
    asked += 1;
    return passes;
  };
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ readinessProbe: { ...exec, initialDelaySeconds: 5 } }));
  await rig.host.elapse(3_000);
  assert.deepEqual([asked, isReady(rig)], [0, false]);
  await rig.host.elapse(2_000);
  assert.deepEqual([asked, isReady(rig)], [1, true]);
});

test('what cannot be tried is told, and says nothing of the container', async () => {
  const rig = new Rig();
  rig.world.exec = () => {
    throw new RuntimeError('spec', 'exec: "check": executable file not found in $PATH');
  };
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ livenessProbe: { ...exec, periodSeconds: 1, failureThreshold: 1 } }));
  await rig.host.elapse(20_000);
  assert.equal(web(rig).restartCount, 0);
  const words =
    'Unhealthy Liveness probe errored and resulted in unknown state: exec: "check": executable file not found in $PATH';
  assert.ok(told(rig).includes(words));
});

test('HTTP and TCP go to the pod’s address, to a port by its name', async () => {
  const checks: object[] = [];
  const rig = new Rig();
  rig.world.answer = (check) => {
    checks.push(check);
    return { outcome: 'success', output: '' };
  };
  rig.boot();
  await rig.host.elapse(100);
  const ports = [{ name: 'http', containerPort: 8080 }];
  const httpHeaders = [{ name: 'X-A', value: 'b' }];
  await order(
    rig,
    podA({
      ports,
      readinessProbe: { httpGet: { port: 'http', path: 'well?x=1', scheme: 'HTTPS', httpHeaders } },
      livenessProbe: { tcpSocket: { port: 9 } },
    }),
  );
  const host = '10.42.1.2';
  assert.deepEqual(checks, [
    { host, port: 9 },
    { scheme: 'https', host, port: 8080, path: '/well?x=1', headers: httpHeaders },
  ]);
});

test('G5: over a restart of the agent a ready container stays ready, and one that is not does not become it', async () => {
  let well = true;
  const rig = await rigWith();
  rig.world.exec = () => (well ? passes : fails);
  const probe = { ...exec, periodSeconds: 10, failureThreshold: 1 };
  await order(rig, podA({ readinessProbe: probe, startupProbe: probe, lifecycle: { postStart: exec } }));
  assert.equal(isReady(rig), true);
  const execs = (): number => rig.world.effects.filter((name) => name.startsWith('exec')).length;
  const before = execs();
  rig.kill();
  rig.boot();
  await rig.host.elapse(20);
  well = false;
  assert.equal(execs(), before, 'the hook is not run again, and the probes come within their period');
  assert.equal(isReady(rig), true);
  await rig.host.elapse(10_000);
  assert.equal(isReady(rig), false, 'until its probe says otherwise');
  rig.kill();
  rig.boot();
  await rig.host.elapse(20);
  assert.equal(isReady(rig), false);
  assert.ok(rig.reports('a').every(({ status }) => JSON.stringify(status).includes('"started":true')));
  assert.equal(rig.world.running()[0]?.starts, 1);
});

test('G5: over a restart of the agent no condition changes, nor its time, nor the address', async () => {
  let well = true;
  const rig = await rigWith();
  rig.world.exec = () => (well ? passes : fails);
  const probe = { ...exec, initialDelaySeconds: 3, periodSeconds: 3, failureThreshold: 1 };
  await order(rig, podA({ readinessProbe: probe }));
  const since = async (): Promise<unknown> => {
    await rig.host.elapse(1_000);
    const { conditions = [], podIP } = statusOf(rig);
    return [podIP, ...conditions.map((each) => [each.type, each.status, each.lastTransitionTime])];
  };
  const restart = (): void => {
    rig.kill();
    rig.boot();
  };
  const unready = await since();
  restart();
  assert.deepEqual(await since(), unready, 'before its first probe');
  await rig.host.elapse(10_000);
  assert.equal(isReady(rig), true);
  const ready = await since();
  restart();
  assert.deepEqual(await since(), ready, 'ready since its probe passed, not since it runs');
  assert.ok(rig.reports('a').every(({ status }) => status['podIP'] !== undefined));
  well = false;
  await rig.host.elapse(20_000);
  assert.equal(isReady(rig), false);
  const sick = await since();
  restart();
  assert.deepEqual(await since(), sick, 'not ready since its probe failed');
});

test('a pod that is told to go is asked for its readiness alone', async () => {
  const rig = await rigWith();
  const asked: string[] = [];
  rig.world.exec = ([name = '']) => {
    asked.push(name);
    return passes;
  };
  rig.world.stop = () => new Promise(() => {});
  const probe = (name: string): object => ({ exec: { command: [name] }, periodSeconds: 1 });
  await order(rig, podA({ livenessProbe: probe('alive'), readinessProbe: probe('ready') }));
  rig.want();
  await rig.host.elapse(100);
  asked.length = 0;
  await rig.host.elapse(5_000);
  assert.deepEqual([...new Set(asked)], ['ready']);
});

test('a container that is being stopped, or has ended, is not blamed for what it does not answer', async () => {
  const rig = new Rig();
  rig.world.exec = () => fails;
  rig.boot();
  await rig.host.elapse(100);
  const readinessProbe = { ...exec, periodSeconds: 1 };
  await order(rig, podA({ readinessProbe }, { terminationGracePeriodSeconds: 100 }));
  rig.world.stop = () => new Promise(() => {});
  const complaints = (): number => told(rig).filter((text) => text.startsWith('Unhealthy')).length;
  rig.want();
  await rig.host.elapse(500);
  const before = complaints();
  assert.ok(before > 0);
  await rig.host.elapse(5_000);
  assert.equal(complaints(), before);
});
