import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { politeScript, shell, stream } from './fixture/objects.ts';

let bramble: Bramble;
let boards: Boards;

before(async () => {
  bramble = await startBramble();
  boards = await makeBoards(['pi-1', 'pi-2'], bramble.file('boards'));
  const url = `https://${boards.hostAddress}:${bramble.place.httpsPort}`;
  const token = (await bramble.bramble('token create --uses 2')).trim();
  for (const name of ['pi-1', 'pi-2']) {
    await boards.get(name).join(url, token);
    await nodeBecomes(bramble, name);
  }
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

const unreachable = 'node.kubernetes.io/unreachable';

/** Evicted five seconds after the loss of their board, and as far apart as the boards allow. */
function deployment(): object {
  const labels = { app: 'web' };
  const tolerations = [{ key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }];
  const spec = { tolerations, terminationGracePeriodSeconds: 1, containers: [shell('main', politeScript)] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

async function podsOn(name: string): Promise<Pod[]> {
  const selected = ['get', 'pods', '--field-selector', `spec.nodeName=${name}`, '-o', 'json'];
  return (JSON.parse(await bramble.kubectl(selected)) as { items: Pod[] }).items;
}

test('a board without power: its pods are doubted, then run elsewhere; when it is back it ends its own', async () => {
  await bramble.kubectl('create -f -', stream([deployment() as Record<string, unknown>]));
  await bramble.kubectl('rollout status deploy/web --timeout=60s');
  assert.equal((await podsOn('pi-1')).length, 1);
  const board = boards.get('pi-1');
  await board.powerCut();
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 60_000);
  const [lost] = await eventually(
    'doubt',
    async () => {
      const pods = await podsOn('pi-1');
      const ready = pods[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'False' ? pods : undefined;
    },
    { withinMs: 60_000, everyMs: 250 },
  );
  assert.match(await bramble.kubectl(['get', 'pod', lost?.metadata?.name ?? '']), / Unknown /);
  const node = JSON.parse(await bramble.kubectl('get node pi-1 -o json')) as Node;
  assert.ok(node.spec?.taints?.some(({ key, effect }) => key === unreachable && effect === 'NoSchedule'));
  // Ninety seconds from the controller's start, and the five that the pod gives.
  await eventually(
    'the eviction',
    async () => ((await podsOn('pi-1'))[0]?.metadata?.deletionTimestamp ? true : undefined),
    { withinMs: 120_000, everyMs: 1_000 },
  );
  await bramble.kubectl('rollout status deploy/web --timeout=60s');
  assert.equal((await podsOn('pi-1')).length, 1, 'nobody has said that it ended');
  await board.boot();
  await board.start();
  await nodeBecomes(bramble, 'pi-1', 'True', 60_000);
  await eventually('the end of the old pod', async () =>
    (await podsOn('pi-1')).some(({ metadata }) => metadata?.uid === lost?.metadata?.uid) ? undefined : true,
  );
  const back = JSON.parse(await bramble.kubectl('get node pi-1 -o json')) as Node;
  assert.equal(back.spec?.taints, undefined);
});
