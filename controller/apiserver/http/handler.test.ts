import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { limits } from '@bramble/protocol/limits.ts';
import { ask } from '../testing/http-client.ts';
import { podNamed } from '../testing/running-api.ts';
import { type RunningServer, runServer } from '../testing/running-server.ts';

const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';
let server: RunningServer;
before(async () => {
  server = await runServer({
    extraRoutes: [
      {
        method: 'POST',
        path: '/bramble/v1/join',
        anonymous: true,
        handle: async ({ body }) => ({ status: 200, contentType: 'text/plain', body: Buffer.from(body) }),
      },
      {
        method: 'GET',
        path: '/bramble/v1/trace/*',
        handle: async ({ path, user }) => ({
          status: 200,
          contentType: 'text/plain',
          body: (async function* () {
            yield Buffer.from(`${user?.name} `);
            yield Buffer.from(path);
          })(),
        }),
      },
    ],
  });
});
after(() => server.stop());

/** What comes back on a raw connection until it is closed. */
function speak({ url, caPem }: RunningServer, words: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: caPem });
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk.toString();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
    socket.write(words);
  });
}

test('G7 nobody unknown gets further than the health of the server', async () => {
  for (const token of [undefined, 'wrong']) {
    for (const path of ['/version', '/api', '/apis', pods, '/openapi/v3', '/bramble/v1/trace/x']) {
      const answer = await ask(server, path, { token });
      assert.equal(answer.code, 401, path);
      assert.equal(answer.json.reason, 'Unauthorized');
    }
    assert.equal((await ask(server, '/readyz', { token })).text, 'ok');
  }
  const board = await ask(server, '/api', { token: 'token-node' });
  assert.equal(board.code, 403);
  const as = await ask(server, pods, { headers: { 'impersonate-user': 'bob' } });
  assert.equal(as.code, 400);
});

test('bodies: JSON, YAML, and nothing else', async () => {
  const yaml = 'metadata: {name: from-yaml}\ndata: {mode: "0644"}\n';
  const created = await ask(server, configMaps, {
    method: 'POST',
    body: yaml,
    headers: { 'content-type': 'application/yaml' },
  });
  assert.equal(created.code, 201);
  assert.deepEqual(created.json.data, { mode: '0644' });
  const html = await ask(server, configMaps, {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/html' },
  });
  assert.equal(html.code, 415);
  assert.match(html.json.message, /accepted media types include: application\/json/);
  const patch = await ask(server, `${configMaps}/from-yaml`, {
    method: 'PATCH',
    body: 'x',
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
  assert.equal(patch.code, 415);
  assert.match(patch.json.message, /server-side apply/);
});

test('malformed bodies are told where', async () => {
  const json = await ask(server, configMaps, { method: 'POST', body: '{"metadata": {"name": }' });
  assert.equal(json.code, 400);
  assert.match(json.json.message, /line 1, column 23/);
  const yaml = await ask(server, configMaps, {
    method: 'POST',
    body: 'a: [',
    headers: { 'content-type': 'application/yaml' },
  });
  assert.equal(yaml.code, 400);
  assert.match(yaml.json.message, /line 1, column 5/);
  const empty = await ask(server, configMaps, { method: 'POST', body: '' });
  assert.equal(empty.json.message, 'the body of the request is empty');
});

test('G8 a body that is too long is refused, announced or not', async () => {
  const announced = await ask(server, configMaps, {
    method: 'POST',
    body: Buffer.alloc(limits.requestBytes + 1, 32),
  });
  assert.equal(announced.code, 413);
  const chunked = await ask(server, configMaps, {
    method: 'POST',
    body: Buffer.alloc(limits.requestBytes + 1, 32),
    headers: { 'transfer-encoding': 'chunked' },
  });
  assert.equal(chunked.code, 413);
  const object = { metadata: { name: 'big' }, data: { a: 'x'.repeat(limits.objectBytes) } };
  const big = await ask(server, configMaps, { method: 'POST', body: JSON.stringify(object) });
  assert.ok(big.code === 413 || big.code === 422, String(big.code));
});

test('doubled fields: strict is an error, otherwise a Warning header', async () => {
  const body = '{"metadata":{"name":"twice","name":"twice"},"data":{}}';
  const strict = await ask(server, `${configMaps}?fieldValidation=Strict`, { method: 'POST', body });
  assert.equal(strict.code, 400);
  assert.match(strict.json.message, /strict decoding error: duplicate field "metadata.name"/);
  const warned = await ask(server, configMaps, { method: 'POST', body });
  assert.equal(warned.code, 201);
  assert.equal(warned.headers['warning'], '299 - "duplicate field \\"metadata.name\\""');
});

test('paths and methods that mean nothing', async () => {
  for (const path of [
    '/nothing',
    '/api/v2/pods',
    '/apis/none/v1/x',
    '/api/v1/widgets',
    `${pods}/a/b/c`,
    '/api//v1',
  ]) {
    const answer = await ask(server, path);
    assert.equal(answer.code, 404, path);
    assert.equal(answer.json.kind, 'Status');
  }
  assert.equal((await ask(server, pods, { method: 'PUT', body: '{}' })).code, 405);
  assert.equal((await ask(server, `${pods}/x`, { method: 'POST', body: '{}' })).code, 405);
  assert.equal((await ask(server, `${pods}?x=${'a'.repeat(9_000)}`)).code, 414);
});

test('forms: Table, metadata alone, pretty, and 406', async () => {
  await ask(server, pods, { method: 'POST', body: JSON.stringify(podNamed('formed')) });
  const table = await ask(server, pods, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
  });
  assert.equal(table.json.kind, 'Table');
  assert.equal(table.json.columnDefinitions[0].name, 'Name');
  assert.equal(table.json.rows[0].object.kind, 'PartialObjectMetadata');
  const partial = await ask(server, `${pods}/formed`, {
    headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
  });
  assert.deepEqual(Object.keys(partial.json), ['kind', 'apiVersion', 'metadata']);
  const plain = await ask(server, `${pods}/formed?pretty=true`);
  assert.match(plain.text, /^\{\n {2}"apiVersion": "v1"/);
  const none = await ask(server, pods, { headers: { accept: 'application/vnd.kubernetes.protobuf' } });
  assert.equal(none.code, 406);
});

test('a long list is compressed for who takes it', async () => {
  const data = { text: 'x'.repeat(200_000) };
  await ask(server, configMaps, {
    method: 'POST',
    body: JSON.stringify({ metadata: { name: 'long' }, data }),
  });
  const plain = await ask(server, configMaps);
  const packed = await ask(server, configMaps, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(packed.bytes.length < plain.bytes.length / 10);
  assert.deepEqual(JSON.parse(gunzipSync(packed.bytes).toString()), plain.json);
});

test('discovery and OpenAPI', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const aggregated = await ask(server, '/apis', { headers: { accept } });
  assert.equal(
    aggregated.headers['content-type'],
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  );
  assert.ok(JSON.stringify(aggregated.json).includes('"resource":"leases"'));
  const plain = await ask(server, '/api/v1');
  const names = plain.json.resources.map(({ name }: { name: string }) => name);
  for (const name of [
    'pods',
    'pods/log',
    'pods/binding',
    'pods/eviction',
    'namespaces/finalize',
    'nodes/status',
  ]) {
    assert.ok(names.includes(name), name);
  }
  const index = await ask(server, '/openapi/v3');
  const { serverRelativeURL } = index.json.paths['api/v1'];
  const document = await ask(server, serverRelativeURL);
  assert.equal(document.json.openapi, '3.0.0');
  const etag = String(document.headers['etag']);
  const again = await ask(server, serverRelativeURL, { headers: { 'if-none-match': etag } });
  assert.equal(again.code, 304);
});

test('routes of Bramble’s own: anonymous ones, streams, and 401 for the rest', async () => {
  const join = await ask(server, '/bramble/v1/join', { method: 'POST', token: undefined, body: 'hello' });
  assert.equal(join.text, 'hello');
  const trace = await ask(server, '/bramble/v1/trace/pod/x', { token: 'token-view' });
  assert.equal(trace.text, 'vera /bramble/v1/trace/pod/x');
  assert.equal((await ask(server, '/bramble/v1/trace/pod/x', { token: undefined })).code, 401);
});

test('a version that kubectl understands', async () => {
  const { json } = await ask(server, '/version');
  assert.equal(json.gitVersion, 'v1.35.0+bramble.0.1.0');
  assert.deepEqual([json.major, json.minor], ['1', '35']);
});

test('what is not HTTP is answered and closed', async () => {
  const text = await speak(server, 'nonsense\r\n\r\n');
  assert.match(text, /^HTTP\/1.1 400 /);
});

test('G8 a client that does not get on with its request is cut off', async () => {
  const strict = await runServer({}, { headMs: 100, requestMs: 100, checkMs: 20 });
  try {
    const head = 'GET /version HTTP/1.1\r\nHost: x\r\n';
    const body =
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-admin\r\nContent-Length: 9\r\n\r\n{';
    for (const unfinished of [head, body]) assert.match(await speak(strict, unfinished), /^HTTP\/1.1 408 /);
  } finally {
    await strict.stop();
  }
});

test('nothing failed unexpectedly', () => {
  assert.deepEqual(
    server.logs.filter(({ level }) => level === 'error'),
    [],
  );
});
