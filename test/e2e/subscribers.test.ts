import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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
  const pattern = new RegExp(`^bramble/v1/${topic.replaceAll(/\{\w+\}/g, '[^/]+')} (\\{.*)$`);
  return all.lines.flatMap((line) => {
    const [, json] = pattern.exec(line) ?? [];
    return json === undefined ? [] : [JSON.parse(json)];
  });
}

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
