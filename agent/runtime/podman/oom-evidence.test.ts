import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerKilledIn, kernelOomEvidence } from './oom-evidence.ts';

const id = 'a3c06d36c3098042af11d6a9c0157aa9a7c591cedaa364f6ba836451694b724d';

test('finds the container in the kernel’s words, under either cgroup manager', () => {
  const line = (group: string) =>
    `6,1234,1825475999,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${group},task_memcg=${group},task=tail,pid=1,uid=0`;
  assert.equal(containerKilledIn(line(`/libpod_parent/libpod-${id}`)), id);
  assert.equal(containerKilledIn(line(`/machine.slice/libpod-${id}.scope/container`)), id);
  assert.equal(containerKilledIn(line('/user.slice')), undefined);
  assert.equal(containerKilledIn(`6,1,1,-;something about libpod-${id}`), undefined);
});

test('without the kernel’s log there is no evidence', () => {
  const evidence = kernelOomEvidence('/nowhere/kmsg');
  assert.equal(evidence.has(id), false);
  evidence.close();
});
