import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { kinds } from '@bramble/protocol/kinds.ts';
import fc from 'fast-check';
import { ask, type Call } from '../testing/http-client.ts';
import { type RunningServer, runServer } from '../testing/running-server.ts';
import { samples } from '../testing/samples.ts';

let server: RunningServer;
before(async () => {
  server = await runServer();
});
after(() => server.stop());

const paths = kinds.flatMap(({ group, version, plural, namespaced }) => {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const all = `${root}${namespaced ? '/namespaces/default' : ''}/${plural}`;
  return [`${root}/${plural}`, all, `${all}/fuzzed`, `${all}/fuzzed/status`, `${all}/fuzzed/scale`];
});
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...paths) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('/', '/api', '/apis', '/openapi/v2', '/openapi/v3', '/version', '/metrics'),
  },
  { weight: 1, arbitrary: fc.webPath() },
);
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'limit',
          'continue',
          'labelSelector',
          'fieldSelector',
          'resourceVersion',
          'dryRun',
          'pretty',
        ),
        fc.oneof(fc.string({ maxLength: 10 }), fc.constantFrom('1', 'true', 'a=b', '%', 'a in (b')),
      )
      .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
  },
);
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const protobuf = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const body = fc.oneof(
  fc.constantFrom(...Object.values(samples).map(text)),
  fc.jsonValue().map(text),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([protobuf, bytes])),
  // A whole object of which one byte is another.
  fc
    .tuple(fc.constantFrom(...Object.values(samples).map(text)), fc.nat(), fc.nat(255))
    .map(([whole, at, byte]) => {
      const changed = Buffer.from(whole);
      changed[at % changed.length] = byte;
      return changed;
    }),
  fc.constantFrom(
    Buffer.from('['.repeat(5_000)),
    Buffer.from('{"a":'.repeat(5_000)),
    Buffer.from('a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]'),
    Buffer.from('[{"op":"copy","from":"/spec","path":"/spec/x"}]'),
  ),
);
const contentType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
);
const accept = fc.constantFrom(
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  ';;,,==',
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS');

/** What a server of Kubernetes answers so by design: not built, and a revision that is not reached yet. */
const meant: Readonly<Record<number, string>> = { 501: 'NotImplemented', 504: 'Timeout' };

/** Chance alone finds a creation that is right in three runs of four. */
const rightCreation: [string, string, string, string, string, Buffer] = [
  'POST',
  '/api/v1/namespaces/default/configmaps',
  '',
  'application/json',
  '*/*',
  text(samples['configmaps']),
];

test('G8 whatever comes over HTTPS, the answer is no fault of the server’s', async () => {
  const met = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      method,
      path,
      query,
      contentType,
      accept,
      body,
      async (verb, where, asked, type, form, bytes) => {
        const headers = { 'content-type': type, accept: form };
        const call: Call = {
          method: verb,
          headers,
          ...(['GET', 'HEAD'].includes(verb) ? {} : { body: bytes }),
        };
        const { code, json } = await ask(server, where + asked, call);
        met.add(code);
        if (code >= 500)
          assert.equal(json?.reason, meant[code], `${code}: ${JSON.stringify(server.logs.at(-1))}`);
      },
    ),
    { numRuns: 800, examples: [rightCreation] },
  );
  for (const far of [200, 201, 400, 404, 405, 415, 422]) assert.ok(met.has(far), `${far} of ${[...met]}`);
});

test('G8 random bytes where a request should be are answered 400, or the connection ends', async () => {
  const { port } = new URL(server.url);
  const start = fc.constantFrom(
    '',
    'GET ',
    'GET / HTTP/1.1\r\n',
    'POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  await fc.assert(
    fc.asyncProperty(start, fc.uint8Array({ minLength: 1, maxLength: 500 }), async (before, bytes) => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', ca: server.caPem });
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.end(Buffer.concat([Buffer.from(before), bytes]));
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      assert.match(answer, /^(HTTP\/1\.1 4\d\d |$)/);
    }),
    { numRuns: 200 },
  );
  assert.equal((await ask(server, '/healthz', { token: undefined })).text, 'ok');
});

test('nothing failed unexpectedly', () => {
  assert.deepEqual(
    server.logs.filter(({ level }) => level === 'error'),
    [],
  );
});
