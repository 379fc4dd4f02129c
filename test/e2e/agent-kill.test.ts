import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { podman, podRemains } from './fixture/board.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { configMap, pod, politeScript, shell, stream } from './fixture/objects.ts';
import { readyAddress } from './fixture/pods.ts';

/** How many moments of a pod's start the agent is killed at, evenly spread over it. */
const moments = 12;
/** `up` waits longer and longer before it starts what keeps dying: it is started anew before that takes too long. */
const killsPerUp = 3;

let bramble: Bramble;
before(async () => {
  bramble = await startBramble();
  await bramble.kubectl('create -f -', stream([configMap('settings', { color: 'red' })]));
});
after(() => bramble?.dispose());

/** A pod that takes every kind of step: volume, network, an init container, two others. */
function rich(name: string): Readonly<Record<string, unknown>> {
  const volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
  const volumeMounts = [{ name: 'settings', mountPath: '/settings' }];
  return pod(name, [shell('one', politeScript, { volumeMounts }), shell('two', politeScript)], {
    volumes,
    initContainers: [shell('first', 'cat /settings/color', { volumeMounts })],
  });
}

const create = (name: string): Promise<string> => bramble.kubectl('create -f -', stream([rich(name)]));
const remove = (name: string): Promise<string> => bramble.kubectl(`delete pod ${name} --timeout=60s`);

/** Container and state of all containers of a pod, by podman's word. */
async function containersOf(name: string): Promise<string[]> {
  const lines = await podman(bramble, ['ps', '--all', '--format', '{{.Names}} {{.State}}']);
  return lines
    .split('\n')
    .filter((line) => line.includes(`_${name}_default_`))
    .map((line) => line.replace(/^bramble_([a-z]+)_\S+ (\w+).*$/, '$1 $2'))
    .sort();
}

async function killAgent(): Promise<void> {
  const pid = await bramble.pidOf('agent');
  process.kill(pid, 'SIGKILL');
  await eventually('another agent', async () => {
    const now = await bramble.pidOf('agent').catch(() => pid);
    return now === pid ? undefined : now;
  });
}

test('kill -9 of the agent at any moment of a pod’s start: the same pod, no second copy, nothing left', async () => {
  const beganMs = performance.now();
  await create('whole');
  await readyAddress(bramble, 'whole');
  const tookMs = performance.now() - beganMs;
  await remove('whole');
  for (let moment = 0; moment < moments; moment += 1) {
    if (moment > 0 && moment % killsPerUp === 0) {
      assert.equal(await bramble.interrupt(), 0);
      await bramble.start();
    }
    const name = `cut-${moment}`;
    const creating = create(name);
    // Not waited for: this is the moment that is tried, whatever has been reached by then.
    await pause((tookMs * moment) / moments);
    await killAgent();
    await creating;
    await readyAddress(bramble, name);
    assert.deepEqual(
      await containersOf(name),
      ['first Exited', 'one Up', 'two Up'],
      `killed after ${moment}/${moments} of ${Math.round(tookMs)} ms`,
    );
    await remove(name);
    assert.deepEqual(await podRemains(bramble), [], `killed after ${moment}/${moments}`);
  }
});

test('kill -9 of the agent while a pod ends: it ends, and nothing is left', async () => {
  assert.equal(await bramble.interrupt(), 0);
  await bramble.start();
  for (const afterMs of [0, 50, 150]) {
    const name = `end-${afterMs}`;
    await create(name);
    await readyAddress(bramble, name);
    const removing = remove(name);
    await pause(afterMs);
    await killAgent();
    await removing;
    assert.deepEqual(await podRemains(bramble), [], `killed ${afterMs} ms after the deletion`);
  }
});
