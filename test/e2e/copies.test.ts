import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Event, Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, stream } from './fixture/objects.ts';

let bramble: Bramble;
let boards: Boards;

before(async () => {
  bramble = await startBramble({ controllerOnly: true });
  boards = await makeBoards(['pi-1', 'copy'], bramble.file('boards'));
  // As two small virtual machines that were started from one image: nothing on them tells them apart.
  for (const board of boards.all)
    await board.succeed('sh', [
      '-ec',
      `umount /proc/cpuinfo; echo ${boards.get('pi-1').machineId} > /etc/machine-id`,
    ]);
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

const hello = (name: string) =>
  pod(name, [{ name: 'hello', image: 'localhost/bramble/hello:1', imagePullPolicy: 'Never' }], {
    nodeName: 'pi-1',
  });

async function read<T>(...words: string[]): Promise<T> {
  return JSON.parse(await bramble.kubectl(['get', ...words, '-o', 'json'])) as T;
}

const isRunning = (name: string): Promise<Pod> =>
  eventually(
    `${name} to run`,
    async () => {
      const found = await read<Pod>('pod', name);
      return found.status?.phase === 'Running' ? found : undefined;
    },
    { withinMs: 60_000, everyMs: 500 },
  );

const bootIdOf = async (board: Board): Promise<string> =>
  (await board.succeed('cat', ['/proc/sys/kernel/random/boot_id'])).trim();

test('G3: a copy that nothing tells from the board, and that starts later, does not take its place', async () => {
  const [original, copy] = [boards.get('pi-1'), boards.get('copy')];
  const token = (await bramble.bramble('token create')).trim();
  await original.join(`https://${boards.hostAddress}:${bramble.place.httpsPort}`, token);
  await nodeBecomes(bramble, 'pi-1');
  await bramble.kubectl('create -f -', stream([hello('before')]));
  await isRunning('before');
  // Whom the store knows has been there for long.
  assert.equal(await bramble.interrupt(), 0);
  await bramble.start();
  await nodeBecomes(bramble, 'pi-1', 'True', 60_000);
  const containers = await original.containers();
  assert.equal(containers.length, 1);

  await original.cloneTo(copy);
  await copy.start();
  await copy.agent.printed(/BRAMBLE_IDENTITY_CLONED: this machine is not listened to/, 120_000);
  const { items } = await read<{ items: Event[] }>('events', '--field-selector=reason=CopiedCard');
  assert.match(items[0]?.message ?? '', /^Another machine speaks as pi-1, with a copy of its card/);
  assert.ok(items[0]?.message?.includes(await bootIdOf(copy)));

  await nodeBecomes(bramble, 'pi-1', 'True', 60_000);
  assert.equal((await read<Node>('node', 'pi-1')).status?.nodeInfo?.bootID, await bootIdOf(original));
  assert.deepEqual(await original.containers(), containers, 'what ran there runs on');
  await bramble.kubectl('create -f -', stream([hello('after')]));
  await isRunning('after');
  assert.equal((await original.containers()).length, 2);
  assert.ok(!original.agent.output.includes('BRAMBLE_IDENTITY_CLONED'));
});
