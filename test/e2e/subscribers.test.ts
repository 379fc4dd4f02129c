import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import { brokerServerNames } from '@bramble/protocol/join.ts';
import { payloads } from '@bramble/protocol/payloads.ts';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { schemaFolder } from '../docs/mqtt.ts';
import type { Background } from './fixture/background.ts';
import { type Bramble, project, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';

let bramble: Bramble;
let all: Background;

before(async () => {
  bramble = await startBramble();
  const filters = ['results/admin/#', 'fleet/#', 'nodes/+/metrics', 'nodes/+/session', 'controller/session'];
  all = bramble.mosquittoSub([
    '-v',
    '-q',
    '1',
    ...filters.flatMap((filter) => ['-t', `bramble/v1/${filter}`]),
  ]);
  await all.printed(/^bramble\/v1\/controller\/session /m);
});
after(() => bramble?.dispose());

const python = '/usr/bin/python3';

async function login(): Promise<string[]> {
  const token = (await readFile(join(bramble.dataDir, 'admin-token'), 'utf8')).trim();
  const authority = join(bramble.dataDir, 'ca.crt');
  return ['--port', `${bramble.place.mqttPort}`, '--cafile', authority, '--user', 'admin', '--token', token];
}

async function schemas(names: readonly string[]): Promise<ValidateFunction[]> {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const texts = await Promise.all(
    names.map((name) => readFile(join(project, schemaFolder, `${name}.json`), 'utf8')),
  );
  return texts.map((text) => ajv.compile(JSON.parse(text)));
}

/** The payloads that were seen on topics of that form. */
function seen(topic: string): unknown[] {
  const pattern = topicPattern(topic);
  return all.lines.flatMap((line) => {
    const [, name = '', json] = /^(\S+) (\{.*)$/.exec(line) ?? [];
    return json !== undefined && pattern.test(name) ? [JSON.parse(json)] : [];
  });
}

const topicPattern = (topic: string): RegExp =>
  new RegExp(`^bramble/v1/${topic.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

test('apply.py hands over a pod, fleet.py tells of it, and a refusal is told', async () => {
  const fleet = bramble.beside(python, ['examples/mqtt/fleet.py', ...(await login())]);
  await fleet.printed(new RegExp(`^board ${bramble.node} is ready since `, 'm'));
  const apply = ['examples/mqtt/apply.py', ...(await login())];
  const applied = await bramble.client(python, [...apply, 'examples/hello.yaml']);
  assert.deepEqual([applied.code, applied.stdout], [0, 'pod/hello created\n'], applied.stderr);
  await fleet.printed(new RegExp(`^pod default/hello is Running on ${bramble.node}$`, 'm'));
  await fleet.printed(new RegExp(`^${bramble.node}: \\d+% CPU, \\d+% memory`, 'm'));
  const refused = await bramble.client(python, [...apply, 'package.json']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /apiVersion and kind/);
  await bramble.kubectl('delete pod hello --now');
  await fleet.printed(/^pods\/default\/hello is gone$/m);
});

test('mosquitto_pub reads objects, tables and logs with get/{user}/{id}', async () => {
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl('wait --for=condition=Ready pod/hello --timeout=60s');
  const get = (id: string, payload: string) =>
    bramble.mosquittoPub(['-q', '1', '-t', `bramble/v1/get/admin/${id}`, '-m', payload]);
  const answer = (id: string) =>
    eventually(`an answer to ${id}`, () =>
      (seen(`results/admin/${id}`) as { end: boolean }[]).find(({ end }) => end),
    );
  await get('one', '/api/v1/namespaces/default/pods/hello');
  assert.match(JSON.stringify(await answer('one')), /"phase":"Running"/);
  await get('table', '{"path":"/api/v1/pods","accept":"application/json;as=Table;g=meta.k8s.io;v=v1"}');
  assert.match(JSON.stringify(await answer('table')), /"columnDefinitions"/);
  await get('log', '/api/v1/namespaces/default/pods/hello/log?tailLines=5');
  await answer('log');
  await get('none', '/api/v1/namespaces/default/pods/nobody');
  assert.match(JSON.stringify(await answer('none')), /"code":404.*not found/);
});

test('what controller and boards say to each other is what the JSON Schemas say', async () => {
  const heard = await asController();
  await bramble.kubectl('create secret generic shown --from-literal=a=b');
  await bramble.kubectl('expose pod hello --port 80 --target-port 8080');
  await bramble.bramble('logs hello');
  await bramble.kubectl('delete pod hello --now');
  await eventually(
    'the pod to be gone',
    () => heard.some(({ payload }) => /"gone":true/.test(payload)) || undefined,
  );
  for (const [topic, group] of Map.groupBy(between, (payload) => payload.topic)) {
    const validators = await schemas(group.map(({ name }) => name));
    const pattern = topicPattern(topic);
    const found = heard.filter((message) => pattern.test(message.topic) && isJson(message.payload));
    assert.ok(found.length > 0, `nothing was heard on ${topic}`);
    for (const { payload } of found) {
      const json = JSON.parse(payload.replace(/^bramble1 .*\n/, ''));
      const faults = validators.map((validate) => validate(json) || validate.errors);
      assert.ok(faults.includes(true), `${topic}: ${payload.slice(0, 500)} ${JSON.stringify(faults)}`);
    }
  }
});

/** Whatever the controller and the boards are told that has a schema: each was heard here at least once. */
const between = payloads.filter(({ schema, to }) => schema && to !== 'user' && to !== 'all');

const isJson = (payload: string): boolean => /^(\{|bramble1 )/.test(payload);

interface Heard {
  readonly topic: string;
  readonly payload: string;
}

/** All that passes the broker, as only the controller may hear it: with a certificate that its authority signs here. */
async function asController(): Promise<Heard[]> {
  const trust = await openTrust(
    bramble.dataDir,
    createHost(() => {}),
  );
  const { key, certificate } = await trust.certificates.controllerClient();
  const url = `mqtts://127.0.0.1:${bramble.place.boardsPort}`;
  const dialer = createMqttDialer({
    url,
    ca: trust.caPem,
    cert: certificate,
    key,
    serverName: brokerServerNames,
  });
  const heard: Heard[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const filters = ['nodes/#', 'network/#', 'get/#'].map((filter) => `bramble/v1/${filter}`);
  const connection = dialer.dial(
    { clientId: 'listener', keepaliveSeconds: 30, will: undefined, filters },
    (event) => {
      if (event.type === 'connected') resolve();
      if (event.type === 'closed') reject(new Error(event.reason));
      if (event.type !== 'message') return;
      heard.push({ topic: event.topic, payload: Buffer.from(event.payload).toString() });
      event.done();
    },
  );
  after(() => connection.close());
  await promise;
  return heard;
}

test('what subscribers saw is what the JSON Schemas say', async () => {
  const named = payloads.filter(({ schema, to }) => schema && (to === 'user' || to === 'all'));
  const byTopic = Map.groupBy(named, ({ topic }) => topic);
  for (const [topic, group] of byTopic) {
    const validators = await schemas(group.map(({ name }) => name));
    const found = seen(topic);
    assert.ok(found.length > 0, `nothing was seen on ${topic}`);
    for (const payload of found)
      assert.ok(
        validators.some((validate) => validate(payload)),
        `${topic}: ${JSON.stringify(payload)} ${JSON.stringify(validators.map(({ errors }) => errors))}`,
      );
  }
});
