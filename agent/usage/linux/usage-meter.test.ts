import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { ContainerUsage } from '@bramble/protocol/messages/usage.ts';
import { LinuxUsageMeter } from './usage-meter.ts';

const id = 'ab12';
const web = { uid: 'u', container: 'web', id, pid: 77 };

let root: string;
let host: VirtualHost;
let meter: LinuxUsageMeter;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bramble-cgroup-'));
  host = new VirtualHost();
  meter = new LinuxUsageMeter({ host, root });
});
afterEach(() => rm(root, { recursive: true }));

async function files(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** Waits until the meter pauses between its two readings, lets `meanwhile` happen, and then time pass. */
async function measured(meanwhile: () => Promise<void>): Promise<ContainerUsage[]> {
  const answer = meter.measure([web]);
  for (let turns = 0; host.timers === 0 && turns < 100_000; turns += 1)
    await new Promise((resolve) => setImmediate(resolve));
  await meanwhile();
  await host.elapse(600);
  return answer;
}

const version1 = {
  'proc/77/cgroup': `9:name=systemd:/\n4:memory:/pods/libpod-${id}\n2:cpu,cpuacct:/pods/libpod-${id}/init\n0::/\n`,
  [`sys/fs/cgroup/cpuacct/pods/libpod-${id}/cpuacct.usage`]: '1000000000\n',
  [`sys/fs/cgroup/memory/pods/libpod-${id}/memory.usage_in_bytes`]: '5000\n',
  [`sys/fs/cgroup/memory/pods/libpod-${id}/memory.stat`]: 'inactive_file 7\ntotal_inactive_file 2000\n',
};
const version2 = {
  'proc/77/cgroup': `0::/machine.slice/libpod-${id}.scope/container\n`,
  [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/cpu.stat`]: 'usage_usec 1000000\nuser_usec 1\n',
};
const memory2 = {
  [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/memory.current`]: '9000\n',
  [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/memory.stat`]: 'anon 1\ninactive_file 1000\n',
};
const answer = { uid: 'u', container: 'web', windowMs: 600 };

test('cgroups of the first version: two readings, of the group that counts the whole container', async () => {
  await files(version1);
  const usage = await measured(() =>
    files({ [`sys/fs/cgroup/cpuacct/pods/libpod-${id}/cpuacct.usage`]: '1300000000\n' }),
  );
  assert.deepEqual(usage, [{ ...answer, cpuNanocores: 500_000_000, memoryBytes: 3_000 }]);
});

test('cgroups of the second version', async () => {
  await files({ ...version2, ...memory2 });
  const usage = await measured(() =>
    files({ [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/cpu.stat`]: 'usage_usec 2200000\n' }),
  );
  assert.deepEqual(usage, [{ ...answer, cpuNanocores: 2_000_000_000, memoryBytes: 8_000 }]);
});

test('where the kernel counts no memory of groups, the processes’ own figures serve', async () => {
  await files({
    ...version2,
    [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/container/cgroup.procs`]: '77\n78\n79\n',
    'proc/77/status': 'Name:\tweb\nVmRSS:\t     100 kB\n',
    'proc/78/status': 'Name:\tweb\nVmRSS:\t      20 kB\n',
  });
  assert.deepEqual(await measured(async () => {}), [{ ...answer, cpuNanocores: 0, memoryBytes: 122_880 }]);
});

test('a recent reading is used again without waiting, and an old one is not', async () => {
  await files({ ...version2, ...memory2 });
  await measured(async () => {});
  await host.elapse(2_000);
  await files({ [`sys/fs/cgroup/machine.slice/libpod-${id}.scope/cpu.stat`]: 'usage_usec 1500000\n' });
  const [again] = await meter.measure([web]);
  assert.deepEqual(again, { ...answer, windowMs: 2_000, cpuNanocores: 250_000_000, memoryBytes: 8_000 });
  await host.elapse(60_000);
  const [later] = await measured(async () => {});
  assert.deepEqual([later?.windowMs, later?.cpuNanocores], [600, 0]);
});

test('a container that ends meanwhile, or is not there, is left out', async () => {
  await files({ ...version2, ...memory2 });
  assert.deepEqual(await measured(() => rm(join(root, 'proc'), { recursive: true })), []);
  assert.deepEqual(await meter.measure([{ ...web, pid: 0 }]), []);
  assert.deepEqual(await meter.measure([]), []);
});
