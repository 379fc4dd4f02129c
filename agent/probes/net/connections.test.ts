import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import test, { afterEach } from 'node:test';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import type { Answer, HttpCheck } from '../port.ts';
import { networkConnections } from './connections.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server)
      (server as unknown as { closeAllConnections(): void }).closeAllConnections();
    await closed;
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const serve = (handler: RequestListener): Promise<number> => listen(createServer(handler));

/** A certificate that nobody vouches for, of another name. */
async function selfSigned(): Promise<{ cert: string; key: string }> {
  const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await crypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=elsewhere',
    keys,
    signingAlgorithm: signing,
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: certificate.toString('pem'), key };
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  servers.pop();
  const closed = once(server, 'close');
  server.close();
  await closed;
  return port;
}

function http(port: number, check: Partial<HttpCheck> = {}, timeoutMs = 5_000): Promise<Answer> {
  const whole: HttpCheck = { scheme: 'http', host: '127.0.0.1', port, path: '/', headers: [], ...check };
  return networkConnections.http(whole, timeoutMs);
}

test('HTTP: 200 to 399 pass, all others fail with their status', async () => {
  const port = await serve((request, response) => {
    response.writeHead(Number(request.url?.slice(1))).end('words');
  });
  for (const status of [200, 204, 304, 399])
    assert.equal((await http(port, { path: `/${status}` })).outcome, 'success');
  for (const status of [400, 404, 500, 503])
    assert.deepEqual(await http(port, { path: `/${status}` }), {
      outcome: 'failure',
      output: `HTTP probe failed with statuscode: ${status}`,
    });
});

test('HTTP: path, query and headers as the pod says; Host too; ours where it says nothing', async () => {
  const seen: unknown[] = [];
  const port = await serve(({ url, headers }, response) => {
    seen.push([url, headers.host, headers['user-agent'], headers.accept, headers['x-a']]);
    response.end();
  });
  await http(port, { path: '/a?b=c' });
  const headers = [
    { name: 'Host', value: 'example.org' },
    { name: 'X-A', value: '1' },
    { name: 'x-a', value: '2' },
    { name: 'Accept', value: '' },
    { name: 'User-Agent', value: 'mine' },
  ];
  await http(port, { headers });
  assert.deepEqual(seen, [
    ['/a?b=c', `127.0.0.1:${port}`, 'kube-probe/1.35', '*/*', undefined],
    ['/', 'example.org', 'mine', undefined, '1, 2'],
  ]);
});

test('HTTP: redirects are followed within the host, ten at most; one to another host passes with a warning', async () => {
  const port = await serve(({ url }, response) => {
    const to = { '/one': '/two', '/two': '/sick', '/round': '/round', '/away': 'http://elsewhere.invalid/' }[
      url ?? ''
    ];
    response.writeHead(to ? 302 : 500, to ? { location: to } : {}).end('moved');
  });
  assert.equal((await http(port, { path: '/one' })).output, 'HTTP probe failed with statuscode: 500');
  assert.match((await http(port, { path: '/round' })).output, /stopped after 10 redirects$/);
  assert.deepEqual(await http(port, { path: '/away' }), {
    outcome: 'warning',
    output: 'Probe terminated redirects, Response body: moved',
  });
});

test('HTTP: who does not listen, or does not answer in time, has failed', async () => {
  const port = await closedPort();
  assert.deepEqual(await http(port), {
    outcome: 'failure',
    output: `Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
  const silent = await serve(() => {});
  assert.match((await http(silent, {}, 100)).output, /: context deadline exceeded/);
  const slow = await serve((_request, response) => void response.writeHead(200).write('half'));
  assert.equal((await http(slow, {}, 100)).outcome, 'failure', 'an answer that does not end');
});

test('HTTP: of an endless answer only the beginning is read', async () => {
  const port = await serve((_request, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(4_096)));
    };
    response.on('drain', write);
    write();
  });
  const { outcome, output } = await http(port);
  assert.deepEqual([outcome, output.length], ['success', 10_240]);
});

test('HTTPS: a certificate that nobody vouches for will do', async () => {
  const port = await listen(
    createTlsServer(await selfSigned(), (_request, response) => void response.end('safe')),
  );
  assert.deepEqual(await http(port, { scheme: 'https' }), { outcome: 'success', output: 'safe' });
});

test('TCP: passes when the connection is made', async () => {
  const port = await listen(createTcpServer((socket) => socket.on('error', () => {})));
  assert.deepEqual(await networkConnections.tcp('127.0.0.1', port, 5_000), {
    outcome: 'success',
    output: '',
  });
  const closed = await closedPort();
  assert.deepEqual(await networkConnections.tcp('127.0.0.1', closed, 5_000), {
    outcome: 'failure',
    output: `dial tcp 127.0.0.1:${closed}: connect: connection refused`,
  });
});

/** A health service that answers with this status of grpc.health.v1, or with this code of gRPC. */
async function health(status: number | undefined, code = '0'): Promise<{ port: number; asked: Buffer[] }> {
  const asked: Buffer[] = [];
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    assert.equal(headers[':path'], '/grpc.health.v1.Health/Check');
    stream.on('data', (bytes: Buffer) => asked.push(bytes));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code, 'grpc-message': 'words' }));
    stream.end(status === undefined ? Buffer.alloc(0) : Buffer.from([0, 0, 0, 0, 2, 8, status]));
  });
  return { port: await listen(server as unknown as Server), asked };
}

test('gRPC: SERVING passes; what else the health service says does not', async () => {
  const { port, asked } = await health(1);
  const { outcome } = await networkConnections.grpc('127.0.0.1', port, 'shop', 5_000);
  assert.equal(outcome, 'success');
  assert.deepEqual(Buffer.concat(asked), Buffer.from([0, 0, 0, 0, 6, 10, 4, ...Buffer.from('shop')]));
  const sick = await health(2);
  assert.deepEqual(await networkConnections.grpc('127.0.0.1', sick.port, '', 5_000), {
    outcome: 'failure',
    output: 'service unhealthy (responded with "NOT_SERVING")',
  });
  const stranger = await health(undefined, '12');
  const answer = await networkConnections.grpc('127.0.0.1', stranger.port, '', 5_000);
  assert.match(answer.output, /does not implement the grpc health protocol/);
  const nobody = await networkConnections.grpc('127.0.0.1', await closedPort(), '', 5_000);
  assert.match(nobody.output, /connection refused$/);
  const silent = await listen(createTcpServer((socket) => socket.on('error', () => {}).resume()));
  const late = await networkConnections.grpc('127.0.0.1', silent, '', 100);
  assert.match(late.output, /context deadline exceeded$/);
});
