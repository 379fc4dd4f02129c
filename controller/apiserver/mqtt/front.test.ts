import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import { type Result, result } from '@bramble/protocol/messages/results.ts';
import { FleetWorld } from '../../fleet/testing/fleet-world.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
});
afterEach(() => world.finish());

const pod = `
apiVersion: v1
kind: Pod
metadata: {name: hello}
spec: {containers: [{name: main, image: hello}]}
`;

async function hand(
  what: string,
  text: string | Uint8Array,
  user = 'anna',
  retained = false,
): Promise<Result> {
  world.broker.published = [];
  world.broker.say(`bramble/v1/${what}/${user}/42`, text, retained);
  await world.elapse(100);
  const answers = world.broker.on(`bramble/v1/results/${user}/42`);
  assert.equal(answers.length, 1);
  return result.parse(JSON.parse(String(answers[0]?.payload)));
}

async function codes(what: string, text: string | Uint8Array, user?: string): Promise<unknown[]> {
  const { items } = await hand(what, text, user);
  return items.map((item) => ('action' in item ? item.action : [item.code, item.reason]));
}

test('apply creates, then changes nothing, then configures; delete deletes', async () => {
  assert.deepEqual(await codes('apply', pod), ['created']);
  assert.deepEqual(await codes('apply', pod), ['unchanged']);
  assert.deepEqual(await codes('apply', pod.replace('{name: hello}\n', '{name: hello, labels: {a: b}}\n')), [
    'configured',
  ]);
  const { id, items } = await hand('delete', pod);
  assert.equal(id, '42');
  const [item] = items;
  assert.ok(item && 'action' in item);
  assert.deepEqual(
    [item.action, item.kind, item.namespace, item.name],
    ['deleted', 'Pod', 'default', 'hello'],
  );
  assert.deepEqual(await codes('delete', pod), [[404, 'NotFound']]);
});

test('applying what is being deleted warns that it will not stay', async () => {
  const kept = pod.replace('{name: hello}', '{name: kept, finalizers: [example.org/hold]}');
  await hand('apply', kept);
  await hand('delete', kept);
  const { items } = await hand('apply', kept);
  const [item] = items;
  assert.ok(item && 'action' in item);
  assert.equal(item.action, 'unchanged');
  assert.deepEqual(item.warnings, ['kept is being deleted: apply it again when it is gone']);
});

test('several documents are answered in their order, whatever becomes of each', async () => {
  const text = `${pod}---\nkind: Nothing\napiVersion: v1\n---\n---\n- a\n---\nkind: Pod\n---\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}\n`;
  assert.deepEqual(await codes('apply', text), [
    'created',
    [404, 'NotFound'],
    [400, 'BadRequest'],
    [400, 'BadRequest'],
    'created',
  ]);
});

test('what is wrong is told with its place', async () => {
  const { items } = await hand('apply', 'a: b\nc: {\n  d: [\n');
  assert.match(JSON.stringify(items), /line [34]/);
  const invalid = await hand('apply', pod.replace(', image: hello', ''));
  assert.match(JSON.stringify(invalid.items), /spec\.containers\[0\]\.image/);
  assert.deepEqual(await codes('apply', ''), [[400, 'BadRequest']]);
  assert.deepEqual(await codes('apply', new Uint8Array([0xff, 0xfe])), [[400, 'BadRequest']]);
  assert.deepEqual(await codes('apply', Buffer.alloc(limits.objectBytes + 1, '#')), [
    [413, 'RequestEntityTooLarge'],
  ]);
  assert.deepEqual(await codes('apply', `---\n{}\n`.repeat(limits.applyDocuments + 1)), [
    [400, 'BadRequest'],
  ]);
});

test('metadata of a wrong type is refused by the API server, not taken for a name', async () => {
  for (const metadata of [
    'x',
    '[]',
    'null',
    '{name: 5}',
    '{name: {a: b}}',
    '{name: ok, namespace: [a]}',
    '{name: a/../b}',
  ]) {
    const [code] = await codes('apply', pod.replace('{name: hello}\n', `${metadata}\n`));
    assert.ok(
      Array.isArray(code) && [400, 404, 422].includes(Number(code[0])),
      `${metadata}: ${JSON.stringify(code)}`,
    );
  }
  assert.deepEqual(await codes('delete', pod.replace('{name: hello}\n', '{}\n')), [[400, 'BadRequest']]);
});

test('who may not, is told so', async () => {
  assert.deepEqual(await codes('apply', pod, 'nobody'), [[401, 'Unauthorized']]);
  assert.deepEqual(await codes('apply', pod, 'vera'), [[403, 'Forbidden']]);
  await hand('apply', pod);
  assert.deepEqual(
    await codes('apply', pod.replace('{name: hello}\n', '{name: hello, labels: {a: b}}\n'), 'vera'),
    [[403, 'Forbidden']],
  );
  assert.deepEqual(await codes('delete', pod, 'vera'), [[403, 'Forbidden']]);
});

test('G8: beyond the bound the answer is to try again', async () => {
  world.broker.published = [];
  for (let id = 0; id < 400; id += 1)
    world.broker.say(`bramble/v1/apply/anna/${id}`, pod.replace('hello', `p${id}`));
  await world.elapse(2_000);
  const answers = world.broker.published.filter(({ topic }) => topic.includes('/results/anna/'));
  assert.equal(answers.length, 400);
  const refused = answers.filter(({ payload }) => String(payload).includes('"code":429'));
  assert.ok(refused.length > 0 && refused.length <= 144, `${refused.length} refused`);
  assert.deepEqual(await codes('apply', pod), ['created']);
});

test('what a broker kept from an earlier time is not carried out again', async () => {
  world.broker.published = [];
  world.broker.say('bramble/v1/apply/anna/42', pod, true);
  await world.elapse(100);
  assert.equal(world.broker.on('bramble/v1/results/anna/42').length, 0);
  assert.equal(world.pod('hello'), undefined);
});
