import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { podRemains } from './fixture/board.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage, pod, politeScript, shell, stream } from './fixture/objects.ts';
import { curl, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

describe('the first pod', () => {
  test('up ends its start with `Bramble is ready` and what to type next', () => {
    const { output } = bramble.up;
    const after = output.slice(output.indexOf('Bramble is ready'));
    for (const line of [
      'source ',
      'kubectl create -f examples/hello.yaml',
      'bramble trace pod/hello',
      'mosquitto_sub ',
    ])
      assert.ok(after.includes(line), `no "${line}" in\n${after}`);
  });

  test('kubectl create -f examples/hello.yaml: get -w shows Pending, then Running with node and address', async () => {
    const watch = bramble.beside('kubectl', 'get pods -o wide --watch --no-headers');
    assert.equal(await bramble.kubectl('create -f examples/hello.yaml'), 'pod/hello created\n');
    await watch.printed(/^hello .* Running .*/m);
    await watch.stop();
    const states = watch.lines.map((line) => line.split(/\s+/));
    assert.equal(states[0]?.[2], 'Pending');
    const [name, ready, status, restarts, , address = '', node] = states.at(-1) ?? [];
    assert.deepEqual([name, ready, status, restarts, node], ['hello', '1/1', 'Running', '0', bramble.node]);
    assert.ok(address.startsWith(bramble.place.clusterCidr.replace('0.0/16', '')), address);
  });

  test('curl http://<pod-ip>:8080 answers', async () => {
    assert.equal(
      await curl(bramble, `http://${await readyAddress(bramble, 'hello')}:8080`),
      'Hello from hello\n',
    );
  });

  test('get -o yaml, json, name, wide, jsonpath', async () => {
    assert.match(await bramble.kubectl('get pod hello -o yaml'), /^ {2}phase: Running$/m);
    const read = JSON.parse(await bramble.kubectl('get pod hello -o json'));
    assert.equal(read.status.containerStatuses[0].restartCount, 0);
    assert.match(read.status.containerStatuses[0].containerID, /^podman:\/\/[0-9a-f]{64}$/);
    assert.equal(await bramble.kubectl('get pods -o name'), 'pod/hello\n');
    assert.match(await bramble.kubectl('get pods -o wide'), new RegExp(`^hello .* ${bramble.node} `, 'm'));
    const status = await bramble.kubectl([
      'get',
      'pod',
      'hello',
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.qosClass}',
    ]);
    assert.equal(status, 'True Burstable');
  });

  test('describe shows its events: Scheduled, Created, Started', async () => {
    const described = await eventually('the event Started', async () => {
      const text = await bramble.kubectl('describe pod hello');
      return text.includes('Started container web') ? text : undefined;
    });
    assert.match(described, new RegExp(`Scheduled .*Successfully assigned default/hello to ${bramble.node}`));
    assert.match(described, /Created .*Created container: web/);
    assert.match(described, /^Node: +e2e-board\//m);
    assert.match(await bramble.kubectl('get events'), /Scheduled +pod\/hello/);
  });

  test('get nodes -o wide, describe node', async () => {
    const [heading = '', line = ''] = (await bramble.kubectl('get nodes -o wide')).split('\n');
    assert.match(heading, /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP .*CONTAINER-RUNTIME/);
    assert.match(line, /^e2e-board +Ready +<none> +\S+ +v1\.\S+ +[\d.]+ .*podman:\/\/\d/);
    const described = await bramble.kubectl('describe node e2e-board');
    assert.match(described, /^ {2}Ready +True /m);
    assert.match(described, /^ {2}default +hello +50m /m);
  });

  test('bramble trace pod/hello prints the eight steps', async () => {
    const trace = await bramble.bramble('trace pod/hello');
    const steps = ['client', 'api server', 'store', 'scheduler', 'agent', 'runtime', 'lifecycle', 'network'];
    for (const [index, step] of steps.entries())
      assert.match(trace, new RegExp(`^${index + 1} ${step} +\\d+ +\\+\\d+ +\\S`, 'm'));
    assert.doesNotMatch(trace, /not reached yet/);
  });

  test('apply changes labels in place, and the container stays', async () => {
    const before = await bramble.kubectl(
      'get pod hello -o jsonpath={.status.containerStatuses[0].containerID}',
    );
    const labelled = (await bramble.client('cat', ['examples/hello.yaml'])).stdout.replace(
      'app: hello',
      'app: hello\n    tier: front',
    );
    assert.match(await bramble.kubectl('apply -f -', { input: labelled }), /pod\/hello configured/);
    assert.equal(await bramble.kubectl('apply -f -', { input: labelled }), 'pod/hello unchanged\n');
    assert.equal(await bramble.kubectl('get pods -l tier=front -o name'), 'pod/hello\n');
    assert.equal(
      await bramble.kubectl('get pod hello -o jsonpath={.status.containerStatuses[0].containerID}'),
      before,
    );
    const other = labelled.replace('containerPort: 8080', 'containerPort: 9090');
    assert.match(
      await bramble.kubectlRefuses('apply -f -', { input: other }),
      /spec: Forbidden: pod updates may not change fields other than/,
    );
  });

  test('run, wait, and delete', async () => {
    assert.equal(
      await bramble.kubectl(['run', 'quick', `--image=${helloImage}`, '--env=PORT=9000']),
      'pod/quick created\n',
    );
    assert.match(
      await bramble.kubectl('wait pod/quick --for=condition=Ready --timeout=30s'),
      /^pod\/quick condition met/,
    );
    assert.equal(
      await curl(bramble, `http://${await readyAddress(bramble, 'quick')}:9000`),
      'Hello from quick\n',
    );
    const wait = bramble.beside('kubectl', 'wait pod/quick --for=delete --timeout=30s');
    assert.match(await bramble.kubectl('delete pod quick --timeout=30s'), /^pod "quick" deleted/);
    assert.equal(await wait.ended(), 0);
  });

  test('what Bramble does not have yet is named', async () => {
    const refused = (args: string, why: RegExp): Promise<void> =>
      bramble.kubectlRefuses(args).then((text) => assert.match(text, why));
    await refused('debug hello --image=x', /Bramble does not support ephemeral containers \(debug\) yet/);
    await refused('create quota q --hard=pods=1', /the server could not find the requested resource/);
    await refused('apply --server-side -f examples/hello.yaml', /server-side apply .* is not supported yet/);
  });
});

describe('logs', () => {
  before(async () => {
    const counting = 'for n in 1 2 3 4 5; do echo line $n; done; read go < /tmp/never; ';
    await bramble.kubectl(
      'create -f -',
      stream([
        pod('talker', [shell('talk', `mkfifo /tmp/never; ${counting}`), shell('other', politeScript)], {
          terminationGracePeriodSeconds: 1,
        }),
      ]),
    );
    await readyAddress(bramble, 'talker');
  });

  test('logs, --tail, --timestamps, --since', async () => {
    assert.equal(await bramble.kubectl('logs talker -c talk'), 'line 1\nline 2\nline 3\nline 4\nline 5\n');
    assert.equal(await bramble.kubectl('logs talker -c talk --tail=2'), 'line 4\nline 5\n');
    assert.match(
      await bramble.kubectl('logs talker -c talk --tail=1 --timestamps'),
      /^\d{4}-\d\d-\d\dT\S+(Z|\+00:00) line 5\n$/,
    );
    assert.equal(await bramble.kubectl('logs talker -c talk --since=1h --tail=1'), 'line 5\n');
    assert.equal(await bramble.kubectl('logs talker -c talk --since-time=2100-01-01T00:00:00Z'), '');
    assert.match(
      await bramble.kubectl('logs talker --all-containers --prefix'),
      /^\[pod\/talker\/talk\] line 1$/m,
    );
  });

  test('logs -f follows, and ends when the container does', async () => {
    const follow = bramble.beside('kubectl', 'logs -f talker -c other');
    await follow.printed(/^up$/m);
    await bramble.kubectl('delete pod talker --wait=false');
    assert.equal(await follow.ended(), 0);
    assert.deepEqual(follow.lines, ['up', 'got TERM']);
  });

  test('what cannot be had is said in Kubernetes’ words', async () => {
    assert.match(
      await bramble.kubectlRefuses('logs hello --previous'),
      /previous terminated container "web" in pod "hello" not found/,
    );
    assert.match(
      await bramble.kubectlRefuses('logs hello -c nobody'),
      /container nobody is not valid for pod hello/,
    );
    assert.match(await bramble.kubectlRefuses('logs nobody'), /pods "nobody" not found/);
  });
});

describe('delete', () => {
  test('the container gets SIGTERM; the pod is shown Terminating until it has ended', async () => {
    // It takes longer over its end than its grace allows.
    const ends = `trap 'echo got TERM; sleep 1000' TERM; echo up; while :; do sleep 1 & wait; done`;
    await bramble.kubectl(
      'create -f -',
      stream([pod('slow', [shell('main', ends)], { terminationGracePeriodSeconds: 2 })]),
    );
    await readyAddress(bramble, 'slow');
    const follow = bramble.beside('kubectl', 'logs -f slow');
    await follow.printed(/^up$/m);
    await bramble.kubectl('delete pod slow --wait=false');
    await follow.printed(/^got TERM$/m);
    assert.match(await bramble.kubectl('get pod slow --no-headers'), /^slow +1\/1 +Terminating /);
    await bramble.kubectl('wait pod/slow --for=delete --timeout=30s');
  });

  test('--grace-period is the grace', async () => {
    const deaf = pod('deaf', [shell('main', `trap '' TERM; echo up; while :; do sleep 1; done`)], {
      terminationGracePeriodSeconds: 3_600,
    });
    await bramble.kubectl('create -f -', stream([deaf]));
    await readyAddress(bramble, 'deaf');
    await bramble.kubectl('delete pod deaf --grace-period=1 --timeout=30s');
    assert.match(await bramble.kubectlRefuses('get pod deaf'), /not found/);
  });

  test('--force removes the object at once, and the board its container', async () => {
    const deafly = `trap '' TERM; while :; do sleep 1; done`;
    const stubborn = pod('stubborn', [shell('main', deafly)], { terminationGracePeriodSeconds: 1 });
    await bramble.kubectl('create -f -', stream([stubborn]));
    await readyAddress(bramble, 'stubborn');
    const forced = await bramble.client(
      'kubectl',
      'delete pod stubborn --force --grace-period=0 --timeout=20s',
    );
    assert.match(forced.stdout, /pod "stubborn" force deleted/);
    assert.match(await bramble.kubectlRefuses('get pod stubborn'), /not found/);
    await eventually('the end of its container', async () =>
      (await podRemains(bramble)).some((line) => line.includes('_stubborn_')) ? undefined : true,
    );
  });

  test('a pod deleted and created again under its name is another pod', async () => {
    const uid = (): Promise<string> => bramble.kubectl('get pod hello -o jsonpath={.metadata.uid}');
    const before = await uid();
    await bramble.kubectl('replace --force -f examples/hello.yaml --timeout=30s');
    await readyAddress(bramble, 'hello');
    assert.notEqual(await uid(), before);
  });

  test('delete namespace ends its pods', async () => {
    await bramble.kubectl('create namespace lab');
    await bramble.kubectl(['run', 'inside', `--image=${helloImage}`, '-n', 'lab']);
    await bramble.kubectl('wait pod/inside -n lab --for=condition=Ready --timeout=30s');
    await bramble.kubectl('delete namespace lab --timeout=40s');
    assert.match(await bramble.kubectlRefuses('get namespace lab'), /not found/);
    assert.doesNotMatch(await bramble.kubectl('get pods -A --no-headers'), /^lab /m);
  });
});

describe('what a pod leaves', () => {
  test('nothing, once it is deleted: no container, namespace, cable or file', async () => {
    await bramble.kubectl('delete pods --all --timeout=40s');
    let remains: string[] = [];
    await eventually(
      'an empty board',
      async () => {
        remains = await podRemains(bramble);
        return remains.length === 0 ? true : undefined;
      },
      { withinMs: 15_000, otherwise: () => remains.join('\n') },
    );
  });
});
