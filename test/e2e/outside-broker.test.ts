import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, type Login, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage } from './fixture/objects.ts';

// A controller whose broker is Debian's mosquitto, one board beside it and one that joined over the network.

let bramble: Bramble;
let boards: Boards;
let board: Board;

before(async () => {
  bramble = await startBramble({ broker: 'mosquitto' });
  boards = await makeBoards(['pi-1'], bramble.file('boards'));
  board = boards.get('pi-1');
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

const publish = (topic: string, payload: readonly string[], login?: Login) =>
  bramble.mosquittoPub(['-q', '1', '-t', `bramble/v1/${topic}`, ...payload], login);

/** What a new subscriber gets at once: retained messages. */
async function retained(filter: string, login?: Login): Promise<string[]> {
  const options = [...bramble.mqttOptions(login), '-v', '--retained-only', '-W', '2', '-t', filter];
  const { stdout } = await bramble.client('mosquitto_sub', options);
  return stdout.split('\n').filter((line) => line !== '');
}

const running = (name: string): Promise<true> =>
  eventually(`pod ${name} in fleet/#`, async () => {
    const [line = ''] = await retained(`bramble/v1/fleet/pods/default/${name}`);
    return /"phase":"Running"/.test(line) ? true : undefined;
  });

const podOn = (name: string, node: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'web', image: helloImage, imagePullPolicy: 'Never' }],
    },
  });

async function newUser(name: string, role: string): Promise<Login> {
  return { user: name, token: (await bramble.bramble(['user', 'create', name, '--role', role])).trim() };
}

test('pods by kubectl and by mosquitto_pub; results, fleet topics, logs and exec', async () => {
  const results = bramble.mosquittoSub(['-v', '-q', '1', '-t', 'bramble/v1/results/admin/#']);
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl('wait pod/hello --for=condition=Ready --timeout=60s');
  await running('hello');
  assert.match(await bramble.kubectl('logs hello'), /listening on port 8080/);
  assert.equal(await bramble.kubectl('exec hello -- echo from inside'), 'from inside\n');
  const answer = await eventually('an answer', async () => {
    await publish('apply/admin/1', ['-m', podOn('by-mqtt', bramble.node)]);
    return results.lines.find((line) => line.startsWith('bramble/v1/results/admin/1 '));
  });
  assert.match(answer, /"action":"(created|unchanged)"/);
  await running('by-mqtt');
});

test('users come and go while mosquitto runs, and do what their role allows', async () => {
  const viewer = await newUser('vera', 'view');
  assert.equal((await retained('bramble/v1/fleet/nodes/#', viewer)).length, 1);
  const results = bramble.mosquittoSub(['-v', '-q', '1', '-t', 'bramble/v1/results/vera/#'], viewer);
  const refusal = await eventually('a refusal', async () => {
    await publish('apply/vera/1', ['-m', podOn('forbidden', bramble.node)], viewer);
    return results.lines.find((line) => line.startsWith('bramble/v1/results/vera/1 '));
  });
  assert.match(refusal, /"code":403/);
  await publish('apply/admin/forged', ['-m', podOn('forged', bramble.node)], viewer);
  const renewed: Login = { user: 'vera', token: (await bramble.bramble('user token vera')).trim() };
  assert.match((await publish('get/vera/1', ['-m', '/api/v1/pods'], viewer)).stderr, /not authorised/i);
  assert.equal((await publish('get/vera/1', ['-m', '/api/v1/pods'], renewed)).code, 0);
  await bramble.bramble('user remove vera');
  assert.match((await publish('get/vera/1', ['-m', '/api/v1/pods'], renewed)).stderr, /not authorised/i);
  assert.doesNotMatch(await bramble.kubectl('get pods -o name'), /forbidden|forged/);
});

test('a board that joins is told where the broker is; cut off and back, its pods run on', async () => {
  const token = (await bramble.bramble('token create')).trim();
  const url = `https://${boards.hostAddress}:${bramble.place.httpsPort}`;
  await board.join(url, token, ['--mqtt-keepalive', '5s']);
  await nodeBecomes(bramble, 'pi-1');
  await publish('apply/admin/2', ['-m', podOn('far', 'pi-1')]);
  await running('far');
  assert.match(await bramble.kubectl('logs far'), /listening on port 8080/);
  const containers = await board.containers();
  assert.equal(containers.length, 1);
  await board.cutOff();
  await nodeBecomes(bramble, 'pi-1', 'Unknown', 120_000);
  assert.deepEqual(await board.containers(), containers);
  await board.plugIn();
  await nodeBecomes(bramble, 'pi-1', 'True', 120_000);
  // The old connection may come back to life for a moment, and end while it is asked.
  await eventually('its log', async () => {
    const { stdout } = await bramble.client('kubectl', 'logs far');
    return /listening on port 8080/.test(stdout) ? true : undefined;
  });
  assert.deepEqual(await board.containers(), containers);
});

test('mosquitto is killed and comes back empty: nothing restarts, and all is said again', async () => {
  const containers = await board.containers();
  await bramble.mosquitto?.kill();
  await bramble.kubectl(['label', 'pod', 'far', 'meanwhile=yes']);
  await bramble.mosquitto?.start(bramble.dataDir);
  await running('far');
  await running('hello');
  const [nodes] = [await retained('bramble/v1/fleet/nodes/#')];
  assert.equal(nodes.length, 2);
  await publish('apply/admin/3', ['-m', podOn('later', 'pi-1')]);
  await running('later');
  const after = await board.containers();
  assert.deepEqual(
    containers.filter((line) => !after.includes(line)),
    [],
  );
});

/** mosquitto's clients with the certificate of a board. */
async function asBoard(): Promise<string[]> {
  const trust = join(board.dataDir, 'agent', 'trust');
  const { certificate, ca } = JSON.parse(await readFile(join(trust, 'identity.json'), 'utf8'));
  await writeFile(bramble.file('board.crt'), certificate);
  await writeFile(bramble.file('board-ca.crt'), ca);
  const where = ['-h', '127.0.0.1', '-p', `${bramble.place.boardsPort}`];
  const proof = ['--cert', bramble.file('board.crt'), '--key', join(trust, 'identity-key.pem')];
  return [...where, '--cafile', bramble.file('board-ca.crt'), ...proof];
}

test('a board’s certificate reads and writes what is the board’s own, and nothing else', async () => {
  const own = await asBoard();
  const subscribes = async (filter: string): Promise<string> => {
    const ended = await bramble.client('mosquitto_sub', [...own, '-W', '2', '-t', `bramble/v1/${filter}`]);
    return ended.stderr;
  };
  assert.doesNotMatch(await subscribes('nodes/pi-1/manifest'), /denied/);
  const others = ['#', 'nodes/#', 'nodes/+/manifest', `nodes/${bramble.node}/manifest`, 'fleet/#', 'apply/#'];
  for (const filter of others) assert.match(await subscribes(filter), /denied/, filter);
  const all = bramble.mosquittoSub(['-v', '-t', 'bramble/v1/nodes/+/session', '-t', 'bramble/v1/fleet/#']);
  await all.printed(/^bramble\/v1\/nodes\/pi-1\/session /m);
  const forged = [`nodes/${bramble.node}/session`, 'fleet/pods/default/forged', 'apply/admin/9'];
  for (const topic of forged)
    await bramble.client('mosquitto_pub', [...own, '-q', '1', '-t', `bramble/v1/${topic}`, '-m', 'FORGED']);
  await bramble.client('mosquitto_pub', [
    ...own,
    '-q',
    '1',
    '-t',
    'bramble/v1/nodes/pi-1/session',
    '-m',
    'own',
  ]);
  await all.printed(/^bramble\/v1\/nodes\/pi-1\/session own$/m);
  assert.doesNotMatch(all.output, /FORGED/);
});

test('a board that is removed is put out at once', async () => {
  const own = await asBoard();
  await bramble.bramble('board remove pi-1');
  const topic = 'bramble/v1/nodes/pi-1/manifest';
  const { stderr } = await bramble.client('mosquitto_sub', [...own, '-W', '2', '-t', topic]);
  assert.match(stderr, /denied/);
  assert.match(bramble.mosquitto?.log ?? '', /pi-1-\S+ been disconnected by administrative action/);
});
