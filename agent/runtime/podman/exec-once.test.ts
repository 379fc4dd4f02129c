import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { containerSpec, eventually, type RealPodman, realPodman } from '../../testing/real-podman.ts';
import { type ContainerSpec, RuntimeError } from '../port.ts';
import { discardPidFiles } from './exec-once.ts';

let podman: RealPodman;
before(async () => {
  podman = await realPodman();
});
after(() => podman.dispose());

async function started(spec: Partial<ContainerSpec> & { readonly name: string }): Promise<string> {
  const { id } = await podman.runtime.create(containerSpec(spec));
  await podman.runtime.start(id);
  return id;
}

const sleeps = { command: ['sleep', '1000'] };
const exec = (id: string, script: string, timeoutMs = 20_000) =>
  podman.runtime.exec(id, ['sh', '-c', script], { timeoutMs });

test('a command runs as the container does: user, environment, working directory, limits', async () => {
  const id = await started({
    ...sleeps,
    name: 'surrounded',
    env: [{ name: 'BERRY', value: 'black' }],
    user: 1_000,
    group: 2_000,
    workingDir: '/tmp',
  });
  const script = 'echo "$BERRY $(id -u):$(id -g) $(pwd)"; echo oops >&2; exit 3';
  const { exitCode, output } = await exec(id, script);
  assert.equal(exitCode, 3);
  assert.deepEqual(output.trim().split('\n').sort(), ['black 1000:2000 /tmp', 'oops']);
});

test('output beyond 10 KiB is cut off, and the command still ends', async () => {
  const id = await started({ ...sleeps, name: 'talkative' });
  const { exitCode, output } = await exec(id, 'yes | head -c 300000');
  assert.deepEqual([exitCode, output.length], [0, 10_240]);
});

test('a command that does not end in time is killed; nothing of it is left', async () => {
  const id = await started({ ...sleeps, name: 'hanging' });
  assert.deepEqual(await exec(id, 'echo begun; exec sleep 777', 1_500), {
    exitCode: undefined,
    output: 'begun\n',
  });
  await eventually('the end of the command', async () => {
    const { output } = await exec(id, 'ps');
    return output.includes('sleep 777') ? undefined : true;
  });
  const left = (await readdir(podman.paths.run)).filter((name) => name.endsWith('.pid'));
  assert.deepEqual(left, ['service.pid']);
});

test('a command that leaves its output to a child has not ended, as with containerd; nor is it waited for', async () => {
  const id = await started({ ...sleeps, name: 'parent' });
  const { exitCode, output } = await exec(id, 'sleep 600 & echo left it', 1_500);
  assert.deepEqual([exitCode, output], [undefined, 'left it\n']);
  assert.deepEqual(await exec(id, 'sleep 600 >/dev/null 2>&1 & echo left it'), {
    exitCode: 0,
    output: 'left it\n',
  });
});

test('a command that is not there, and a container that does not run, are told apart', async () => {
  const id = await started({ ...sleeps, name: 'empty' });
  const reason = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof RuntimeError ? `${error.reason}: ${error.message}` : error),
    );
  const timeoutMs = 20_000;
  assert.match(
    String(await reason(podman.runtime.exec(id, ['/no/such'], { timeoutMs }))),
    /^spec: .*no such file/,
  );
  await podman.runtime.stop(id, 0);
  assert.match(String(await reason(exec(id, 'true'))), /^gone: /);
  await podman.runtime.remove(id);
  assert.match(String(await reason(exec(id, 'true'))), /^gone: /);
});

test('G9: commands write nothing to podman’s database', async () => {
  const id = await started({ ...sleeps, name: 'quiet' });
  const database = await eventually('the database', async () => {
    const found = await readdir(podman.paths.graphRoot, { recursive: true });
    return found.find((name) => /bolt_state\.db$|db\.sql$/.test(name));
  });
  const path = `${podman.paths.graphRoot}/${database}`;
  const before = await readFile(path);
  for (let times = 0; times < 3; times += 1) await exec(id, 'true');
  assert.ok(before.equals(await readFile(path)));
});

async function endOf(spec: Partial<ContainerSpec> & { readonly name: string }) {
  const id = await started(spec);
  return eventually(`the end of ${spec.name}`, async () => {
    const view = await podman.runtime.inspect(id);
    return view?.state === 'exited' ? view : undefined;
  });
}

test('a container says in a file why it ended; of its log only where it failed and said nothing', async () => {
  const path = '/dev/termination-log';
  const says = (script: string): readonly string[] => ['sh', '-c', script];
  const file = await endOf({
    name: 'says',
    terminationMessage: { path, fallbackToLogs: true },
    user: 1_000,
    command: says(`yes 0123456789 | head -c 5000 > ${path}; echo log; exit 1`),
  });
  assert.equal(file.terminationMessage, '0123456789\n'.repeat(373).slice(0, 4_096));
  const log = { path: '/some/where', fallbackToLogs: true };
  const failed = await endOf({
    name: 'logs',
    terminationMessage: log,
    command: says('echo out; echo err >&2; exit 1'),
  });
  assert.deepEqual(failed.terminationMessage?.trim().split('\n').sort(), ['err', 'out']);
  const well = await endOf({ name: 'well', terminationMessage: log, command: says('echo out') });
  assert.equal(well.terminationMessage, undefined);
  assert.deepEqual(Object.keys(well.labels), []);
  const silent = await endOf({
    name: 'silent',
    terminationMessage: { path, fallbackToLogs: false },
    readOnlyRoot: true,
    command: says('echo out; exit 1'),
  });
  assert.equal(silent.terminationMessage, undefined);
  assert.equal((await readdir(podman.paths.messages)).length, 4);
  for (const { id } of await podman.runtime.list()) await podman.runtime.remove(id);
  assert.deepEqual(await readdir(podman.paths.messages), []);
});

test('what agents left that were killed beside a command is removed, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-pid-files-'));
  try {
    for (const name of ['4711-1.pid', '4711-12.pid', 'service.pid', 'podman.sock'])
      await writeFile(join(folder, name), '1\n');
    await discardPidFiles(folder);
    assert.deepEqual((await readdir(folder)).sort(), ['podman.sock', 'service.pid']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
