import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, open, until } from '../testing/http-client.ts';
import { podNamed } from '../testing/running-api.ts';
import { type RunningServer, runServer } from '../testing/running-server.ts';
import type { LogOptions, LogSink } from './ports.ts';

interface Opened {
  readonly pod: { readonly node: string; readonly uid: string };
  readonly container: string;
  readonly options: LogOptions;
  readonly sink: LogSink;
  cancelled: boolean;
}

const pods = '/api/v1/namespaces/default/pods';
const opened: Opened[] = [];
let server: RunningServer;
before(async () => {
  server = await runServer({
    logs: {
      open: (pod, container, options, sink) => {
        const one = { pod, container, options, sink, cancelled: false };
        opened.push(one);
        return () => {
          one.cancelled = true;
        };
      },
    },
  });
  await makePod('one', ['main'], { main: { running: { startedAt: '2026-01-01T00:00:00Z' } } });
  await makePod('two', ['a', 'b'], { a: { waiting: { reason: 'ContainerCreating' } } });
  await ask(server, pods, { method: 'POST', body: JSON.stringify(podNamed('nowhere')) });
});
after(() => server.stop());

async function makePod(name: string, containers: string[], states: Record<string, object>): Promise<void> {
  const spec = {
    nodeName: 'pi-1',
    containers: containers.map((container) => ({ name: container, image: 'x' })),
  };
  await ask(server, pods, { method: 'POST', body: JSON.stringify(podNamed(name, spec)) });
  const containerStatuses = Object.entries(states).map(([container, state]) => ({
    name: container,
    state,
    ready: false,
    restartCount: 0,
    image: 'x',
    imageID: '',
  }));
  const answer = await ask(server, `${pods}/${name}/status`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ status: { containerStatuses } }),
  });
  assert.equal(answer.code, 200);
}

test('the container is found, or the answer says which there are', async () => {
  const message = async (path: string) => (await ask(server, `${pods}/${path}`)).json.message;
  assert.equal(
    await message('two/log'),
    'a container name must be specified for pod two, choose one of: [a b]',
  );
  assert.equal(await message('two/log?container=c'), 'container c is not valid for pod two');
  assert.equal(
    await message('two/log?container=a'),
    'container "a" in pod "two" is waiting to start: ContainerCreating',
  );
  assert.equal(
    await message('one/log?previous=true'),
    'previous terminated container "main" in pod "one" not found',
  );
  assert.equal(await message('three/log'), 'pods "three" not found');
  assert.match(await message('one/log?tailLines=-1'), /tailLines: Invalid value: -1/);
  assert.deepEqual(await ask(server, `${pods}/nowhere/log`).then(({ code, text }) => [code, text]), [
    200,
    '',
  ]);
  assert.equal(opened.length, 0);
});

test('a log is streamed as it comes, and let go when the reader goes', async () => {
  const reading = open(server, `${pods}/one/log?follow=true&tailLines=5&timestamps=true`, {
    token: 'token-view',
  });
  await until(() => opened.length === 1);
  const [log] = opened;
  assert.ok(log);
  assert.equal(log.container, 'main');
  assert.equal(log.pod.node, 'pi-1');
  assert.deepEqual([log.options.follow, log.options.tailLines, log.options.timestamps], [true, 5, true]);
  let taken = 0;
  log.sink.onData(Buffer.from('first\n'), () => {
    taken += 1;
  });
  const stream = await reading;
  await until(() => taken === 1 && stream.raw() === 'first\n');
  stream.close();
  await until(() => log.cancelled);
});

test('a log that ends, and one that cannot be had', async () => {
  const whole = ask(server, `${pods}/one/log`);
  await until(() => opened.length === 2);
  opened[1]?.sink.onData(Buffer.from('all'), () => {});
  opened[1]?.sink.onEnd(undefined);
  assert.equal((await whole).text, 'all');
  const failed = ask(server, `${pods}/one/log`);
  await until(() => opened.length === 3);
  opened[2]?.sink.onEnd({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    code: 503,
    message: 'pi-1 is offline',
  });
  const answer = await failed;
  assert.deepEqual([answer.code, answer.json.message], [503, 'pi-1 is offline']);
});
