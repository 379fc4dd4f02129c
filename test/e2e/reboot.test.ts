import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Background } from './fixture/background.ts';
import { podNamespaces } from './fixture/board.ts';
import { type Bramble, project, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, secret, shell, stream } from './fixture/objects.ts';
import { curl, podShows, readyAddress } from './fixture/pods.ts';
import { powerCut } from './fixture/power-cut.ts';

let bramble: Bramble;
let agent: Background | undefined;
let hello: string;
let keeper: string;

before(async () => {
  bramble = await startBramble();
  // It serves what its Secret says, and counts its starts in an emptyDir.
  const script = 'cp /door/code /tmp/code; echo x >> /kept/starts; exec httpd -f -p 8080 -h /';
  const volumes = [
    { name: 'door', secret: { secretName: 'door' } },
    { name: 'kept', emptyDir: {} },
  ];
  const volumeMounts = [
    { name: 'door', mountPath: '/door' },
    { name: 'kept', mountPath: '/kept' },
  ];
  const once = pod('once', [shell('main', 'exit 0')], { restartPolicy: 'Never' });
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl(
    'create -f -',
    stream([
      secret('door', { code: '4711' }),
      pod('keeper', [shell('main', script, { volumeMounts })], { volumes }),
      once,
    ]),
  );
  hello = await readyAddress(bramble, 'hello');
  keeper = await readyAddress(bramble, 'keeper');
  await podShows(bramble, 'once', 'Succeeded', ({ status }) =>
    status?.phase === 'Succeeded' ? true : undefined,
  );
});
after(() => bramble?.dispose());

/** Waits for this answer: while the pod is not there, something else on the network may give another one. */
const answers = (url: string, expected: string): Promise<true> =>
  eventually(
    `${url} to answer ${expected}`,
    async () => ((await curl(bramble, url).catch(() => '')) === expected ? true : undefined),
    { withinMs: 40_000, everyMs: 250 },
  );

test('a board that reboots cut off runs what it ran, with the same addresses and its Secrets', async () => {
  assert.equal(await bramble.interrupt(), 0);
  await powerCut(bramble);
  assert.deepEqual(await podNamespaces(bramble), []);
  const { bridge, clusterCidr } = bramble.place;
  const args = [
    '--data-dir',
    bramble.dataDir,
    '--node',
    bramble.node,
    '--bridge',
    bridge,
    '--cluster-cidr',
    clusterCidr,
  ];
  agent = bramble.beside(process.execPath, [join(project, 'agent/main.ts'), ...args, '--log-level', 'warn']);
  await answers(`http://${hello}:8080`, 'Hello from hello\n');
  await answers(`http://${keeper}:8080/door/code`, '4711');
  await answers(`http://${keeper}:8080/kept/starts`, 'x\nx\n');
});

test('when the link is back, nothing is restarted, and the controller is told', async () => {
  assert.ok(agent);
  agent.signal('SIGTERM');
  assert.equal(await agent.ended(), 0);
  await bramble.start();
  await bramble.kubectl(`wait node/${bramble.node} --for=condition=Ready --timeout=40s`);
  await podShows(bramble, 'hello', 'one restart', ({ status }) =>
    status?.containerStatuses?.[0]?.restartCount === 1 ? true : undefined,
  );
  assert.equal(await curl(bramble, `http://${keeper}:8080/kept/starts`), 'x\nx\n');
  await podShows(bramble, 'once', 'still Succeeded', ({ status }) =>
    status?.phase === 'Succeeded' ? true : undefined,
  );
});
