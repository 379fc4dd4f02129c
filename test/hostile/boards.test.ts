import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { Recorder } from '@bramble/adapters/mqtt/recorder.testing.ts';
import { agentFilters, networkFilter, root, topics } from '@bramble/protocol/topics.ts';
import { ControllerProcess, type Login, loginOf } from '../e2e/fixture/controller-process.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { refused } from './fixture/refused.ts';
import { Strangers } from './fixture/strangers.ts';

const own = 'thief';
const victim = 'victim';

/** What may stand in the place of each name of the table: the board's own, and others'. */
const names: Readonly<Record<string, readonly string[]>> = {
  node: [own, victim],
  group: ['default', 'others'],
  user: ['admin', 'ada'],
  kind: ['pods', 'secrets'],
  uid: ['u-1'],
  id: ['id-1'],
  stream: ['s-1'],
  namespace: ['default'],
  name: ['web'],
};

/** Every topic of the table in every such form. A new one is among them by itself. */
function everyTopic(): string[] {
  return Object.values(topics).flatMap((topic) => {
    const [, list = ''] = /^\(([^)]*)\)/.exec(String(topic)) ?? [];
    const parameters = list.split(',').flatMap((each) => each.trim().split(/[\s:]/)[0] || []);
    assert.equal(parameters.length, topic.length, String(topic));
    return combinations(parameters).map((values) => (topic as (...values: string[]) => string)(...values));
  });
}

function combinations([first, ...rest]: readonly string[]): string[][] {
  if (first === undefined) return [[]];
  const values = names[first];
  assert.ok(values, `say in this test what may stand for {${first}}`);
  return values.flatMap((value) => combinations(rest).map((others) => [value, ...others]));
}

/** In words of this test's own, to hold the broker's rules against. */
const mayWrite = new RegExp(`^${root}/nodes/${own}/(session|metrics|status/u-1|streams/s-1/out)$`);
const mayRead = new RegExp(
  `^${root}/(controller/session|network/default/.+|nodes/${own}/(session|manifest|objects/(pods|secrets)/u-1|acks|network|streams/s-1/in))$`,
);

let controller: ControllerProcess;
let thief: Recorder;
let others: Recorder[];
/** The thief’s certificate. */
let board: Login;
before(async () => {
  controller = await ControllerProcess.start();
  const neighbour = await controller.join(victim);
  const filters = [...agentFilters(victim), networkFilter('default')];
  const admin = { username: 'admin', password: controller.adminToken };
  const all = ['results/admin/#', 'fleet/#', 'nodes/+/session', 'nodes/+/metrics', 'controller/session'];
  others = [
    controller.open(loginOf(neighbour), { clientId: victim, filters }),
    controller.open(admin, { clientId: 'ada', filters: all.map((filter) => `${root}/${filter}`) }),
  ];
  board = loginOf(await controller.join(own));
  thief = controller.open(board, { clientId: own });
  await Promise.all([thief, ...others].map((each) => each.connected()));
});
after(async () => {
  for (const each of [thief, ...(others ?? [])]) each?.connection.close();
  await controller?.stop();
});

test('G7 a board’s certificate publishes to no topic of the table but its own four; each try is counted', async () => {
  const all = everyTopic();
  assert.ok(all.length > 30, `${all.length} topics`);
  const malformed = await refused(controller, 'fleet', 'malformed');
  for (const topic of all) {
    const before = await refused(controller, 'broker', 'publish');
    await thief.publish(topic, `lie about ${topic}`);
    const wasRefused = (await refused(controller, 'broker', 'publish')) - before;
    assert.equal(wasRefused, mayWrite.test(topic) ? 0 : 1, topic);
  }
  const before = await refused(controller, 'broker', 'publish');
  for (const topic of all) await thief.publish(topic, `lie about ${topic}`, 1, true);
  assert.equal(
    (await refused(controller, 'broker', 'publish')) - before,
    all.filter((topic) => !mayWrite.test(topic)).length,
  );
  // What was diverted would have come before what is told now.
  await thief.publish(topics.metrics(own), 'end');
  const [, admin] = others;
  await admin?.until(() => admin.texts.includes('end'));
  // Of its own four topics nobody waits for what it says on that of a stream: twice three lies, and the end.
  await eventually(
    'what it said on its own topics to be refused',
    async () => (await refused(controller, 'fleet', 'malformed')) - malformed === 7 || undefined,
  );
  assert.deepEqual(forbiddenLies(others.flatMap(({ messages }) => messages)), []);
  assert.deepEqual(forbiddenLies(await retained()), [], 'nothing was left');
});

interface Told {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Where the liar was heard, and may not write. */
const forbiddenLies = (messages: readonly Told[]): string[] =>
  messages
    .filter(({ topic, payload }) => String(payload).startsWith('lie about ') && !mayWrite.test(topic))
    .map(({ topic }) => topic);

/** What a late subscriber finds. A last one of each is retained here and waited for: SUBACK comes before the first. */
async function retained(): Promise<readonly Told[]> {
  const last = topics.nodeSession('last');
  const honest = controller.open(loginOf(await controller.join('last')), { clientId: 'last' });
  await honest.connected();
  await honest.publish(last, 'the last', 1, true);
  const pod = topics.fleetPod('default', 'told');
  const body = { metadata: { name: 'told' }, spec: { containers: [{ name: 'web', image: 'hello' }] } };
  const { code, text } = await controller.ask('/api/v1/namespaces/default/pods', { method: 'POST', body });
  assert.equal(code, 201, text);
  const [, admin] = others;
  await admin?.until(() =>
    [pod, last].every((topic) => admin.messages.some((message) => message.topic === topic)),
  );
  // The broker goes through the filters in this order, and through the topics of each as they first came.
  const filters = [`${root}/fleet/#`, `${root}/nodes/+/session`];
  const login = { username: 'admin', password: controller.adminToken };
  const late = controller.open(login, { clientId: 'late', filters });
  const found = (topic: string) =>
    late.messages.some((message) => message.retained && message.topic === topic);
  await late.until(() => [pod, topics.nodeSession(own), last].every(found));
  for (const each of [late, honest]) each.connection.close();
  return late.messages;
}

test('G7 a board’s certificate reads no topic of the table but its own; each try is counted', async () => {
  const wide = ['#', `${root}/#`, `${root}/nodes/+/manifest`, `${root}/nodes/#`, '$SYS/#', '$share/g/#'];
  for (const filter of [...everyTopic(), ...wide]) {
    const before = await refused(controller, 'broker', 'subscribe');
    const error = await new Promise<Error | undefined>((resolve) =>
      thief.connection.subscribe([filter], resolve),
    );
    assert.equal(error === undefined, mayRead.test(filter), filter);
    assert.equal(
      (await refused(controller, 'broker', 'subscribe')) - before,
      mayRead.test(filter) ? 0 : 1,
      filter,
    );
    thief.connection.unsubscribe([filter]);
  }
});

test('G7 at the API a board’s certificate opens nothing', async () => {
  const strangers = new Strangers(controller);
  for (const path of [
    '/api/v1/pods',
    '/api/v1/namespaces/default/secrets',
    '/bramble/v1/tokens',
    '/metrics',
  ]) {
    const socket = await strangers.secure(controller.httpsPort, board);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 401 /, path);
  }
  strangers.close();
});
