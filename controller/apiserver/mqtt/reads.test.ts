import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import { type ReadAnswer, readAnswer } from '@bramble/protocol/messages/reads.ts';
import { FleetWorld } from '../../fleet/testing/fleet-world.ts';
import { readBounds } from './read-bounds.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
});
afterEach(() => world.finish());

const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';

async function make(text: string): Promise<void> {
  world.broker.say('bramble/v1/apply/anna/make', text);
  await world.elapse(100);
}

function pod(name: string): Promise<void> {
  return make(
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: main, image: hello}]}}`,
  );
}

function say(what: unknown, user = 'anna', id = '7'): void {
  world.broker.say(`bramble/v1/get/${user}/${id}`, typeof what === 'string' ? what : JSON.stringify(what));
}

function answers(user = 'anna', id = '7'): ReadAnswer[] {
  return world.broker
    .on(`bramble/v1/results/${user}/${id}`)
    .map(({ payload }) => readAnswer.parse(JSON.parse(String(payload))));
}

async function read(what: unknown, user = 'anna'): Promise<ReadAnswer> {
  world.broker.published = [];
  say(what, user);
  await world.elapse(100);
  const [answer, ...more] = answers(user);
  assert.ok(answer && more.length === 0 && answer.end && answer.sequence === 0);
  return answer;
}

const reasonOf = ({ code, body }: ReadAnswer) => [code, (body as { reason?: string }).reason];

test('an object, a list, a table: what HTTPS would answer', async () => {
  await pod('hello');
  const one = await read('/api/v1/namespaces/default/pods/hello');
  assert.equal((one.body as { metadata: { name: string } }).metadata.name, 'hello');
  const list = await read({ path: '/api/v1/pods?limit=1' });
  assert.equal((list.body as { kind: string; items: unknown[] }).kind, 'PodList');
  const columns = await read({ path: '/api/v1/pods', accept: table });
  assert.equal((columns.body as { rows: { cells: unknown[] }[] }).rows[0]?.cells[0], 'hello');
});

test('what is asked for wrongly is told so', async () => {
  assert.deepEqual(reasonOf(await read('pods')), [400, 'BadRequest']);
  assert.deepEqual(reasonOf(await read({ path: '/api/v1/pods', also: 1 })), [400, 'BadRequest']);
  assert.deepEqual(reasonOf(await read(`/${'x'.repeat(40_000)}`)), [400, 'BadRequest']);
  assert.deepEqual(reasonOf(await read('/api/v1/nothings')), [404, 'NotFound']);
  assert.deepEqual(reasonOf(await read('/somewhere/else')), [404, 'NotFound']);
  assert.deepEqual(reasonOf(await read('/api/v1/namespaces/default/pods/none')), [404, 'NotFound']);
  assert.deepEqual(reasonOf(await read('/api/v1/namespaces/default/pods/none/log')), [404, 'NotFound']);
  assert.deepEqual(reasonOf(await read({ path: '/api/v1/pods', accept: 'text/html' })), [
    406,
    'NotAcceptable',
  ]);
  assert.deepEqual(reasonOf(await read('/api/v1/pods', 'nobody')), [401, 'Unauthorized']);
});

test('G7: Secrets do not pass the broker, whatever the form', async () => {
  await make(
    '{apiVersion: v1, kind: Secret, metadata: {name: s, annotations: {a: hush}}, stringData: {k: hush}}',
  );
  for (const path of ['/api/v1/secrets', '/api/v1/namespaces/default/secrets/s', '/api/v1/secrets?watch=1']) {
    assert.deepEqual(reasonOf(await read(path)), [403, 'Forbidden']);
    const partial = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    assert.deepEqual(reasonOf(await read({ path, accept: partial })), [403, 'Forbidden']);
  }
  const shown = await read({ path: '/api/v1/secrets?includeObject=Object', accept: table });
  assert.equal(shown.code, 200);
  assert.match(JSON.stringify(shown), /"s"/);
  assert.doesNotMatch(JSON.stringify(shown), /hush/);
  assert.equal((await read({ path: '/api/v1/secrets', accept: table }, 'vera')).code, 403);
});

test('a trace is read as over HTTPS', async () => {
  await pod('hello');
  const trace = await read('/bramble/v1/trace/default/hello');
  assert.ok((trace.body as { steps: unknown[] }).steps.length > 0);
  assert.deepEqual(reasonOf(await read('/bramble/v1/trace/default/none')), [404, 'NotFound']);
});

test('an answer that is too long for a message says what to do', async () => {
  const data = { k: 'x'.repeat(900_000) };
  for (const name of ['a', 'b'])
    await make(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }));
  assert.deepEqual(reasonOf(await read('/api/v1/configmaps')), [413, 'RequestEntityTooLarge']);
  assert.equal((await read('/api/v1/namespaces/default/configmaps/a')).code, 200);
});

test('a watch goes on until it is closed', async () => {
  world.broker.published = [];
  say('/api/v1/namespaces/default/pods?watch=true');
  await world.elapse(100);
  await pod('one');
  const types = answers().flatMap(({ text = '' }) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).type),
  );
  assert.equal(types[0], 'ADDED');
  say({ close: true });
  await world.elapse(100);
  const before = answers().length;
  await pod('two');
  assert.equal(answers().length, before);
  assert.deepEqual(
    answers().map(({ sequence }) => sequence),
    answers().map((_, at) => at),
  );
});

test('G8: a reader that is too slow, or silent, is told so and forgotten', async () => {
  world.broker.published = [];
  say('/api/v1/configmaps?watch=true');
  await world.elapse(100);
  const most = readBounds.partsAtFirst + readBounds.partsBehind;
  for (let at = 0; at <= most; at += 1)
    await make(`{apiVersion: v1, kind: ConfigMap, metadata: {name: c${at}}}`);
  assert.deepEqual(reasonOf(answers().at(-1) as ReadAnswer), [410, 'Expired']);
  world.broker.published = [];
  say('/api/v1/pods?watch=true', 'anna', '8');
  say('/api/v1/pods?watch=true', 'anna', '9');
  await world.elapse(readBounds.silenceMs - 1_000);
  say({ more: 0 }, 'anna', '9');
  await world.elapse(2_000);
  assert.deepEqual(reasonOf(answers('anna', '8').at(-1) as ReadAnswer), [408, 'Timeout']);
  assert.equal(answers('anna', '9').length, 0);
});

test('G8: one user cannot open more than a share', async () => {
  world.broker.published = [];
  for (let id = 0; id <= readBounds.sessionsPerUser; id += 1) say('/api/v1/pods?watch=1', 'anna', `w${id}`);
  await world.elapse(100);
  const refused = world.broker.published.filter(({ payload }) => String(payload).includes('"code":429'));
  assert.equal(refused.length, 1);
  say('/api/v1/pods?watch=1', 'vera', 'w');
  await world.elapse(100);
  assert.equal(answers('vera', 'w').length, 0);
});
