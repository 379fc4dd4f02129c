import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { MemoryDisk, MemoryEngine } from '../store/memory-engine.ts';
import { type RunningStore, runStore } from '../store/testing/running-store.ts';
import { type EventNote, eventRecorder } from './recorder.ts';

let running: RunningStore;
afterEach(() => running.stop());

const host = new VirtualHost();
const about = (name: string, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: namespace === undefined ? 'Node' : 'Pod',
  metadata: { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }) },
});

async function start() {
  const disk = new MemoryDisk('events');
  running = await runStore(new MemoryEngine(disk, (done) => void host.timer(2, done)), { host });
  const system = new ActorSystem(host, {
    onRootFailure: (error) => {
      throw error;
    },
  });
  const recorder = system.run('events', eventRecorder(running.store));
  const note = (message: string, more: Partial<EventNote> = {}): void => {
    const entry = {
      type: 'Normal',
      reason: 'Tested',
      message,
      source: 'test',
      about: about('a', 'web'),
    } as const;
    recorder.send({ type: 'note', note: { ...entry, ...more } });
  };
  const events = (): KubeObject[] => running.store.list('/registry/events/').map(({ object }) => object);
  return { disk, note, events };
}

test('what repeats is counted in one event, also while it is being written', async () => {
  const { note, events } = await start();
  for (let times = 0; times < 5; times += 1) note('again');
  await host.elapse(20);
  note('again');
  note('another');
  await host.elapse(20);
  assert.deepEqual(
    events()
      .map((event) => [event['message'], event['count']])
      .sort(),
    [
      ['again', 6],
      ['another', 1],
    ],
  );
});

test('a note that replaces leaves one event with the newest message', async () => {
  const { note, events } = await start();
  note('cpu is short', { replaces: true });
  note('memory is short', { replaces: true });
  await host.elapse(20);
  note('disk is short', { replaces: true });
  await host.elapse(20);
  assert.deepEqual(
    events().map((event) => [event['message'], event['count']]),
    [['disk is short', 3]],
  );
});

test('events about what has no namespace go to default, and name what they are about', async () => {
  const { note, events } = await start();
  note('ready', { about: about('pi-1'), node: 'pi-1' });
  note('long', { about: about(`${'x'.repeat(219)}.y`, 'web') });
  await host.elapse(20);
  const [first, second] = events();
  assert.equal(first?.metadata.namespace, 'default');
  assert.deepEqual(first?.['involvedObject'], {
    apiVersion: 'v1',
    kind: 'Node',
    name: 'pi-1',
    uid: 'uid-pi-1',
    resourceVersion: undefined,
  });
  assert.deepEqual(first?.['source'], { component: 'test', host: 'pi-1' });
  assert.match(second?.metadata.name ?? '', /^x{219}\.[0-9a-f]{16}$/);
});

test('an event that expired, or could not be written, begins anew', async () => {
  const { disk, note, events } = await start();
  note('said');
  await host.elapse(20);
  disk.commit([
    {
      conditions: [],
      writes: [{ type: 'delete', key: `/registry/events/web/${events()[0]?.metadata.name}` }],
    },
  ]);
  await host.elapse(20);
  disk.full = true;
  note('said');
  await host.elapse(20);
  assert.deepEqual(events(), []);
  disk.full = false;
  note('said');
  await host.elapse(20);
  assert.deepEqual(
    events().map((event) => event['count']),
    [1],
  );
});

test('G8: a flood loses some of the news and nothing else', async () => {
  const { note, events } = await start();
  for (let index = 0; index < 10_000; index += 1) note(`message ${index}`);
  await host.elapse(500);
  assert.ok(events().length <= 2_001 && events().length > 500, `${events().length} events`);
  assert.ok(
    events().some((event) => event['message'] === 'message 9999'),
    'the newest are kept',
  );
});
