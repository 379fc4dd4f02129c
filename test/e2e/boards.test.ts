import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes, readinessOf } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, politeScript, shell, stream } from './fixture/objects.ts';
import { curl } from './fixture/pods.ts';

let bramble: Bramble;
let boards: Boards;

const url = (): string => `https://${boards.hostAddress}:${bramble.place.httpsPort}`;
const newToken = async (flags = ''): Promise<string> =>
  (await bramble.bramble(`token create ${flags}`.trim())).trim();

before(async () => {
  bramble = await startBramble();
  boards = await makeBoards(['pi-1', 'pi-2', 'copy'], bramble.file('boards'));
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

async function node(name: string): Promise<Node> {
  return JSON.parse(await bramble.kubectl(['get', 'node', name, '-o', 'json'])) as Node;
}

test('two boards join a controller that has a board of its own; labels of token and board are on the Nodes', async () => {
  const token = await newToken('--uses 2 --expires 1h --labels site=barn');
  await boards.get('pi-1').join(url(), token, ['--labels', 'floor=1,site=elsewhere']);
  await boards.get('pi-2').join(url(), token);
  for (const name of [bramble.node, 'pi-1', 'pi-2']) await nodeBecomes(bramble, name);
  const one = await node('pi-1');
  assert.deepEqual([one.metadata?.labels?.['site'], one.metadata?.labels?.['floor']], ['barn', '1']);
  assert.equal((await node('pi-2')).metadata?.labels?.['site'], 'barn');
  assert.equal(one.metadata?.annotations?.['bramble.dev/model'], 'Raspberry Pi 4 Model B Rev 1.4');
  assert.equal(one.status?.addresses?.[0]?.address, boards.get('pi-1').address);
  const refused = await boards
    .get('copy')
    .bramble(['join', url(), token, '--data-dir', boards.get('copy').dataDir]);
  assert.match(refused.stderr, /the join token is used up/);
  assert.equal(refused.code, 69);
});

test('pods spread over the three boards, each with the hello image, and answer there', async () => {
  const pods = Array.from({ length: 6 }, (_, index) =>
    pod(`web-${index}`, [{ name: 'hello', image: 'localhost/bramble/hello:1', imagePullPolicy: 'Never' }]),
  );
  await bramble.kubectl('create -f -', stream(pods));
  await bramble.kubectl('wait pods --all --for=condition=Ready --timeout=60s');
  const { items } = JSON.parse(await bramble.kubectl('get pods -o json')) as { items: Pod[] };
  const perNode = new Map<string, number>();
  for (const { spec } of items)
    perNode.set(spec?.nodeName ?? '', (perNode.get(spec?.nodeName ?? '') ?? 0) + 1);
  assert.deepEqual([...perNode].sort(), [
    [bramble.node, 2],
    ['pi-1', 2],
    ['pi-2', 2],
  ]);
  const addresses = items.map(({ status }) => status?.podIP ?? '');
  assert.equal(new Set(addresses).size, 6, 'no address is given twice');
  for (const item of items) await answersOnItsBoard(item);
});

async function answersOnItsBoard({ metadata, spec, status }: Pod): Promise<void> {
  const address = `http://${status?.podIP}:8080`;
  const expected = `Hello from ${metadata?.name}\n`;
  if (spec?.nodeName === bramble.node) return assert.equal(await curl(bramble, address), expected);
  const board = boards.get(spec?.nodeName ?? '');
  assert.equal(
    await board.succeed('curl', ['-sSf', '--noproxy', '*', '--max-time', '10', address]),
    expected,
  );
}

test('G3: a copied data directory is refused on another machine, while the original goes on', async () => {
  const [original, copy] = [boards.get('pi-1'), boards.get('copy')];
  const before = await original.containers();
  await original.cloneTo(copy);
  const refused = await copy.bramble(['join', '--data-dir', copy.dataDir]);
  assert.equal(refused.code, 69);
  assert.match(refused.stderr, /holds the identity of board pi-1, which joined on machine/);
  assert.match(refused.stderr, /bramble reset/);
  assert.equal(await readinessOf(bramble, 'pi-1'), 'True');
  assert.deepEqual(await original.containers(), before);
});

test('a name that another machine has is refused, and says what to do', async () => {
  const copy = boards.get('copy');
  const dataDir = `${copy.folder}/other`;
  const refused = await copy.bramble([
    'join',
    url(),
    await newToken(),
    '--node',
    'pi-2',
    '--data-dir',
    dataDir,
  ]);
  assert.equal(refused.code, 69);
  assert.match(refused.stderr, /another machine has joined as pi-2/);
  assert.match(refused.stderr, /--node NAME/);
});

test('G5: a board that is cut off is NotReady within one and a half keepalives; back again, nothing was restarted', async () => {
  const board = boards.get('pi-2');
  const before = await board.containers();
  assert.equal(before.length, 2);
  await board.cutOff();
  // 45 s, and what the machine's load adds.
  await nodeBecomes(bramble, 'pi-2', 'Unknown', 50_000);
  assert.deepEqual(await board.containers(), before, 'cut off, it runs what it ran');
  await board.plugIn();
  await nodeBecomes(bramble, 'pi-2', 'True', 60_000);
  await canTakePods(board);
  assert.deepEqual(
    (await board.containers()).filter((line) => before.includes(line)),
    before,
  );
});

/** A new pod there shows that orders and reports pass again. */
async function canTakePods(board: Board): Promise<void> {
  const name = `after-${board.name}`;
  const spec = { nodeSelector: { 'kubernetes.io/hostname': board.name } };
  await bramble.kubectl('create -f -', stream([pod(name, [shell('main', politeScript)], spec)]));
  await bramble.kubectl(`wait pod/${name} --for=condition=Ready --timeout=40s`);
}

test('a killed agent is noticed by its will at once; its pods run on and are adopted', async () => {
  const board = boards.get('pi-1');
  const before = await board.containers();
  await board.killAgent();
  // Far below the 45 s that silence takes.
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 10_000);
  await board.start();
  await nodeBecomes(bramble, 'pi-1', 'True');
  await canTakePods(board);
  assert.deepEqual(
    (await board.containers()).filter((line) => before.includes(line)),
    before,
  );
});

test('a power cut: the board starts what it ran by itself, and is Ready again', async () => {
  const board = boards.get('pi-1');
  const count = (await board.containers()).length;
  await board.powerCut();
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 50_000);
  await board.boot();
  await board.start();
  await nodeBecomes(bramble, 'pi-1', 'True');
  await eventually('its containers', async () =>
    (await board.containers()).length === count ? true : undefined,
  );
});
