import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import { containerSpec, eventually, type RealPodman, realPodman } from '../../testing/real-podman.ts';
import { unmountUnder } from '../../volumes/disk/mounts.ts';
import { removeWithMounts } from './remove-with-mounts.ts';

const servicePid = async (podman: RealPodman) => Number(await readFile(podman.paths.pidFile, 'utf8'));
const runs = (pid: number) =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text !== '',
    () => false,
  );

async function longRunning(podman: RealPodman, name: string): Promise<string> {
  const { id } = await podman.runtime.create(containerSpec({ name, command: ['sleep', '1000'] }));
  await podman.runtime.start(id);
  return id;
}

test('a service that an agent left behind is used again; one that died is started anew', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const id = await longRunning(podman, 'kept');
  const before = await podman.runtime.inspect(id);
  const pid = await servicePid(podman);

  // An agent that was killed closes nothing.
  const adopted = await podman.reopen();
  assert.equal(await servicePid(podman), pid);
  assert.deepEqual(await adopted.list(), [before]);

  // The next call revives a service that was killed.
  const seen: string[] = [];
  const lost: string[] = [];
  adopted.events(
    (event) => seen.push(event.type),
    (reason) => lost.push(reason),
  );
  await adopted.remove((await adopted.create(containerSpec({ name: 'told' }))).id);
  await eventually('events', async () => seen.find((type) => type === 'removed'));
  process.kill(pid, 'SIGKILL');
  await eventually('the end of the service', async () => ((await runs(pid)) ? undefined : true));
  const views = await Promise.all([adopted.inspect(id), adopted.inspect(id), adopted.inspect(id)]);
  assert.deepEqual(views, [before, before, before]);
  assert.notEqual(await servicePid(podman), pid);
  await eventually('the loss of the events', async () => lost[0]);
  assert.equal(lost.length, 1);
});

test('closing ends the service and leaves the containers running', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const id = await longRunning(podman, 'survivor');
  const before = await podman.runtime.inspect(id);
  const pid = await servicePid(podman);
  podman.runtime.events(
    () => {},
    (reason) => assert.fail(`closing is no loss: ${reason}`),
  );
  await podman.runtime.close();
  assert.equal(await runs(pid), false);
  assert.equal(await runs(before?.pid ?? 0), true);
  assert.deepEqual(await (await podman.reopen()).inspect(id), before);
});

test('a wrong pid file harms nobody', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  await podman.runtime.close();
  await writeFile(podman.paths.pidFile, `${process.pid}\n`);
  assert.match(await (await podman.reopen()).version(), /^podman:/);
});

test('after a reboot what had run has ended', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const id = await longRunning(podman, 'rebooted');
  const { id: done } = await podman.runtime.create(
    containerSpec({ name: 'done', command: ['sh', '-c', 'exit 3'] }),
  );
  await podman.runtime.start(done);
  await eventually('the end', async () =>
    (await podman.runtime.inspect(done))?.state === 'exited' ? true : undefined,
  );
  const { id: fresh } = await podman.runtime.create(containerSpec({ name: 'fresh' }));
  const before = await podman.runtime.inspect(id);
  await podman.runtime.close();
  await powerOff(id, before?.pid ?? 0);
  await unmountUnder(podman.paths.graphRoot);
  await removeWithMounts(podman.paths.run);

  const runtime = await podman.reopen();
  const view = await runtime.inspect(id);
  assert.deepEqual([view?.state, view?.exitCode, view?.pid], ['exited', 255, 0]);
  assert.equal(view?.startedAt, before?.startedAt);
  const ended = await runtime.inspect(done);
  assert.deepEqual([ended?.state, ended?.exitCode], ['exited', 3]);
  assert.equal((await runtime.inspect(fresh))?.state, 'created');
  await runtime.remove(id);
  const again = await longRunning(podman, 'rebooted');
  assert.equal((await runtime.inspect(again))?.state, 'running');
});

/** Ends a container and its monitor at once, with nobody left to write down how. */
async function powerOff(id: string, pid: number): Promise<void> {
  const monitor = Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  assert.match(await readFile(`/proc/${monitor}/cmdline`, 'utf8'), new RegExp(`conmon.*${id}`, 's'));
  process.kill(monitor, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await eventually('the end of both', async () =>
    (await runs(pid)) || (await runs(monitor)) ? undefined : true,
  );
  // A reboot clears the kernel's control groups and the OCI runtime's notes; this machine goes on.
  for (const ociRuntime of ['runc', 'crun']) {
    await run(ociRuntime, ['delete', '--force', id], { timeoutMs: 10_000 }).catch(() => undefined);
  }
}
