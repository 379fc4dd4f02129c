import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { containerSpec, eventually, type RealPodman, realPodman } from '../../testing/real-podman.ts';
import { type ContainerSession, RuntimeError, type SessionOptions } from '../port.ts';

let podman: RealPodman;
let id: string;
before(async () => {
  podman = await realPodman();
  id = await start({ name: 'host', command: ['sleep', '100000'] });
});
after(() => podman.dispose());

async function start(spec: Parameters<typeof containerSpec>[0]): Promise<string> {
  const made = await podman.runtime.create(containerSpec(spec));
  await podman.runtime.start(made.id);
  return made.id;
}

const all: SessionOptions = { stdin: true, stdout: true, stderr: true, tty: false };

function exec(script: string, options: Partial<SessionOptions> = {}): Promise<ContainerSession> {
  return podman.runtime.execSession(id, ['sh', '-c', script], { ...all, ...options });
}

/** All that it says until its end. */
async function heard(session: ContainerSession) {
  const said = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of session.output) said[stream] += Buffer.from(bytes).toString();
  return { ...said, ...(await session.result()) };
}

/** Command lines of what runs in the container. */
async function processes(): Promise<string> {
  return (await heard(await exec('ps -o args'))).stdout;
}

test('a command: input and its end, both outputs apart, the exit code', async () => {
  const session = await exec('cat; echo wrong >&2; exit 7');
  await session.write(Buffer.from('typed '));
  await session.write(Buffer.from('text'));
  session.endInput();
  assert.deepEqual(await heard(session), { stdout: 'typed text', stderr: 'wrong\n', exitCode: 7 });
  await assert.rejects(session.write(Buffer.from('late')));
});

test('a terminal: one output, its size, Ctrl-C', async () => {
  const session = await exec('trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.1; done', {
    tty: true,
  });
  await session.resize({ width: 120, height: 40 });
  const output = session.output[Symbol.asyncIterator]();
  const until = async (wanted: string): Promise<void> => {
    for (let text = ''; !text.includes(wanted); ) {
      const { value, done } = await output.next();
      if (done) assert.fail(`it ended with ${text}`);
      text += Buffer.from(value.bytes).toString();
    }
  };
  await until('ready');
  await session.write(Buffer.from([3]));
  await until('interrupted');
  assert.equal((await output.next()).done, true);
  assert.deepEqual(await session.result(), { exitCode: 3 });
  const sized = await exec('sleep 0.3; stty size', { tty: true });
  await sized.resize({ width: 120, height: 40 });
  assert.equal((await heard(sized)).stdout, '40 120\r\n');
});

test('much output arrives whole, also when it is read slowly, and so does much input', async () => {
  const session = await exec('dd if=/dev/zero bs=65536 count=160 2>/dev/null');
  let bytes = 0;
  for await (const chunk of session.output) {
    bytes += chunk.bytes.length;
    if (bytes < 500_000) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(bytes, 160 * 65_536);
  const counting = await exec('wc -c');
  for (let count = 0; count < 160; count += 1) await counting.write(Buffer.alloc(65_536));
  counting.endInput();
  assert.deepEqual(await heard(counting), { stdout: `${160 * 65_536}\n`, stderr: '', exitCode: 0 });
});

test('what cannot be run says why', async () => {
  const missing = await podman.runtime.execSession(id, ['no-such-program'], all);
  const { stderr, exitCode } = await heard(missing);
  assert.match(stderr, /no-such-program.*not found/);
  assert.equal(exitCode, 127);
  const refusal = podman.runtime.execSession('0'.repeat(64), ['true'], all);
  await assert.rejects(refusal, (error) => error instanceof RuntimeError && error.reason === 'gone');
});

test('a command whose client has gone: one that says no more runs on, one that does is ended, as is a terminal', async () => {
  const quiet = await exec('sleep 1001');
  const talker = await exec('sleep 0.3; while :; do echo word; sleep 0.01; done');
  const terminal = await exec('sleep 1003', { tty: true });
  const count = async (): Promise<string[]> =>
    (await processes()).split('\n').filter((line) => /sleep 100[13]|echo word/.test(line));
  await eventually('all three', async () => ((await count()).length === 3 ? true : undefined));
  for (const session of [quiet, talker, terminal]) session.close();
  const left = await eventually('the end of two', async () => {
    const lines = await count();
    return lines.length === 1 ? lines : undefined;
  });
  assert.match(left[0] ?? '', /sleep 1001/);
});

test('joining the container’s own process: what it says and hears, and leaving it', async () => {
  const own = await start({
    name: 'joined',
    command: ['sh', '-c', 'read word; echo heard $word; read more; echo over $more; exit 4'],
    stdin: true,
  });
  const first = await podman.runtime.attachSession(own, all);
  await first.write(Buffer.from('one\n'));
  const { value } = await first.output[Symbol.asyncIterator]().next();
  assert.equal(Buffer.from(value?.bytes ?? []).toString(), 'heard one\n');
  await first.write(Buffer.from('two\n'));
  assert.equal((await heard(first)).stdout, 'over two\n');
  const ended = await eventually('its end', async () => {
    const view = await podman.runtime.inspect(own);
    return view?.state === 'exited' ? view : undefined;
  });
  assert.equal(ended.exitCode, 4);
  const shown = await start({ name: 'shown', command: ['sh', '-c', 'sleep 0.5; tty; sleep 0.5'], tty: true });
  const plain = await podman.runtime.attachSession(shown, { ...all, stdin: false });
  assert.equal((await heard(plain)).stdout, '/dev/pts/0\r\n', 'a terminal, for a client without one');
  const left = await podman.runtime.attachSession(id, { ...all, stdin: false });
  left.close();
  assert.equal((await podman.runtime.inspect(id))?.state, 'running');
});
