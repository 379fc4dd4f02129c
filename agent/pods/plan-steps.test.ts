import assert from 'node:assert/strict';
import test from 'node:test';
import type { PlannedPod } from './desired.ts';
import { nothingObserved, type ObservedPod } from './observed.ts';
import { planSteps } from './plan-steps.ts';
import { brief, clock, desired, ended, observed, view } from './testing/situations.ts';

const run = desired();
const pulled = new Map([
  ['web', 0],
  ['side', 0],
]);
const both = [view('web'), view('side')];

const table: readonly [string, PlannedPod, Partial<ObservedPod> | undefined, readonly string[]][] = [
  ['nothing is there', run, undefined, ['attach-network', 'prepare-volumes']],
  ['the sandbox is there', run, {}, ['pull web 0 IfNotPresent', 'pull side 0 IfNotPresent']],
  ['the images are there', run, { pulled }, ['create web 0/0', 'create side 0/0']],
  [
    'one was created',
    run,
    { pulled, containers: [view('web', { state: 'created' })] },
    ['start web-0', 'create side 0/0'],
  ],
  ['all run', run, { containers: both }, []],
  [
    'one has crashed for the first time',
    run,
    { containers: [view('web', { state: 'exited' }), view('side')] },
    ['pull web 1 IfNotPresent'],
  ],
  [
    'one has crashed again',
    run,
    { containers: [view('web', { state: 'exited', attempt: 1, failures: 1 }), view('side')] },
    ['wait 9000'],
  ],
  [
    'an older attempt still runs',
    run,
    { containers: [view('web', { attempt: 1, state: 'created' }), view('web'), view('side')] },
    ['stop web-0 30'],
  ],
  [
    'the clock was set back by a year: the wait is no longer than the back-off',
    run,
    {
      containers: [
        view('web', { state: 'exited', attempt: 1, failures: 1, endedMsAgo: -31_536_000_000 }),
        view('side'),
      ],
    },
    ['wait 10000'],
  ],
  ['no address is left', desired({}, { addresses: [] }), undefined, ['prepare-volumes']],
  ['it was told to go', desired({}, ended), { containers: both }, ['stop web-0 6', 'stop side-0 6']],
  [
    'all have stopped',
    desired({}, ended),
    { containers: [view('web', { state: 'exited' })] },
    ['remove web-0'],
  ],
  ['all are removed', desired({}, ended), {}, ['detach-network', 'remove-volumes']],
  [
    'it is told to go while something is being made',
    desired({}, ended),
    { busy: new Set(['create-container web 0']) },
    [],
  ],
  ['nothing is left', desired({}, ended), { networkReleased: true, volumesRemoved: true }, ['gone']],
  [
    'all have completed',
    desired({ restartPolicy: 'Never' }),
    { containers: [view('web', { state: 'exited', exitCode: 0 }), view('side', { state: 'exited' })] },
    ['finish'],
  ],
  ['only containers were found of it', desired({}, { pod: undefined }), { containers: both }, []],
];

for (const [situation, pod, rest, expected] of table) {
  test(`plan: ${situation}`, () => {
    const state = rest === undefined ? nothingObserved : observed(pod, rest);
    assert.deepEqual(brief(planSteps(pod, state, clock).steps), expected);
  });
}
