import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLimitsOff } from '@bramble/protocol/memory-limits.ts';
import { containerSpec } from '../../testing/real-podman.ts';
import { clientThat, runtimeOn } from '../../testing/stub-podman.ts';
import { hasMemoryController } from './memory-cgroup.ts';

const header = '#subsys_name\thierarchy\tnum_cgroups\tenabled\n';

test('cgroups of version 2 name their controllers themselves', () => {
  assert.equal(hasMemoryController('cpuset cpu io memory pids\n', header), true);
  // As seen with cgroup_disable=memory, which the firmware of a Raspberry Pi hands to the kernel.
  assert.equal(
    hasMemoryController('cpuset cpu io hugetlb pids rdma misc\n', `${header}memory\t0\t1\t0\n`),
    false,
  );
  assert.equal(hasMemoryController('cpuset cpu memory_recursiveprot\n', `${header}memory\t0\t1\t1\n`), false);
});

test('of those of version 1 the kernel keeps a table', () => {
  assert.equal(hasMemoryController('', `${header}cpu\t1\t5\t1\nmemory\t8\t88\t1\n`), true);
  assert.equal(hasMemoryController('', `${header}memory\t0\t1\t0\n`), false);
  assert.equal(hasMemoryController('', header), false);
});

for (const canLimitMemory of [true, false])
  test(`a container is created ${canLimitMemory ? 'with' : 'without'} its memory limit where the kernel can${canLimitMemory ? '' : 'not'} apply it`, async () => {
    const bodies: unknown[] = [];
    const client = clientThat(async (_method, path, options) => {
      if (path === '/containers/create') bodies.push(options?.body);
      return { status: 201, text: '{"Id":"a"}' };
    });
    const runtime = runtimeOn(client, { canLimitMemory });
    const limited = containerSpec({ name: 'web', memoryLimitBytes: 1_000, cpuLimitMilli: 200 });
    const { unapplied } = await runtime.create(limited);
    assert.equal(unapplied, canLimitMemory ? undefined : memoryLimitsOff);
    const [{ resource_limits: limits }] = bodies as [{ resource_limits: Record<string, unknown> }];
    assert.deepEqual(limits['memory'], canLimitMemory ? { limit: 1_000, swap: 1_000 } : undefined);
    assert.ok(limits['cpu']);
    const free = await runtime.create(containerSpec({ name: 'free', memoryLimitBytes: undefined }));
    assert.equal(free.unapplied, undefined);
  });
