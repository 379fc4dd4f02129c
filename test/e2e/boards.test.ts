import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Event, Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes, readinessOf } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { type Fields, pod, politeScript, shell, stream } from './fixture/objects.ts';
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

/** In seconds, as the board said it of its connection. */
async function keepaliveOf(name: string): Promise<string | undefined> {
  return (await node(name)).metadata?.annotations?.['bramble.dev/mqtt-keepalive-seconds'];
}

async function node(name: string): Promise<Node> {
  return JSON.parse(await bramble.kubectl(['get', 'node', name, '-o', 'json'])) as Node;
}

test('two boards join a controller that has a board of its own; labels of token and board are on the Nodes', async () => {
  const token = await newToken('--uses 2 --expires 1h --labels site=barn');
  const own = ['--labels', 'floor=1,site=elsewhere', '--mqtt-keepalive', '20s'];
  await boards.get('pi-1').join(url(), token, own);
  await boards.get('pi-2').join(url(), token, ['--mqtt-keepalive', '10s']);
  for (const name of [bramble.node, 'pi-1', 'pi-2']) await nodeBecomes(bramble, name);
  const one = await node('pi-1');
  assert.deepEqual([one.metadata?.labels?.['site'], one.metadata?.labels?.['floor']], ['barn', '1']);
  assert.equal((await node('pi-2')).metadata?.labels?.['site'], 'barn');
  assert.equal(one.metadata?.annotations?.['bramble.dev/model'], 'Raspberry Pi 4 Model B Rev 1.4');
  assert.equal(one.status?.addresses?.[0]?.address, boards.get('pi-1').address);
  assert.deepEqual(await Promise.all([bramble.node, 'pi-1', 'pi-2'].map(keepaliveOf)), ['30', '20', '10']);
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

test('G5: a board that is cut off is NotReady within one and a half of its own keepalives; back again, nothing was restarted', async () => {
  const board = boards.get('pi-2');
  const before = await board.containers();
  assert.equal(before.length, 2);
  await board.cutOff();
  // 15 s of silence, and what the machine's load adds: less than the 30 s after which a usual board may be missed.
  await nodeBecomes(bramble, 'pi-2', 'Unknown', 25_000);
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
  // Far below the 30 s that silence takes.
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 10_000);
  await board.start();
  await nodeBecomes(bramble, 'pi-1', 'True');
  assert.equal(await keepaliveOf('pi-1'), '20', 'as it was told when it joined');
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

/** As a Raspberry Pi's kernel says it that was started without `cgroup_enable=memory`; in cgroups of either version. */
const withoutMemoryCgroups = `
sed -E 's/^(memory\\s.*)1$/\\10/' /proc/cgroups > /run/cgroups
mount --bind /run/cgroups /proc/cgroups
controllers=/sys/fs/cgroup/cgroup.controllers
if [ -s $controllers ]; then
  sed -E 's/\\bmemory\\b *//' $controllers > /run/controllers
  mount --bind /run/controllers $controllers
fi`;

test('a board whose kernel limits no memory says so on its Node, and to whoever asks for a limit there', async () => {
  const board = boards.get('pi-2');
  assert.equal(await board.stopAgent(), 0);
  await board.succeed('sh', ['-ec', withoutMemoryCgroups]);
  await board.start();
  const condition = await eventually('the condition', async () =>
    (await node('pi-2')).status?.conditions?.find(({ type }) => type === 'MemoryLimitsOff'),
  );
  assert.deepEqual([condition.status, condition.reason], ['True', 'NoMemoryCgroups']);
  const limited = { resources: { limits: { memory: '64Mi' } } };
  const spec = { nodeSelector: { 'kubernetes.io/hostname': 'pi-2' } };
  await bramble.kubectl(
    'create -f -',
    stream([
      pod('limited', [shell('main', politeScript, limited), shell('side', politeScript, limited)], spec),
    ]),
  );
  await bramble.kubectl('wait pod/limited --for=condition=Ready --timeout=40s');
  const told = await eventually('the warning', async () => {
    const { items } = JSON.parse(await bramble.kubectl('get events -o json')) as { items: Event[] };
    const warnings = items.filter(({ reason }) => reason === 'LimitNotApplied');
    return warnings.length > 0 ? warnings : undefined;
  });
  assert.deepEqual(
    told.map(({ type, involvedObject, count }) => [type, involvedObject.name, count]),
    [['Warning', 'limited', 1]],
  );
  for (const { message } of [...told, condition])
    assert.match(message ?? '', /add cgroup_enable=memory to the line in \S*cmdline\.txt, and reboot/);
});

const unreachable = 'node.kubernetes.io/unreachable';

/** Evicted five seconds after the loss of their board, and as far apart as the boards allow. */
function spread(): Fields {
  const labels = { app: 'spread' };
  const tolerations = [{ key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }];
  const spec = { tolerations, terminationGracePeriodSeconds: 1, containers: [shell('main', politeScript)] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'spread' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

async function spreadOn(name: string): Promise<Pod[]> {
  const selected = ['get', 'pods', '-l', 'app=spread', '--field-selector', `spec.nodeName=${name}`];
  return (JSON.parse(await bramble.kubectl([...selected, '-o', 'json'])) as { items: Pod[] }).items;
}

// The last one here: nothing is held against a board in the first ninety seconds of its controller, most of which have passed by now.
test('a board without power: its pods are doubted, then run elsewhere; when it is back it ends its own', async () => {
  await bramble.kubectl('create -f -', stream([spread()]));
  await bramble.kubectl('rollout status deploy/spread --timeout=60s');
  assert.equal((await spreadOn('pi-1')).length, 1);
  const board = boards.get('pi-1');
  await board.powerCut();
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 60_000);
  const [lost] = await eventually(
    'doubt',
    async () => {
      const pods = await spreadOn('pi-1');
      const ready = pods[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'False' ? pods : undefined;
    },
    { withinMs: 60_000, everyMs: 250 },
  );
  assert.match(await bramble.kubectl(['get', 'pod', lost?.metadata?.name ?? '']), / Unknown /);
  const lostNode = await node('pi-1');
  assert.ok(lostNode.spec?.taints?.some(({ key, effect }) => key === unreachable && effect === 'NoSchedule'));
  await eventually(
    'the eviction',
    async () => ((await spreadOn('pi-1'))[0]?.metadata?.deletionTimestamp ? true : undefined),
    { withinMs: 120_000, everyMs: 1_000 },
  );
  await bramble.kubectl('rollout status deploy/spread --timeout=60s');
  assert.equal((await spreadOn('pi-1')).length, 1, 'nobody has said that it ended');
  await board.boot();
  await board.start();
  await nodeBecomes(bramble, 'pi-1', 'True', 60_000);
  await eventually('the end of the old pod', async () =>
    (await spreadOn('pi-1')).some(({ metadata }) => metadata?.uid === lost?.metadata?.uid) ? undefined : true,
  );
  assert.equal((await node('pi-1')).spec?.taints, undefined);
});
