import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerSpec } from '../../testing/real-podman.ts';
import { createBody } from './create-body.ts';

const body = (spec: Parameters<typeof containerSpec>[0]) =>
  createBody(containerSpec(spec), 'instance', '/messages/m');

test('limits become what the kernel understands', () => {
  assert.deepEqual(body({ name: 'a' }).resource_limits, {});
  assert.deepEqual(
    body({ name: 'a', memoryLimitBytes: 1_000, cpuLimitMilli: 1_500, cpuRequestMilli: 250, pidsLimit: 9 })
      .resource_limits,
    {
      memory: { limit: 1_000, swap: 1_000 },
      cpu: { period: 100_000, quota: 150_000, shares: 256 },
      pids: { limit: 9 },
    },
  );
  const extreme = (milli: number) => body({ name: 'a', cpuLimitMilli: milli, cpuRequestMilli: milli });
  assert.deepEqual(extreme(1).resource_limits.cpu, { period: 100_000, quota: 1_000, shares: 2 });
  assert.equal(extreme(1_000_000_000).resource_limits.cpu?.shares, 262_144);
});

test('users, capabilities and namespaces', () => {
  assert.equal(body({ name: 'a' }).user, undefined);
  assert.equal(body({ name: 'a', user: 0 }).user, '0');
  assert.equal(body({ name: 'a', user: 7, group: 8 }).user, '7:8');
  assert.equal(body({ name: 'a', group: 8 }).user, '0:8');
  assert.deepEqual(body({ name: 'a', capabilitiesAdd: ['ALL', 'NET_ADMIN', 'CAP_X'] }).cap_add, [
    'ALL',
    'CAP_NET_ADMIN',
    'CAP_X',
  ]);
  assert.deepEqual(body({ name: 'a' }).netns, { nsmode: 'host' });
  assert.deepEqual(body({ name: 'a', network: '/run/netns/x' }).netns, {
    nsmode: 'path',
    value: '/run/netns/x',
  });
});

test('our label cannot be taken by the pod’s', () => {
  assert.deepEqual(body({ name: 'a', labels: { 'bramble.dev/managed': 'other', b: 'c' } }).labels, {
    'bramble.dev/managed': 'instance',
    b: 'c',
  });
});
