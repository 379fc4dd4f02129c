import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, politeScript, shell, stream } from './fixture/objects.ts';
import { readyAddress } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

const create = (name: string, spec: Readonly<Record<string, unknown>>, fields = {}): Promise<string> =>
  bramble.kubectl('create -f -', stream([pod(name, [shell('main', politeScript, fields)], spec)]));

/** Waits until the pod's event says why it is pending. */
async function explained(name: string, why: RegExp): Promise<void> {
  let described = '';
  await eventually(
    `${why} about ${name}`,
    async () => {
      described = await bramble.kubectl(['describe', 'pod', name]);
      return why.test(described) ? true : undefined;
    },
    { withinMs: 10_000, otherwise: () => described },
  );
  assert.match(await bramble.kubectl(['get', 'pod', name, '--no-headers']), / Pending /);
}

test('nodeSelector that no board has: Pending, explained board by board; label node makes it run', async () => {
  await create('picky', { nodeSelector: { disk: 'ssd' } });
  await explained(
    'picky',
    /FailedScheduling.*0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector\. e2e-board: /,
  );
  await bramble.kubectl('label node e2e-board disk=ssd');
  await readyAddress(bramble, 'picky');
});

test('a label that the pod ran for may go: the pod stays', async () => {
  await bramble.kubectl('label node e2e-board disk-');
  assert.match(await bramble.kubectl('get pod picky --no-headers'), / Running /);
});

test('requests that are too large: Pending, with what is asked and what is free; one event, counted', async () => {
  await create('greedy', {}, { resources: { requests: { memory: '4000Gi' } } });
  await explained(
    'greedy',
    /1 Insufficient memory\. e2e-board: Insufficient memory \(4096000Mi asked, \d+Mi free\)/,
  );
  await create('busy', {}, { resources: { requests: { cpu: '512' } } });
  await explained('busy', /1 Insufficient cpu\. e2e-board: Insufficient cpu \(512000m asked, \d+m free\)/);
  const events = await bramble.kubectl([
    'get',
    'events',
    '--field-selector',
    'involvedObject.name=greedy,reason=FailedScheduling',
    '-o',
    'name',
  ]);
  assert.equal(events.trim().split('\n').length, 1);
});

test('cordon keeps new pods off, uncordon lets them on, and running ones stay', async () => {
  await bramble.kubectl('cordon e2e-board');
  assert.match(await bramble.kubectl('get nodes --no-headers'), /Ready,SchedulingDisabled/);
  await create('later', {});
  await explained('later', /1 node\(s\) were unschedulable/);
  assert.match(await bramble.kubectl('get pod picky --no-headers'), / Running /);
  await bramble.kubectl('uncordon e2e-board');
  await readyAddress(bramble, 'later');
});

test('taints and tolerations', async () => {
  await bramble.kubectl('taint node e2e-board dedicated=lab:NoSchedule');
  await create('stranger', {});
  await explained('stranger', /untolerated taint \{dedicated: lab\}/);
  await create('tolerant', {
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'lab', effect: 'NoSchedule' }],
  });
  await readyAddress(bramble, 'tolerant');
  await bramble.kubectl('taint node e2e-board dedicated-');
  await readyAddress(bramble, 'stranger');
});

test('node affinity and architecture', async () => {
  const requirement = (values: readonly string[]): object => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values }] }],
      },
    },
  });
  await create('elsewhere', { affinity: requirement(['s390x']) });
  await explained('elsewhere', /didn't match Pod's node affinity\/selector/);
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  await create('here', { affinity: requirement([arch]) });
  await readyAddress(bramble, 'here');
});

test('nodeName is obeyed without the scheduler', async () => {
  await create('named', { nodeName: bramble.node });
  await readyAddress(bramble, 'named');
});
