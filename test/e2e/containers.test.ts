import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { freePorts } from './fixture/machine.ts';
import { configMap, helloImage, pod, politeScript, secret, shell, stream } from './fixture/objects.ts';
import { curl, firstContainer, podShows, readyAddress, shownStatus } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

const create = (...objects: Parameters<typeof stream>[0]): Promise<string> =>
  bramble.kubectl('create -f -', stream(objects));

/** What a pod's first container printed, once it has printed its last line, `done`. */
async function printed(name: string): Promise<string> {
  await readyAddress(bramble, name);
  const follow = bramble.beside('kubectl', ['logs', '-f', name]);
  await follow.printed(/^done$/m);
  await follow.stop();
  return follow.output;
}

const stay = '; echo done; exec sleep 1000';

describe('what a container gets', () => {
  test('env: values, ConfigMaps, Secrets, the pod’s own fields and resources', async () => {
    const env = [
      { name: 'PLAIN', value: 'one two' },
      { name: 'EXPANDED', value: '$(PLAIN) three' },
      { name: 'SKY', valueFrom: { configMapKeyRef: { name: 'colours', key: 'sky' } } },
      { name: 'CODE', valueFrom: { secretKeyRef: { name: 'door', key: 'code' } } },
      { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'colours', key: 'sea', optional: true } } },
      ...[
        ['NAME', 'metadata.name'],
        ['NAMESPACE', 'metadata.namespace'],
        ['UID', 'metadata.uid'],
        ['LABEL', "metadata.labels['app']"],
        ['NODE', 'spec.nodeName'],
        ['POD_IP', 'status.podIP'],
        ['HOST_IP', 'status.hostIP'],
      ].map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
      { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
    ];
    const envFrom = [{ configMapRef: { name: 'colours' }, prefix: 'ALL_' }, { secretRef: { name: 'door' } }];
    const container = shell('main', `env${stay}`, {
      env,
      envFrom,
      resources: { limits: { memory: '32Mi' } },
    });
    const surroundings = {
      ...pod('surrounded', [container]),
      metadata: { name: 'surrounded', labels: { app: 'e2e' } },
    };
    await create(configMap('colours', { sky: 'blue' }), secret('door', { code: '4711' }), surroundings);
    const output = await printed('surrounded');
    const field = (path: string): Promise<string> =>
      bramble.kubectl(['get', 'pod', 'surrounded', '-o', `jsonpath={${path}}`]);
    for (const line of [
      'PLAIN=one two',
      'EXPANDED=one two three',
      'SKY=blue',
      'CODE=4711',
      'ALL_sky=blue',
      'code=4711',
      'NAME=surrounded',
      'NAMESPACE=default',
      'LABEL=e2e',
      `NODE=${bramble.node}`,
      `LIMIT=${32 * 1_048_576}`,
      `UID=${await field('.metadata.uid')}`,
      `POD_IP=${await field('.status.podIP')}`,
      `HOST_IP=${await field('.status.hostIP')}`,
      'HOSTNAME=surrounded',
    ])
      assert.ok(output.split('\n').includes(line), `${line} is not among\n${output}`);
    assert.doesNotMatch(output, /^ABSENT=/m);
  });

  test('volumes: configMap, secret in memory, emptyDir shared by two containers', async () => {
    const volumes = [
      { name: 'colours', configMap: { name: 'paint', items: [{ key: 'sky', path: 'deep/sky.txt' }] } },
      { name: 'door', secret: { secretName: 'lock', defaultMode: 0o400 } },
      { name: 'shared', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ];
    const volumeMounts = [
      { name: 'colours', mountPath: '/colours' },
      { name: 'door', mountPath: '/door', readOnly: true },
      { name: 'shared', mountPath: '/shared' },
      { name: 'memory', mountPath: '/memory' },
    ];
    const script = [
      'echo sky $(cat /colours/deep/sky.txt)',
      'echo code $(cat /door/code) $(stat -L -c %a /door/code)',
      'echo door is $(df /door | tail -1 | cut -d" " -f1)',
      'echo memory is $(df /memory | tail -1 | cut -d" " -f1)',
      'touch /door/x 2>/dev/null || echo door is read-only',
      'while ! [ -s /shared/note ]; do sleep 0.1; done',
      'echo note $(cat /shared/note)',
    ].join('; ');
    const writer = shell('writer', 'echo from the writer > /shared/note; exec sleep 1000', {
      volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
    });
    await create(
      configMap('paint', { sky: 'grey' }),
      secret('lock', { code: '1234' }),
      pod('stored', [shell('main', script + stay, { volumeMounts }), writer], { volumes }),
    );
    await readyAddress(bramble, 'stored');
    const follow = bramble.beside('kubectl', 'logs -f stored -c main');
    await follow.printed(/^done$/m);
    const expected = [
      'sky grey',
      'code 1234 400',
      'door is tmpfs',
      'memory is tmpfs',
      'door is read-only',
      'note from the writer',
    ];
    assert.deepEqual(follow.lines.slice(0, -1), expected);
    await follow.stop();
  });

  test('several containers share localhost and the pod’s hostname', async () => {
    const client = shell('client', `until wget -q -O - http://127.0.0.1:8080; do sleep 0.2; done${stay}`);
    await create(pod('pair', [client, { name: 'server', image: helloImage }]));
    assert.match(await printed('pair'), /^Hello from pair$/m);
  });

  test('memory and CPU limits are in the kernel’s books', async () => {
    const read = (files: string): string => `cat ${files} 2>/dev/null`;
    const script = [
      `echo memory $(${read('/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes')})`,
      `echo cpu $(${read('/sys/fs/cgroup/cpu.max')} || ${read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us')})`,
    ].join('; ');
    const resources = { limits: { memory: '48Mi', cpu: '250m' } };
    await create(pod('limited', [shell('main', script + stay, { resources })]));
    const output = await printed('limited');
    assert.match(output, new RegExp(`^memory ${48 * 1_048_576}$`, 'm'));
    assert.match(output, /^cpu 25000 100000$/m);
  });

  test('a host port leads to the pod', async () => {
    const [hostPort = 0] = await freePorts(1);
    await create(
      pod('ported', [{ name: 'web', image: helloImage, ports: [{ containerPort: 8080, hostPort }] }]),
    );
    const address = await readyAddress(bramble, 'ported');
    assert.equal(await curl(bramble, `http://127.0.0.1:${hostPort}`), 'Hello from ported\n');
    assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from ported\n');
    await create(
      pod('rival', [{ name: 'web', image: helloImage, ports: [{ containerPort: 8080, hostPort }] }]),
    );
    await podShows(bramble, 'rival', 'a condition that says why', ({ status }) =>
      status?.conditions?.find(
        ({ type, message }) => type === 'PodScheduled' && message?.includes('free ports'),
      ),
    );
  });

  test('runAsUser, read-only root, dropped capabilities', async () => {
    const securityContext = {
      runAsUser: 1_000,
      runAsGroup: 2_000,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    const script = `echo $(id -u):$(id -g); touch /x || echo root is read-only; grep CapBnd /proc/self/status`;
    await create(pod('modest', [shell('main', script + stay, { securityContext })]));
    const output = await printed('modest');
    assert.match(output, /^1000:2000$/m);
    assert.match(output, /^root is read-only$/m);
    assert.match(output, /^CapBnd:\s+0+$/m);
  });
});

describe('how a container ends', () => {
  before(() =>
    create(
      pod('completes', [shell('main', 'echo bye')], { restartPolicy: 'Never' }),
      pod('errs', [shell('main', 'exit 7')], { restartPolicy: 'Never' }),
      pod('crashes', [shell('main', 'echo once more; exit 3')]),
      pod('retries', [shell('main', 'if [ -f /kept/x ]; then exit 0; fi; touch /kept/x; exit 1', kept)], {
        restartPolicy: 'OnFailure',
        volumes: [{ name: 'kept', emptyDir: {} }],
      }),
      pod('hungry', [shell('main', 'tail /dev/zero', { resources: { limits: { memory: '16Mi' } } })], {
        restartPolicy: 'Never',
      }),
      pod('absent', [{ name: 'main', image: '127.0.0.1:1/absent:1' }]),
      pod('never-pulls', [{ name: 'main', image: '127.0.0.1:1/absent:1', imagePullPolicy: 'Never' }]),
      pod('overdue', [shell('main', politeScript)], { activeDeadlineSeconds: 2 }),
      pod('nothing-to-run', [{ name: 'main', image: helloImage, command: ['/bin/no-such-program'] }]),
      pod('waits-for-config', [
        shell('main', 'env; sleep 1000', { envFrom: [{ configMapRef: { name: 'late' } }] }),
      ]),
    ),
  );
  const kept = { volumeMounts: [{ name: 'kept', mountPath: '/kept' }] };

  test('Completed', async () => {
    const ended = await podShows(bramble, 'completes', 'Succeeded', ({ status }) =>
      status?.phase === 'Succeeded' ? status.containerStatuses?.[0]?.state?.terminated : undefined,
    );
    assert.equal(ended.exitCode, 0);
    assert.equal(ended.reason, 'Completed');
    assert.equal(await shownStatus(bramble, 'completes'), 'Completed');
    assert.equal(await bramble.kubectl('logs completes'), 'bye\n');
  });

  test('Error, with the exit code', async () => {
    const ended = await podShows(bramble, 'errs', 'Failed', ({ status }) =>
      status?.phase === 'Failed' ? status.containerStatuses?.[0]?.state?.terminated : undefined,
    );
    assert.equal(ended.exitCode, 7);
    assert.equal(await shownStatus(bramble, 'errs'), 'Error');
  });

  test('CrashLoopBackOff, with restarts, the last exit code and the log of the attempt before', async () => {
    const crashing = await podShows(bramble, 'crashes', 'CrashLoopBackOff', (found) => {
      const status = firstContainer(found);
      return status?.state?.waiting?.reason === 'CrashLoopBackOff' && status.restartCount > 0
        ? status
        : undefined;
    });
    assert.match(
      crashing.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=crashes_default/,
    );
    assert.equal(crashing.lastState?.terminated?.exitCode, 3);
    assert.equal(await shownStatus(bramble, 'crashes'), 'CrashLoopBackOff');
    assert.equal(await bramble.kubectl('logs crashes --previous'), 'once more\n');
    assert.match(await bramble.kubectl('describe pod crashes'), /BackOff .*restarting failed container/);
    const again = await podShows(bramble, 'crashes', 'the next restart', (found) =>
      (firstContainer(found)?.restartCount ?? 0) > crashing.restartCount ? found : undefined,
    );
    assert.equal(again.status?.phase, 'Running');
  });

  test('OnFailure runs again what failed, with the same emptyDir', async () => {
    const found = await podShows(bramble, 'retries', 'Succeeded', (each) =>
      each.status?.phase === 'Succeeded' ? each : undefined,
    );
    assert.equal(firstContainer(found)?.restartCount, 1);
  });

  test('OOMKilled', async () => {
    const ended = await podShows(
      bramble,
      'hungry',
      'its end',
      (found) => firstContainer(found)?.state?.terminated,
    );
    assert.equal(ended.reason, 'OOMKilled');
    assert.equal(ended.exitCode, 137);
    assert.equal(await shownStatus(bramble, 'hungry'), 'OOMKilled');
  });

  test('ImagePullBackOff, with the reason', async () => {
    const waiting = await podShows(bramble, 'absent', 'ImagePullBackOff', (found) => {
      const state = firstContainer(found)?.state?.waiting;
      return state?.reason === 'ImagePullBackOff' ? state : undefined;
    });
    assert.match(waiting.message ?? '', /127\.0\.0\.1:1\/absent:1/);
    assert.match(await bramble.kubectl('describe pod absent'), /Failed .*connection refused/s);
    const never = await podShows(bramble, 'never-pulls', 'ErrImageNeverPull', (found) => {
      const state = firstContainer(found)?.state?.waiting;
      return state?.reason === 'ErrImageNeverPull' ? state : undefined;
    });
    assert.match(never.message ?? '', /not present with pull policy of Never/);
  });

  test('activeDeadlineSeconds ends the pod', async () => {
    const found = await podShows(bramble, 'overdue', 'Failed', (each) =>
      each.status?.phase === 'Failed' ? each : undefined,
    );
    assert.equal(found.status?.reason, 'DeadlineExceeded');
  });

  test('a program that is not there is named', async () => {
    const message = await podShows(bramble, 'nothing-to-run', 'the error', (found) => {
      const { state, lastState } = firstContainer(found) ?? {};
      return state?.waiting?.message ?? lastState?.terminated?.message;
    });
    assert.match(message, /no-such-program|back-off/);
  });

  test('a pod waits for a ConfigMap that is missing, says so, and runs when it comes', async () => {
    const waiting = await podShows(bramble, 'waits-for-config', 'why it waits', (found) => {
      const state = firstContainer(found)?.state?.waiting;
      return state?.reason === 'CreateContainerConfigError' ? state : undefined;
    });
    assert.match(waiting.message ?? '', /configmap "late" not found/);
    await create(configMap('late', { here: 'now' }));
    await readyAddress(bramble, 'waits-for-config');
    assert.match(await bramble.kubectl('logs waits-for-config'), /^here=now$/m);
  });
});
