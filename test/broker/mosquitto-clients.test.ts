import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { Bench, untilHolds } from './bench.testing.ts';

test('mosquitto_pub applies, mosquitto_sub sees the answer', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, ['bramble/v1/apply/+/+']);
  const login = bench.mosquittoArguments('edit', bench.tokens.edit ?? '');
  const sub = bench.spawn(t, 'mosquitto_sub', [
    ...login,
    '-v',
    '-C',
    '1',
    '-W',
    '20',
    '-t',
    'bramble/v1/results/edit/#',
  ]);
  await untilHolds(
    () => bench.broker.counts(),
    (counts) => counts.subscriptions === 2,
  );
  const pub = await bench.run(t, 'mosquitto_pub', [
    ...login,
    '-q',
    '1',
    '-t',
    'bramble/v1/apply/edit/42',
    '-m',
    'kind: Pod',
  ]);
  assert.deepEqual(pub, { code: 0, output: '' });
  await controller.until(() => controller.messages.length === 1);
  assert.equal(controller.messages[0]?.topic, 'bramble/v1/apply/edit/42');
  assert.equal(controller.texts[0], 'kind: Pod');
  await controller.publish('bramble/v1/results/edit/42', 'created');
  assert.deepEqual(await sub.ended, { code: 0, output: 'bramble/v1/results/edit/42 created\n' });
});

test('wrong token, unknown user, nobody, MQTT 5: refused in words, and no harm done', async (t) => {
  const bench = await Bench.start(t);
  const token = bench.tokens.edit ?? '';
  const publish = ['-t', 'bramble/v1/apply/edit/1', '-m', 'x'];
  const cases: [string[], RegExp][] = [
    [bench.mosquittoArguments('edit', 'wrong'), /bad user name or password/i],
    [bench.mosquittoArguments('eve', token), /bad user name or password/i],
    [bench.mosquittoArguments('edit', token).slice(0, -4), /bad user name or password/i],
    [[...bench.mosquittoArguments('edit', token), '-V', 'mqttv5'], /./],
  ];
  for (const [login, words] of cases) {
    const { code, output } = await bench.run(t, 'mosquitto_pub', [...login, ...publish]);
    assert.notEqual(code, 0, output);
    assert.match(output, words);
  }
  const good = bench.mosquittoArguments('edit', token);
  assert.equal((await bench.run(t, 'mosquitto_pub', [...good, ...publish])).code, 0);
  const plain = ['-h', '127.0.0.1', '-p', String(bench.broker.port), '-u', 'edit', '-P', token, ...publish];
  assert.notEqual((await bench.run(t, 'mosquitto_pub', plain)).code, 0);
  const counts = await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.connections === 0,
  );
  assert.equal(counts.unauthenticated, 0);
});

test('denied publishes are acknowledged and dropped; denied subscriptions are answered 0x80', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, ['bramble/v1/#']);
  const view = bench.mosquittoArguments('view', bench.tokens.view ?? '');
  for (const topic of [
    'bramble/v1/results/view/1',
    'bramble/v1/apply/edit/1',
    'bramble/v1/nodes/pi/manifest',
    '$SYS/x',
    'x',
  ]) {
    const { code, output } = await bench.run(t, 'mosquitto_pub', [
      ...view,
      '-q',
      '1',
      '-t',
      topic,
      '-m',
      'poison',
    ]);
    assert.equal(code, 0, `${topic}: ${output}`);
  }
  assert.equal((await bench.broker.counts()).deniedPublishes, 5);
  for (const filter of ['#', '$SYS/#', '$share/g/bramble/v1/fleet/#', 'bramble/v1/results/edit/#']) {
    const { output } = await bench.run(t, 'mosquitto_sub', [...view, '-W', '20', '-t', filter]);
    assert.match(output, /denied/i, filter);
  }
  const edit = bench.mosquittoArguments('edit', bench.tokens.edit ?? '');
  for (const qos of ['0', '1', '2']) {
    const sent = ['-q', qos, '-r', '-t', 'bramble/v1/apply/edit/1', '-m', `qos ${qos}`];
    assert.equal((await bench.run(t, 'mosquitto_pub', [...edit, ...sent])).code, 0);
  }
  await controller.until(() => controller.messages.length === 3);
  assert.deepEqual(controller.texts, ['qos 0', 'qos 1', 'qos 2']);
  const counts = await bench.broker.counts();
  assert.equal(counts.retainedMessages, 0, 'a user leaves nothing behind');
  assert.equal(counts.deniedSubscriptions, 4);
});

test('a board’s certificate reaches its own topics only, with mosquitto’s client too', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, ['bramble/v1/nodes/+/session', 'bramble/v1/nodes/+/status/+']);
  const { cert, key } = await bench.boardLogin('pi-1');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(bench.dir, 'pi.crt'), cert);
  await writeFile(join(bench.dir, 'pi.key'), key);
  const login = [
    ...bench.mosquittoArguments('x', 'x').slice(0, -4),
    ...['--cert', join(bench.dir, 'pi.crt'), '--key', join(bench.dir, 'pi.key')],
  ];
  for (const topic of [
    'nodes/pi-2/session',
    'nodes/pi-2/status/u',
    'nodes/pi-1/manifest',
    'controller/session',
    'fleet/nodes/pi-1',
  ])
    await bench.run(t, 'mosquitto_pub', [...login, '-q', '1', '-t', `bramble/v1/${topic}`, '-m', 'lie']);
  await bench.run(t, 'mosquitto_pub', [
    ...login,
    '-q',
    '1',
    '-r',
    '-t',
    'bramble/v1/nodes/pi-1/session',
    '-m',
    'birth',
  ]);
  await bench.run(t, 'mosquitto_pub', [
    ...login,
    '-q',
    '1',
    '-t',
    'bramble/v1/nodes/pi-1/status/u',
    '-m',
    'status',
  ]);
  await controller.until(() => controller.messages.length === 2);
  assert.deepEqual(controller.texts, ['birth', 'status']);
  const counts = await bench.broker.counts();
  assert.deepEqual([counts.deniedPublishes, counts.retainedMessages], [5, 1]);
});
