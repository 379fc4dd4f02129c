import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage, pod, politeScript, shell, stream } from './fixture/objects.ts';
import { containerIds, firstContainer, getPod, podShows, readyAddress, shownStatus } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

const create = (...objects: Parameters<typeof stream>[0]): Promise<string> =>
  bramble.kubectl('create -f -', stream(objects));

const exec = (script: string): object => ({ exec: { command: ['sh', '-c', script] } });
const often = { periodSeconds: 1 };

/** What describe shows under Events, once it shows this. */
function eventsOf(name: string, wanted: RegExp): Promise<string> {
  return eventually(`an event of ${name} like ${wanted}`, async () => {
    const described = await bramble.kubectl(['describe', 'pod', name]);
    const events = described.slice(described.indexOf('\nEvents:'));
    return wanted.test(events) ? events : undefined;
  });
}

describe('probes', () => {
  test('startup, liveness and readiness by exec, HTTP and TCP: nothing is warned about, and the pod gets ready', async () => {
    const web = {
      name: 'web',
      image: helloImage,
      ports: [{ name: 'http', containerPort: 8080 }],
      startupProbe: { tcpSocket: { port: 'http' }, ...often },
      livenessProbe: { ...exec('true'), ...often },
      readinessProbe: { httpGet: { path: '/', port: 'http' }, ...often },
    };
    const { stderr } = await bramble.client('kubectl', 'create -f -', stream([pod('well', [web])]));
    assert.equal(stderr, '');
    await readyAddress(bramble, 'well');
    assert.equal(firstContainer(await getPod(bramble, 'well'))?.started, true);
  });

  test('readiness makes the pod ready and not ready, and restarts nothing', async () => {
    const turns = 'mkdir -p /tmp; while :; do sleep 4; touch /tmp/ready; sleep 4; rm /tmp/ready; done';
    const readinessProbe = {
      ...exec('test -f /tmp/ready || { echo closed; exit 1; }'),
      ...often,
      failureThreshold: 2,
    };
    await create(pod('turns', [shell('main', turns, { readinessProbe })]));
    const ready = (wanted: string) =>
      podShows(bramble, 'turns', `Ready ${wanted}`, ({ status }) =>
        status?.conditions?.find(({ type, status: now }) => type === 'Ready' && now === wanted),
      );
    await ready('True');
    assert.equal((await ready('False')).reason, 'ContainersNotReady');
    assert.match(await eventsOf('turns', /Unhealthy/), /Warning +Unhealthy .*Readiness probe failed: closed/);
    assert.equal(firstContainer(await getPod(bramble, 'turns'))?.restartCount, 0);
  });

  test('a connection that is refused is told with its address', async () => {
    const readinessProbe = { httpGet: { port: 9, path: '/x' }, ...often };
    await create(pod('refused', [{ name: 'main', image: helloImage, readinessProbe }]));
    const events = await eventsOf('refused', /Unhealthy/);
    assert.match(events, /Get "http:\/\/[\d.]+:9\/x": dial tcp [\d.]+:9: connect: connection refused/);
  });

  test('a liveness probe that fails restarts the container, and the events say why, in their order', async () => {
    const dies = 'mkdir -p /tmp; touch /tmp/alive; sleep 3; rm /tmp/alive; exec sleep 1000';
    const livenessProbe = { ...exec('test -f /tmp/alive'), ...often, failureThreshold: 2 };
    const main = shell('main', dies, {
      livenessProbe: { ...livenessProbe, terminationGracePeriodSeconds: 1 },
    });
    await create(pod('dies', [main]));
    const found = await podShows(bramble, 'dies', 'a restart', (each) =>
      (firstContainer(each)?.restartCount ?? 0) > 0 ? each : undefined,
    );
    assert.equal(firstContainer(found)?.lastState?.terminated?.exitCode, 137);
    const events = await eventsOf('dies', /Started .*\(x2/);
    assert.match(events, /Unhealthy .*Liveness probe failed/);
    assert.match(events, /Killing .*Container main failed liveness probe, will be restarted/);
    const reasons = [...events.matchAll(/^ +(?:Normal|Warning) +(\w+)/gm)].map(([, reason]) => reason);
    assert.equal(reasons[0], 'Scheduled');
    const last = reasons.slice(-3);
    assert.deepEqual(last, ['Pulled', 'Created', 'Started'], events);
  });
});

describe('init containers and sidecars', () => {
  test('run in their order, are shown as Kubernetes shows them, and the sidecar ends last', async () => {
    const initContainers = [
      shell('one', 'sleep 2'),
      shell('side', `mkdir -p /tmp; sleep 2; touch /tmp/up; ${politeScript}`, {
        restartPolicy: 'Always',
        startupProbe: { ...exec('test -f /tmp/up'), ...often, failureThreshold: 30 },
      }),
      shell('two', 'sleep 2'),
    ];
    await create(pod('ordered', [shell('main', politeScript)], { initContainers }));
    const seen = new Set<string>();
    await eventually('the pod running', async () => {
      seen.add(await shownStatus(bramble, 'ordered'));
      return seen.has('Running') || undefined;
    });
    for (const status of ['Init:0/3', 'Init:1/3', 'Init:2/3'])
      assert.ok(seen.has(status), [...seen].join(' '));
    await readyAddress(bramble, 'ordered');
    assert.match(await bramble.kubectl('get pod ordered --no-headers'), /^ordered +2\/2 /);
    const side = bramble.beside('kubectl', 'logs -f ordered -c side');
    await side.printed(/^up$/m);
    await bramble.kubectl('delete pod ordered');
    await side.printed(/^got TERM$/m);
    const { items } = JSON.parse(await bramble.kubectl('get events -o json')) as {
      items: { reason: string; message: string; involvedObject: { name: string } }[];
    };
    const killed = items.filter(
      ({ reason, involvedObject }) => reason === 'Killing' && involvedObject.name === 'ordered',
    );
    assert.deepEqual(
      killed.map(({ message }) => message),
      ['Stopping container main', 'Stopping container side'],
    );
  });

  test('an init container that fails: Init:CrashLoopBackOff, or Init:Error where nothing is tried again', async () => {
    const initContainers = [shell('bad', 'exit 5')];
    await create(
      pod('init-loops', [shell('main', politeScript)], { initContainers }),
      pod('init-fails', [shell('main', politeScript)], { initContainers, restartPolicy: 'Never' }),
    );
    const shown = (name: string, wanted: string): Promise<unknown> =>
      eventually(
        `${name} as ${wanted}`,
        async () => (await shownStatus(bramble, name)) === wanted || undefined,
      );
    await shown('init-loops', 'Init:CrashLoopBackOff');
    await shown('init-fails', 'Init:Error');
    const failed = await getPod(bramble, 'init-fails');
    assert.equal(failed.status?.phase, 'Failed');
    assert.equal(failed.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
  });
});

describe('hooks', () => {
  test('postStart is done before the pod runs; preStop comes before the signal', async () => {
    const lifecycle = {
      postStart: exec('sleep 1; echo greeted > /proc/1/fd/1'),
      preStop: exec('echo draining > /proc/1/fd/1; sleep 1'),
    };
    await create(pod('hooked', [shell('main', politeScript, { lifecycle })]));
    await readyAddress(bramble, 'hooked');
    const log = bramble.beside('kubectl', 'logs -f hooked');
    await log.printed(/^greeted$/m);
    await bramble.kubectl('delete pod hooked');
    await log.printed(/^got TERM$/m);
    assert.deepEqual(
      log.lines.filter((line) => line !== 'up'),
      ['greeted', 'draining', 'got TERM'],
    );
  });

  test('a hook that fails is told', async () => {
    await create(pod('rude', [shell('main', politeScript, { lifecycle: { postStart: exec('exit 1') } })]));
    const events = await eventsOf('rude', /BackOff/);
    assert.match(events, /Warning +FailedPostStartHook .*PostStartHook failed/);
    assert.match(events, /Killing /);
  });
});

describe('how a container ends', () => {
  test('it may say why in a file; of its log, where its pod wants that', async () => {
    const says = shell('says', 'echo -n no disk > /dev/termination-log; exit 3');
    const logs = shell('logs', 'echo out of paper; exit 4', {
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
    await create(pod('last-words', [says, logs], { restartPolicy: 'Never' }));
    const { status } = await podShows(bramble, 'last-words', 'its end', (found) =>
      found.status?.phase === 'Failed' ? found : undefined,
    );
    assert.deepEqual(
      status?.containerStatuses?.map(({ state }) => state?.terminated?.message),
      ['no disk', 'out of paper\n'],
    );
    assert.match(await bramble.kubectl('describe pod last-words'), /Message: +no disk/);
  });

  test('a program that is not there is tried again with back-off, each try counted', async () => {
    await create(pod('nothing', [{ name: 'main', image: helloImage, command: ['/no/such'] }]));
    const status = await podShows(bramble, 'nothing', 'CrashLoopBackOff', (found) => {
      const one = firstContainer(found);
      return one?.state?.waiting?.reason === 'CrashLoopBackOff' && one.restartCount > 0 ? one : undefined;
    });
    const { exitCode, reason, message } = status.lastState?.terminated ?? {};
    assert.deepEqual([exitCode, reason], [128, 'StartError']);
    assert.match(message ?? '', /no such file/);
    assert.match(await eventsOf('nothing', /BackOff/), /Failed .*Error: .*\/no\/such/);
  });
});

test('G5: an agent that is killed and comes back finds what was ready ready, and restarts nothing', async () => {
  await readyAddress(bramble, 'well');
  const transition = async (): Promise<unknown> =>
    (await getPod(bramble, 'well')).status?.conditions?.find(({ type }) => type === 'Ready');
  const [condition, ids] = [await transition(), (await containerIds(bramble))['well/web']];
  const columns = 'IP:.status.podIP,ATTACHED:.status.conditions[0].status,READY:.status.conditions[2].status';
  const shown = bramble.beside('kubectl', `get pod well --no-headers --watch -o custom-columns=${columns}`);
  await shown.printed(/^[\d.]+ +True +True/m);
  const agent = await bramble.pidOf('agent');
  process.kill(agent, 'SIGKILL');
  await eventually('another agent', async () => {
    const pid = await bramble.pidOf('agent').catch(() => undefined);
    return pid !== undefined && pid !== agent ? true : undefined;
  });
  // A pod that comes to run shows that the new one is at work.
  await create(pod('later', [{ name: 'main', image: helloImage }]));
  await readyAddress(bramble, 'later');
  assert.deepEqual(await transition(), condition);
  assert.equal((await containerIds(bramble))['well/web'], ids);
  assert.equal(new Set(shown.lines).size, 1, shown.lines.join('\n'));
});
