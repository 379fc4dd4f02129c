import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage, pod, shell, stream } from './fixture/objects.ts';
import { podShows, readyAddress } from './fixture/pods.ts';
import { Terminal } from './fixture/terminal.ts';

let bramble: Bramble;
const terminals: Terminal[] = [];

before(async () => {
  bramble = await startBramble();
  await bramble.kubectl(
    'create -f -',
    stream([
      pod('box', [shell('main', 'echo up; exec sleep 100000')], { terminationGracePeriodSeconds: 0 }),
      pod('twins', [shell('one', 'exec sleep 100000'), shell('two', 'exit 3')], {
        terminationGracePeriodSeconds: 0,
      }),
      pod('done', [shell('main', 'exit 0')], { restartPolicy: 'Never' }),
    ]),
  );
  await readyAddress(bramble, 'box');
});
after(async () => {
  for (const terminal of terminals) terminal.stop();
  await bramble?.dispose();
});

function atTerminal(command: string): Terminal {
  const terminal = new Terminal(command, bramble.env);
  terminals.push(terminal);
  return terminal;
}

/** What kubectl uses where a server knows no WebSocket. */
const spdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };

for (const [transport, variables] of Object.entries({ WebSocket: {}, 'SPDY/3.1': spdy })) {
  describe(`kubectl exec over ${transport}`, () => {
    const kubectl = (args: readonly string[], input = '') =>
      bramble.client('kubectl', args, { input, env: { ...bramble.env, ...variables } });

    test('both outputs apart, and the exit code', async () => {
      const script = 'echo out; echo err >&2; exit 7';
      const { code, stdout, stderr } = await kubectl(['exec', 'box', '--', 'sh', '-c', script]);
      assert.deepEqual([code, stdout], [7, 'out\n']);
      assert.match(stderr, /^err\n/);
      assert.match(stderr, /command terminated with exit code 7/);
      assert.equal((await kubectl(['exec', 'box', '--', 'true'])).code, 0);
    });

    test('input, to its end', async () => {
      const input = 'x'.repeat(3_000_000);
      const counted = await kubectl(['exec', '-i', 'box', '--', 'wc', '-c'], input);
      assert.deepEqual([counted.code, counted.stdout.trim()], [0, '3000000']);
      const echoed = await kubectl(['exec', '-i', 'box', '--', 'cat'], input);
      assert.ok(echoed.stdout === input);
    });

    test('what is not there, and who may not', async () => {
      const refusal = async (...args: string[]) => (await kubectl(['exec', ...args])).stderr;
      assert.match(await refusal('nobody', '--', 'ls'), /pods "nobody" not found/);
      assert.match(await refusal('box', '-c', 'x', '--', 'ls'), /container x is not valid for pod box/);
      await podShows(bramble, 'done', 'its end', ({ status }) => status?.phase === 'Succeeded' || undefined);
      assert.match(await refusal('done', '--', 'ls'), /cannot exec into a container in a completed pod/);
      await podShows(
        bramble,
        'twins',
        'a crash',
        ({ status }) =>
          status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff') ||
          undefined,
      );
      const crashing = await refusal('twins', '-c', 'two', '--', 'ls');
      assert.match(crashing, /container "two" in pod "twins" is not running: CrashLoopBackOff/);
      const missing = await kubectl(['exec', 'box', '--', 'no-such-program']);
      assert.match(missing.stderr, /no-such-program.*not found/);
      assert.equal(missing.code, 127);
      const viewer = (
        await bramble.bramble(`user create viewer-${transport[0]?.toLowerCase()} --role view`)
      ).trim();
      const forbidden = await refusal('--token', viewer, 'box', '--', 'ls');
      assert.match(
        forbidden,
        /pods "box" is forbidden: User "viewer-\w" cannot create resource "pods\/exec"/,
      );
    });
  });
}

describe('a terminal', () => {
  test('exec -it: size, Ctrl-C, exit code', async () => {
    const terminal = atTerminal('kubectl exec -it box -- sh');
    await terminal.shows(/\/ # /);
    terminal.type('stty size; trap "echo was interrupted" INT\r');
    await terminal.shows(/40 100/);
    terminal.type('sleep 1000\r');
    await terminal.shows(/sleep 1000\r\n/);
    await eventually(
      'sleep to run',
      async () => (await bramble.kubectl('exec box -- ps -o args')).includes('\nsleep 1000\n') || undefined,
    );
    terminal.type('\x03');
    await eventually(
      'sleep to end',
      async () => !(await bramble.kubectl('exec box -- ps -o args')).includes('\nsleep 1000\n') || undefined,
    );
    terminal.type('exit 5\r');
    assert.equal(await terminal.ended(), 5);
  });

  test('a terminal that is closed ends what ran at it', async () => {
    const terminal = atTerminal('kubectl exec -it box -- sleep 2000');
    const runs = async () => (await bramble.kubectl('exec box -- ps -o args')).includes('\nsleep 2000\n');
    await eventually('sleep to run', async () => (await runs()) || undefined);
    terminal.stop();
    await eventually('sleep to end', async () => !(await runs()) || undefined);
  });

  test('run -it --rm: a shell in a pod of its own, which is gone afterwards', async () => {
    const image = `--image=${helloImage} --image-pull-policy=IfNotPresent --restart=Never`;
    const terminal = atTerminal(`kubectl run shell -it --rm ${image} --command -- sh`);
    await terminal.shows(/try pressing enter/);
    terminal.type('\r');
    await terminal.shows(/\/ # /);
    terminal.type('stty size; exit 6\r');
    await terminal.shows(/40 100/);
    assert.equal(await terminal.ended(), 6);
    assert.match(terminal.output, /pod "shell" deleted/);
    assert.match(await bramble.kubectlRefuses('get pod shell'), /not found/);
  });

  test('run -i with input from a pipe; attach', async () => {
    const image = [`--image=${helloImage}`, '--image-pull-policy=IfNotPresent', '--restart=Never'];
    const script = 'read word; echo heard $word; sleep 1';
    const { stdout } = await bramble.client(
      'kubectl',
      ['run', 'ear', '-i', '--quiet', '--rm', ...image, '--command', '--', 'sh', '-c', script],
      { input: 'hello\n' },
    );
    assert.match(stdout, /^heard hello$/m);
    const counting = 'n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.1; done';
    await bramble.kubectl(
      'create -f -',
      stream([pod('clock', [shell('main', counting)], { terminationGracePeriodSeconds: 0 })]),
    );
    await readyAddress(bramble, 'clock');
    const attached = bramble.beside('kubectl', 'attach clock');
    await attached.printed(/tick \d+\ntick \d+/);
    await attached.stop();
    assert.equal(await podShows(bramble, 'clock', 'running on', ({ status }) => status?.phase), 'Running');
  });
});

describe('kubectl cp', () => {
  test('there and back, byte for byte', async () => {
    const bytes = randomBytes(4_000_000);
    await writeFile(bramble.file('there'), bytes);
    await bramble.kubectl(['cp', bramble.file('there'), 'box:/tmp/there']);
    const sum = createHash('md5').update(bytes).digest('hex');
    assert.equal((await bramble.kubectl('exec box -- md5sum /tmp/there')).split(' ')[0], sum);
    await bramble.kubectl(['cp', 'box:/tmp/there', bramble.file('back')]);
    assert.ok((await readFile(bramble.file('back'))).equals(bytes));
  });
});
