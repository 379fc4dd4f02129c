import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { containerSpec, eventually, type RealPodman, realPodman } from '../../testing/real-podman.ts';
import { type ContainerSpec, type LogOptions, RuntimeError, type RuntimeEvent } from '../port.ts';

let podman: RealPodman;
before(async () => {
  podman = await realPodman();
});
after(() => podman.dispose());

const allLines: LogOptions = { follow: false, timestamps: false, tailLines: undefined, since: undefined };

async function runToEnd(spec: Partial<ContainerSpec> & { name: string }) {
  const { id } = await podman.runtime.create(containerSpec(spec));
  await podman.runtime.start(id);
  return ended(id);
}

const ended = (id: string) =>
  eventually(`the end of ${id}`, async () => {
    const view = await podman.runtime.inspect(id);
    return view?.state === 'exited' ? view : undefined;
  });

async function logText(id: string, options: Partial<LogOptions> = {}, stream?: 'stdout' | 'stderr') {
  let text = '';
  const chunks = podman.runtime.logs(id, { ...allLines, ...options }, new AbortController().signal);
  for await (const chunk of chunks) {
    if (stream === undefined || chunk.stream === stream) text += Buffer.from(chunk.bytes).toString();
  }
  return text;
}

async function errorOf(promise: Promise<unknown>): Promise<RuntimeError> {
  const error = await promise.then(
    () => assert.fail('it was no error'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RuntimeError, String(error));
  return error;
}

test('says which podman it is, and has the hello image', async () => {
  assert.match(await podman.runtime.version(), /^podman:\/\/\d+\.\d+\.\d+/);
  assert.equal(await podman.runtime.imagePresent('localhost/bramble/hello:1'), true);
  assert.equal(await podman.runtime.imagePresent('localhost/bramble/absent:1'), false);
});

test('a container runs with what it was given', async () => {
  const source = join(podman.dataDir, 'mounted');
  await mkdir(source);
  await writeFile(join(source, 'file'), 'mounted');
  const script = [
    'echo "$BERRY $(hostname) $(pwd) $(id -u):$(id -g) $0 $1"',
    'cat /in/file; echo',
    'touch /in/new 2>/dev/null || echo read-only mount',
    'touch /new 2>/dev/null || echo read-only root',
  ].join('\n');
  const view = await runToEnd({
    name: 'given',
    command: ['sh', '-c'],
    args: [script, 'zero', 'one'],
    env: [
      { name: 'BERRY', value: 'black' },
      { name: 'BERRY', value: 'blue' },
    ],
    workingDir: '/tmp',
    hostname: 'given-host',
    user: 1000,
    group: 2000,
    readOnlyRoot: true,
    cpuRequestMilli: 100,
    labels: { 'bramble.dev/pod': 'given' },
    mounts: [{ source, target: '/in', readOnly: true }],
  });
  assert.equal(view.exitCode, 0);
  assert.deepEqual(view.labels, { 'bramble.dev/pod': 'given' });
  assert.ok(Date.parse(view.startedAt) <= Date.parse(view.finishedAt));
  const lines = (await logText(view.id)).split('\n');
  assert.deepEqual(lines, [
    'blue given-host /tmp 1000:2000 zero one',
    'mounted',
    'read-only mount',
    'read-only root',
    '',
  ]);
});

test('the limits reach the kernel', async () => {
  const { id } = await podman.runtime.create(
    containerSpec({
      name: 'limited',
      command: ['sleep', '1000'],
      cpuLimitMilli: 250,
      memoryLimitBytes: 67_108_864,
    }),
  );
  await podman.runtime.start(id);
  const pid = (await podman.runtime.inspect(id))?.pid ?? 0;
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8');
  const group = (controller: string) => new RegExp(`:(?:${controller}|):(.*)`).exec(groups)?.[1] ?? '';
  const read = (v1: string, v2: string) =>
    readFile(`/sys/fs/cgroup/${v1}`, 'utf8').catch(() => readFile(`/sys/fs/cgroup${v2}`, 'utf8'));
  const cpu = await read(`cpu${group('cpu')}/cpu.cfs_quota_us`, `${group('')}/cpu.max`);
  const memory = await read(`memory${group('memory')}/memory.limit_in_bytes`, `${group('')}/memory.max`);
  assert.match(cpu, /^25000\b/);
  assert.equal(memory.trim(), '67108864');
  await podman.runtime.remove(id);
});

test('tells apart an exit code, a kill for want of memory, and a 137 that has another cause', async () => {
  const [failed, starved, killed] = await Promise.all([
    runToEnd({ name: 'failed', command: ['sh', '-c', 'exit 3'] }),
    runToEnd({ name: 'starved', command: ['tail', '/dev/zero'], memoryLimitBytes: 33_554_432 }),
    runToEnd({ name: 'killed', command: ['sh', '-c', 'exit 137'] }),
  ]);
  assert.deepEqual([failed.exitCode, failed.outOfMemory], [3, false]);
  assert.deepEqual([starved.exitCode, starved.outOfMemory], [137, true]);
  assert.deepEqual([killed.exitCode, killed.outOfMemory], [137, false]);
});

test('logs: both streams, unfinished lines, tail, since, timestamps', async () => {
  const view = await runToEnd({
    name: 'talker',
    command: ['sh', '-c', 'echo one; echo two >&2; printf thr; sleep 0.2; echo ee; echo four'],
  });
  assert.equal(await logText(view.id, {}, 'stdout'), 'one\nthree\nfour\n');
  assert.equal(await logText(view.id, {}, 'stderr'), 'two\n');
  assert.equal(await logText(view.id, { tailLines: 1 }), 'four\n');
  assert.equal(await logText(view.id, { tailLines: 0 }), '');
  assert.equal(await logText(view.id, { since: '2999-01-01T00:00:00Z' }), '');
  const stamped = (await logText(view.id, { timestamps: true }, 'stdout')).trimEnd().split('\n');
  assert.equal(stamped.length, 3);
  for (const line of stamped) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (one|three|four)$/);
});

test('following a log ends with the container', async () => {
  const { id } = await podman.runtime.create(
    containerSpec({ name: 'followed', command: ['sh', '-c', 'echo first; sleep 0.5; echo last'] }),
  );
  await podman.runtime.start(id);
  assert.equal(await logText(id, { follow: true }), 'first\nlast\n');
});

test('following a log ends when the reader gives up', async () => {
  const { id } = await podman.runtime.create(
    containerSpec({ name: 'endless', command: ['sh', '-c', 'echo first; exec sleep 1000'] }),
  );
  await podman.runtime.start(id);
  const abort = new AbortController();
  let text = '';
  for await (const chunk of podman.runtime.logs(id, { ...allLines, follow: true }, abort.signal)) {
    text += Buffer.from(chunk.bytes).toString();
    abort.abort();
  }
  assert.equal(text, 'first\n');
  await podman.runtime.remove(id);
});

test('stopping: SIGTERM is heard, what is deaf is killed, less grace overtakes more', async () => {
  const start = async (name: string, script: string) => {
    const { id } = await podman.runtime.create(containerSpec({ name, command: ['sh', '-c', script] }));
    await podman.runtime.start(id);
    return id;
  };
  const hears = await start('hears', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
  await eventually('the trap', async () => ((await logText(hears)).includes('ready') ? true : undefined));
  await podman.runtime.stop(hears, 30);
  assert.equal((await ended(hears)).exitCode, 7);

  const deaf = await start('deaf', 'trap "" TERM; sleep 1000');
  await podman.runtime.stop(deaf, 1);
  assert.equal((await ended(deaf)).exitCode, 137);

  const hurried = await start('hurried', 'trap "" TERM; echo ready; sleep 1000');
  const patient = podman.runtime.stop(hurried, 600);
  await eventually('SIGTERM being sent', async () => ((await logText(hurried)) === '' ? undefined : true));
  await podman.runtime.stop(hurried, 0);
  await patient;
  assert.equal((await podman.runtime.inspect(hurried))?.state, 'exited');
});

test('stopping or removing what is not there, or not running, is no error', async () => {
  const { id } = await podman.runtime.create(containerSpec({ name: 'never-started' }));
  await podman.runtime.stop(id, 5);
  await podman.runtime.remove(id);
  await podman.runtime.remove(id);
  await podman.runtime.stop(id, 5);
  assert.equal(await podman.runtime.inspect(id), undefined);
});

test('creating again finds the container; starting again changes nothing', async () => {
  const spec = containerSpec({ name: 'twice', command: ['sleep', '1000'] });
  const first = await podman.runtime.create(spec);
  assert.deepEqual(await podman.runtime.create(spec), first);
  await podman.runtime.start(first.id);
  const pid = (await podman.runtime.inspect(first.id))?.pid;
  await podman.runtime.start(first.id);
  assert.equal((await podman.runtime.inspect(first.id))?.pid, pid);
  await podman.runtime.remove(first.id);
});

test('what cannot run says why', async () => {
  const missing = await podman.runtime.create(
    containerSpec({ name: 'missing', command: ['no-such-program'] }),
  );
  const error = await errorOf(podman.runtime.start(missing.id));
  assert.equal(error.reason, 'spec');
  assert.match(error.message, /no-such-program.*not found/);
  assert.equal((await podman.runtime.inspect(missing.id))?.error, error.message);

  const image = await errorOf(
    podman.runtime.create(containerSpec({ name: 'no-image', image: 'localhost/none' })),
  );
  assert.equal(image.reason, 'image');
  const mounts = [{ source: '/nowhere/at/all', target: '/x', readOnly: true }];
  const mount = await errorOf(podman.runtime.create(containerSpec({ name: 'no-mount', mounts })));
  assert.equal(mount.reason, 'spec');
  assert.match(mount.message, /\/nowhere\/at\/all/);
  assert.equal((await errorOf(podman.runtime.start('0'.repeat(64)))).reason, 'gone');
});

test('a pull that fails has the words of who refused it', async () => {
  const error = await errorOf(podman.runtime.pull('127.0.0.1:1/team/app', undefined));
  assert.equal(error.reason, 'image');
  assert.match(error.message, /127\.0\.0\.1:1.*connection refused/s);
});

test('events tell the life of a container', async () => {
  const events: RuntimeEvent[] = [];
  const stop = podman.runtime.events(
    (event) => events.push(event),
    (reason) => assert.fail(reason),
  );
  const view = await runToEnd({ name: 'short', command: ['true'], labels: { 'bramble.dev/pod': 'short' } });
  await podman.runtime.remove(view.id);
  const types = () => events.filter((event) => event.id === view.id).map((event) => event.type);
  await eventually('its removal', async () => (types().includes('removed') ? true : undefined));
  stop();
  assert.deepEqual(types(), ['created', 'started', 'exited', 'removed']);
  assert.deepEqual(events.find((event) => event.id === view.id)?.labels, { 'bramble.dev/pod': 'short' });
});

test('the hello image serves its hostname and ends promptly', async () => {
  const { id } = await podman.runtime.create(
    containerSpec({ name: 'hello', hostname: 'hello-pod', env: [{ name: 'PORT', value: '18481' }] }),
  );
  await podman.runtime.start(id);
  const body = await eventually('an answer', async () => {
    const response = await fetch('http://127.0.0.1:18481/').catch(() => undefined);
    return response?.text();
  });
  assert.equal(body, 'Hello from hello-pod\n');
  await podman.runtime.stop(id, 600);
  assert.equal((await ended(id)).exitCode, 0);
  assert.match(await logText(id), /hello-pod: listening on port 18481/);
});

test('lists its own containers, with what inspect says of each', async () => {
  const { id } = await podman.runtime.create(containerSpec({ name: 'listed', labels: { a: 'b' } }));
  const found = (await podman.runtime.list()).find((container) => container.id === id);
  assert.deepEqual(found, await podman.runtime.inspect(id));
  assert.equal(found?.state, 'created');
  assert.match(found?.imageId ?? '', /^sha256:[0-9a-f]{64}$/);
});
