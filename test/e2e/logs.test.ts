import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';
import { podShows, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;
/** Crashes once, and then stays. */
const twice =
  'if [ -e /kept/again ]; then echo second; exec sleep 100000; fi; touch /kept/again; echo first; exit 3';
const crashing = 'echo begun; sleep 5; echo over; exit 3';
const labelled = (object: ReturnType<typeof pod>, app: string) => ({
  ...object,
  metadata: { ...(object['metadata'] as object), labels: { app } },
});

before(async () => {
  bramble = await startBramble();
  const kept = { volumeMounts: [{ name: 'kept', mountPath: '/kept' }] };
  const volumes = [{ name: 'kept', emptyDir: {} }];
  const grace = { terminationGracePeriodSeconds: 0 };
  const talk = 'echo one; sleep 1.1; echo two; printf three; sleep 100000';
  await bramble.kubectl(
    'create -f -',
    stream([
      pod('twice', [shell('main', twice, kept)], { volumes, ...grace }),
      pod('crashing', [shell('main', crashing)], grace),
      labelled(pod('left', [shell('talk', talk), shell('other', 'echo other; sleep 100000')], grace), 'pair'),
      labelled(pod('right', [shell('talk', 'echo right; sleep 100000')], grace), 'pair'),
    ]),
  );
  await readyAddress(bramble, 'left');
  await readyAddress(bramble, 'right');
});
after(() => bramble?.dispose());

test('a last line without its end is not held back', async () => {
  const said = await eventually('three', async () => {
    const text = await bramble.kubectl('logs left -c talk');
    return text.includes('three') ? text : undefined;
  });
  assert.equal(said, 'one\ntwo\nthree');
});

test('--timestamps in universal time; --since-time from one of them; --tail; --limit-bytes', async () => {
  const stamped = (await bramble.kubectl('logs left -c talk --timestamps')).split('\n');
  for (const line of stamped) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (one|two|three)$/);
  const second = stamped[1]?.split(' ')[0];
  assert.equal(await bramble.kubectl(`logs left -c talk --since-time=${second}`), 'two\nthree');
  assert.equal(await bramble.kubectl('logs left -c talk --tail=1'), 'three');
  assert.equal(await bramble.kubectl('logs left -c talk --limit-bytes=5'), 'one\nt');
  assert.equal(await bramble.kubectl('logs left -c talk --since=1h --tail=2'), 'two\nthree');
});

test('--all-containers; a label with --prefix', async () => {
  // kubectl asks for one container after another, in no order that it promises.
  const both = await bramble.kubectl('logs left --all-containers');
  // The last line of the one has no end: the other may begin on it.
  for (const line of [/^one$/m, /^two$/m, /^three(other)?$/m, /^(three)?other$/m]) assert.match(both, line);
  const lines = await bramble.kubectl('logs -l app=pair --prefix --all-containers');
  for (const line of ['[pod/left/talk] one', '[pod/left/other] other', '[pod/right/talk] right'])
    assert.ok(lines.includes(line), lines);
});

test('--previous is the life before', async () => {
  await podShows(bramble, 'twice', 'its second life', ({ status }) => {
    const container = status?.containerStatuses?.[0];
    return (container?.restartCount === 1 && container.state?.running) || undefined;
  });
  const said = await eventually(
    'the second life to speak',
    async () => (await bramble.kubectl('logs twice')) || undefined,
  );
  assert.equal(said, 'second\n');
  assert.equal(await bramble.kubectl('logs twice --previous'), 'first\n');
});

test('-f ends with the life that it follows', async () => {
  const follow = bramble.beside('kubectl', 'logs -f crashing');
  assert.equal(await follow.ended(), 0);
  assert.deepEqual(follow.lines, ['begun', 'over']);
});
