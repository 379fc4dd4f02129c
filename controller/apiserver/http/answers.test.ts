import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { bounds } from '../bounds.ts';
import type { ApiRequest } from '../request.ts';
import { admin, runApi } from '../testing/running-api.ts';
import { createGates } from './gate.ts';
import { createHandler } from './handler.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

/** The handler without TLS, on a pipeline that answers when it is let. */
async function serve(t: TestContext) {
  const api = await runApi();
  const gates = createGates();
  const handled: ApiRequest[] = [];
  const go = Promise.withResolvers<void>();
  const { pipeline } = api;
  const handle = pipeline.handle.bind(pipeline);
  pipeline.handle = async (request) => {
    const answer = await handle(request);
    handled.push(request);
    await go.promise;
    return answer;
  };
  const { store } = api.running;
  const ports = {
    pipeline,
    store,
    authenticator: { authenticate: () => admin },
    host: api.host,
    version: 'v',
  };
  const server = createServer(createHandler(ports, gates)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let gone = 0;
  server.on('request', (_request, response) => response.once('close', () => (gone += 1)));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await api.stop();
  });
  const { port } = server.address() as AddressInfo;
  const send = (method: string, path: string, object?: unknown, more: Record<string, string> = {}) => {
    const headers = { 'content-type': 'application/json', ...more };
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers });
    sent.on('error', () => {});
    sent.end(object === undefined ? undefined : JSON.stringify(object));
    return sent;
  };
  return { gates, handled, go: () => go.resolve(), gone: () => gone, send, store };
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

async function codeOf(sent: ReturnType<typeof httpRequest>): Promise<number | undefined> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, 'not in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('G8 whoever goes away while a write is carried out holds nothing of the room for answers', async (t) => {
  const { gates, handled, go, gone, send } = await serve(t);
  const sent = send('POST', configMaps, configMap('a'));
  await until(() => handled.length === 1);
  sent.destroy();
  await until(() => gone() === 1);
  go();
  await until(() => gates.requests.open === 0);
  const share = gates.answers.of(admin.name);
  assert.doesNotThrow(() => share.take(bounds.answerBytesPerUser));
});

test('G8 what was written is answered though there is no room for answers; what is read is not', async (t) => {
  const { gates, go, send } = await serve(t);
  go();
  gates.answers.of('somebody who does not read').owe(bounds.answerBytes);
  assert.equal(await codeOf(send('POST', configMaps, configMap('b'))), 201);
  assert.equal(await codeOf(send('GET', `${configMaps}/b`)), 429);
});

test('G8 a long list comes whole, in every form, with others’ requests between its parts', async (t) => {
  const { go, send, store } = await serve(t);
  go();
  const names = Array.from({ length: 3_000 }, (_, index) => `long-${`${index}`.padStart(4, '0')}`);
  const writes = names.map((name) => ({
    type: 'put' as const,
    key: `/registry/configmaps/default/${name}`,
    object: { ...configMap(name), data: { text: 'ä'.repeat(100) } },
  }));
  assert.ok((await store.commit({ conditions: [], writes })).ok);
  for (const accept of [
    'application/json',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  ])
    for (const encoding of ['identity', 'gzip']) {
      const sent = send('GET', configMaps, undefined, { accept, 'accept-encoding': encoding });
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const bytes = await buffer(response);
      assert.equal(Number(response.headers['content-length']), bytes.length);
      assert.equal(response.headers['content-encoding'], encoding === 'gzip' ? 'gzip' : undefined);
      const list = JSON.parse((encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString());
      const found = (list.items ?? list.rows).map((item: { metadata?: Named; object?: Listed }) => {
        return (item.metadata ?? item.object?.metadata)?.name;
      });
      assert.deepEqual(found, names);
    }
});

interface Named {
  readonly name: string;
}
interface Listed {
  readonly metadata: Named;
}
