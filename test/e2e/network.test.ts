import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';
import { helloPod, onBoard, service } from './fixture/services.ts';

const names = ['pi-1', 'pi-2', 'pi-3'] as const;
const idle = 'while :; do sleep 1; done';

let bramble: Bramble;
let boards: Boards;

before(async () => {
  bramble = await startBramble({ controllerOnly: true });
  boards = await makeBoards(names, bramble.file('boards'));
  const url = `https://${boards.hostAddress}:${bramble.place.httpsPort}`;
  const token = (await bramble.bramble('token create --uses 3')).trim();
  await Promise.all(boards.all.map((board) => board.join(url, token)));
  for (const name of names) await nodeBecomes(bramble, name);
  const objects = [
    ...names.map((name) => helloPod(`web-${name}`, 'web', { spec: onBoard(name), probe: true })),
    ...names.map((name) => ({
      ...pod(`from-${name}`, [shell('main', idle)], { ...onBoard(name), terminationGracePeriodSeconds: 0 }),
    })),
    service('web', 'web', { type: 'NodePort' }),
    service('each', 'web', { clusterIP: 'None' }),
  ];
  await bramble.kubectl('create -f -', stream(objects));
  for (const name of names) {
    await bramble.kubectl(['wait', `pod/from-${name}`, '--for=condition=Ready', '--timeout=60s']);
    await bramble.kubectl([
      'wait',
      `pod/web-${name}`,
      '--for=jsonpath={.status.phase}=Running',
      '--timeout=60s',
    ]);
    await setReady(name, true);
  }
  await bramble.kubectl('wait pods --all --for=condition=Ready --timeout=60s');
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

function field(object: string, path: string): Promise<string> {
  return bramble.kubectl(['get', ...object.split(' '), '-o', `jsonpath={${path}}`]);
}

/** Without the controller: by the board's own podman. */
async function inPod(name: string, command: readonly string[], board: string): Promise<string> {
  const { code, stdout } = await tryInPod(name, command, board);
  assert.equal(code, 0, `${command.join(' ')} in ${name}: ${stdout}`);
  return stdout;
}

async function tryInPod(
  name: string,
  command: readonly string[],
  board: string,
): Promise<{ code: number; stdout: string }> {
  const id = (
    await boards.get(board).podman(['ps', '--filter', `name=${name}`, '--format', '{{.ID}}'])
  ).trim();
  return boards
    .get(board)
    .podman(['exec', id.split('\n')[0] ?? '', ...command])
    .then(
      (stdout) => ({ code: 0, stdout }),
      (error: Error) => ({ code: 1, stdout: error.message }),
    );
}

async function setReady(board: string, ready: boolean): Promise<void> {
  const command = ready ? ['touch', '/tmp/ready'] : ['rm', '-f', '/tmp/ready'];
  await inPod(`web-${board}`, command, board);
}

const get = (url: string): string[] => ['wget', '-q', '-O', '-', url];

/** Who answers, of many calls from one pod, in order of name. */
async function answerers(board: string, url: string, calls = 24): Promise<string[]> {
  const script = `i=0; while [ $i -lt ${calls} ]; do timeout 2 wget -q -O - ${url} || echo failed; i=$((i+1)); done`;
  const said = await inPod(`from-${board}`, ['sh', '-c', script], board);
  return [...new Set(said.trim().split('\n'))].sort();
}

const hello = (...of: readonly string[]): string[] => of.map((name) => `Hello from web-${name}`);

function becomes(board: string, url: string, expected: readonly string[], withinMs = 20_000): Promise<true> {
  let last: readonly string[] = [];
  return eventually(
    `${url} to be answered by ${expected.join(', ')}`,
    async () => {
      last = await answerers(board, url, 12);
      return String(last) === String(expected) ? true : undefined;
    },
    { withinMs, everyMs: 200, otherwise: () => last.join(', ') },
  );
}

test('pods reach each other across boards by address, and see who calls', async () => {
  const target = await field('pod web-pi-2', '.status.podIP');
  assert.equal(await inPod('from-pi-1', get(`http://${target}:8080`), 'pi-1'), 'Hello from web-pi-2\n');
  const caller = await field('pod from-pi-1', '.status.podIP');
  const tells = `mkdir -p /tmp/w/cgi-bin && printf '#!/bin/sh\\necho; echo $REMOTE_ADDR\\n' > /tmp/w/cgi-bin/who`;
  const serves = 'chmod +x /tmp/w/cgi-bin/who && httpd -p 9000 -h /tmp/w';
  await inPod('from-pi-3', ['sh', '-c', `${tells} && ${serves}`], 'pi-3');
  const listener = await field('pod from-pi-3', '.status.podIP');
  const seen = await inPod('from-pi-1', get(`http://${listener}:9000/cgi-bin/who`), 'pi-1');
  assert.equal(seen.trim().replace(/^\[::ffff:(.*)\]$/, '$1'), caller);
});

test('a Service spreads calls over the boards, by address and by name, from pods and boards', async () => {
  const address = await field('service web', '.spec.clusterIP');
  await becomes('pi-1', `http://${address}`, hello(...names));
  await becomes('pi-2', 'http://web', hello(...names));
  await becomes('pi-3', 'http://web.default.svc.cluster.local', hello(...names));
  const fromBoard = await boards.get('pi-1').succeed('curl', ['-sS', '--max-time', '5', `http://${address}`]);
  assert.match(fromBoard, /^Hello from web-pi-\d$/m);
});

test('node ports answer on every board, from outside and on its own loopback', async () => {
  const port = await field('service web', '.spec.ports[0].nodePort');
  for (const board of boards.all) {
    const seen = new Set<string>();
    await eventually(`all pods to have answered at ${board.name}`, async () => {
      seen.add(
        (
          await bramble.client('curl', [
            '-sS',
            '--noproxy',
            '*',
            '--max-time',
            '5',
            `http://${board.address}:${port}`,
          ])
        ).stdout.trim(),
      );
      return String([...seen].sort()) === String(hello(...names)) ? true : undefined;
    });
    for (let call = 0; call < 6; call += 1)
      assert.match(
        await board.succeed('curl', ['-sS', '--max-time', '5', `http://127.0.0.1:${port}`]),
        /^Hello from/,
      );
  }
});

test('a headless Service names the pods; a reverse look-up names the Service', async () => {
  const addresses = (await field('pods -l app=web', '.items[*].status.podIP')).split(' ').sort();
  const found = await inPod('from-pi-3', ['nslookup', 'each.default.svc.cluster.local'], 'pi-3');
  assert.deepEqual([...found.matchAll(/^Address: (10\.\S+)$/gm)].map((match) => match[1]).sort(), addresses);
  const service = await field('service web', '.spec.clusterIP');
  assert.match(
    await inPod('from-pi-1', ['nslookup', service], 'pi-1'),
    /= web\.default\.svc\.cluster\.local/,
  );
});

test('a pod that is not ready gets no calls on any board, and gets them again', async () => {
  await setReady('pi-2', false);
  for (const name of names) await becomes(name, 'http://web', hello('pi-1', 'pi-3'));
  assert.match(await bramble.kubectl('get endpointslices -o json'), /"ready": false/);
  await setReady('pi-2', true);
  for (const name of names) await becomes(name, 'http://web', hello(...names));
});

test('a board that is cut off goes on: names, Services and its own pods', async () => {
  const board = boards.get('pi-1');
  await board.cutOff();
  const address = await field('service web', '.spec.clusterIP');
  const own = await field('pod web-pi-1', '.status.podIP');
  assert.match(
    await inPod('from-pi-1', ['nslookup', 'web.default.svc.cluster.local'], 'pi-1'),
    new RegExp(address),
  );
  assert.equal(await inPod('from-pi-1', get(`http://${own}:8080`), 'pi-1'), 'Hello from web-pi-1\n');
  // The others are chosen too while nobody can say that they are out of reach; its own pod answers sooner or later.
  await eventually('its own pod to answer for the Service', async () => {
    const { stdout } = await tryInPod('from-pi-1', ['timeout', '1', ...get('http://web')], 'pi-1');
    return stdout === 'Hello from web-pi-1\n' ? true : undefined;
  });
  await board.plugIn();
  await becomes('pi-1', 'http://web', hello(...names), 60_000);
});

test('a lost board takes no more calls; when it is back, it does', async () => {
  await boards.get('pi-3').powerCut();
  await becomes('pi-1', 'http://web', hello('pi-1', 'pi-2'), 90_000);
  await boards.get('pi-3').boot();
  await boards.get('pi-3').start();
  await eventually(
    'its pod to run',
    async () => (await tryInPod('web-pi-3', ['true'], 'pi-3')).code === 0 || undefined,
  );
  await setReady('pi-3', true);
  await becomes('pi-1', 'http://web', hello(...names), 60_000);
});

test('a board that starts cut off has its Services and names at once', async () => {
  const board = boards.get('pi-2');
  await board.powerCut();
  await board.boot();
  await board.cutOff();
  await board.start();
  await eventually('its pods to run', async () => {
    const both = await Promise.all(['web-pi-2', 'from-pi-2'].map((name) => tryInPod(name, ['true'], 'pi-2')));
    return both.every(({ code }) => code === 0) || undefined;
  });
  const address = await field('service web', '.spec.clusterIP');
  let said = '';
  await eventually(
    'its DNS to answer',
    async () => {
      said = (await tryInPod('from-pi-2', ['nslookup', 'web.default.svc.cluster.local'], 'pi-2')).stdout;
      return said.includes(address) ? true : undefined;
    },
    { otherwise: () => `${said}${board.agent.output}` },
  );
  await eventually('its own pod to answer for the Service', async () => {
    const { stdout } = await tryInPod('from-pi-2', ['timeout', '1', ...get(`http://${address}`)], 'pi-2');
    return stdout === 'Hello from web-pi-2\n' ? true : undefined;
  });
  await board.plugIn();
});

test('boards of different network groups have no ways to each other, and no endpoints of each other', async () => {
  await setReady('pi-2', true);
  await becomes('pi-1', 'http://web', hello(...names), 60_000);
  await bramble.kubectl('label node pi-3 bramble.dev/network-group=shed');
  await becomes('pi-1', 'http://web', hello('pi-1', 'pi-2'), 30_000);
  await becomes('pi-3', 'http://web', hello('pi-3'), 30_000);
  assert.doesNotMatch(await boards.get('pi-3').succeed('ip', ['route']), /^10\.2\S+ via /m);
  await bramble.kubectl('label node pi-3 bramble.dev/network-group-');
  await becomes('pi-3', 'http://web', hello(...names), 30_000);
});
