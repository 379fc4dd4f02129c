import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { readQuery, readRecords } from '../message/read.ts';
import { type Query, type ResourceRecord, recordTypes } from '../message/types.ts';
import { largestMessageBytes, udpRoom, writeReply } from '../message/write.ts';
import { questionFor, replyOf } from '../respond.ts';
import type { Zone } from '../zone.ts';
import { DnsServer } from './dns-server.ts';
import { framed, MessageReader } from './framing.ts';

const here = '127.0.0.1';
const fence = { storeId: '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a', epoch: 1, sequence: 1 };
const plain = { clientAffinity: false, internalLocal: false, externalLocal: false, ports: [] };
const address = (index: number): string => `10.42.${Math.floor(index / 250)}.${index % 250}`;
const zone: Zone = {
  domain: 'cluster.local',
  serviceCIDR: '10.43.0.0/16',
  services: new Map([
    [
      'default/web',
      { ...plain, fence, namespace: 'default', name: 'web', clusterIPs: ['10.43.0.7'], backends: [] },
    ],
    [
      'default/out',
      {
        ...plain,
        fence,
        namespace: 'default',
        name: 'out',
        clusterIPs: [],
        externalName: 'shop.example',
        backends: [],
      },
    ],
    [
      'default/many',
      {
        ...{ ...plain, fence, namespace: 'default', name: 'many', clusterIPs: [] },
        backends: [
          { ports: [], endpoints: Array.from({ length: 200 }, (_, index) => ({ address: address(index) })) },
        ],
      },
    ],
  ]),
};

/** A name server as a board has one: it knows every name, and counts its questions. */
class Elsewhere {
  questions = 0;
  silent = false;
  readonly #udp = createSocket('udp4');
  readonly #tcp = createServer((socket) => {
    const reader = new MessageReader();
    socket.on('data', (bytes) => {
      for (const message of reader.take(bytes))
        socket.write(framed(this.#answer(message) ?? Buffer.alloc(0)));
    });
  });

  async start(): Promise<number> {
    const port = await new Promise<number>((resolve) =>
      this.#udp.bind(0, here, () => resolve(this.#udp.address().port)),
    );
    await new Promise<void>((resolve) => this.#tcp.listen(port, here, resolve));
    this.#udp.on('message', (bytes, from) => {
      const answer = this.#answer(bytes);
      if (answer) this.#udp.send(answer, from.port, from.address);
    });
    return port;
  }

  stop(): void {
    this.#udp.close();
    this.#tcp.close();
  }

  #answer(bytes: Buffer): Buffer | undefined {
    this.questions += 1;
    const read = readQuery(bytes);
    if (this.silent || read.type !== 'query') return undefined;
    const { name } = read.query.question;
    const answer: ResourceRecord = { name, ttlSeconds: 60, data: { type: 'A', address: '192.0.2.80' } };
    return writeReply(read.query, replyOf(0, [answer]), udpRoom(read.query));
  }
}

let elsewhere: Elsewhere;
let server: DnsServer;
let port: number;
let folder: string;

beforeEach(async () => {
  elsewhere = new Elsewhere();
  const upstreamPort = await elsewhere.start();
  folder = await mkdtemp(join(tmpdir(), 'bramble-dns-'));
  const resolvConf = join(folder, 'resolv.conf');
  // Its own address is asked nothing: that would go round in circles.
  await writeFile(resolvConf, 'nameserver 127.0.0.2\nnameserver 127.0.0.1\n');
  server = new DnsServer({ host: createHost(() => {}), resolvConf, ports: [0], upstreamPort });
  ({ port } = await server.listen('127.0.0.2'));
  server.update(zone);
});
afterEach(async () => {
  server.close();
  elsewhere.stop();
  await rm(folder, { recursive: true });
});

function overUdp(message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => reject(new Error('no answer')), 10_000);
    socket.once('message', (bytes) => {
      clearTimeout(timer);
      socket.close();
      resolve(bytes);
    });
    socket.send(message, port, '127.0.0.2');
  });
}

function overTcp(...messages: readonly Buffer[]): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.2');
    const reader = new MessageReader();
    const answers: Buffer[] = [];
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      answers.push(...reader.take(bytes).map((each) => Buffer.from(each)));
      if (answers.length < messages.length) return;
      socket.destroy();
      resolve(answers);
    });
    // In pieces, as a network may deliver it.
    const whole = Buffer.concat(messages.map(framed));
    socket.write(whole.subarray(0, 5));
    socket.write(whole.subarray(5));
  });
}

const question = (name: string, id = 7): Buffer => questionFor(name, recordTypes.A, id);
const addresses = (bytes: Buffer): string[] =>
  readRecords(bytes)
    .filter(({ record }) => record.type === recordTypes.A)
    .map(({ record }) => [...record.data].join('.'));
const codeOf = (bytes: Buffer): number => bytes.readUInt16BE(2) & 0xf;

test('names of the cluster are answered over UDP and TCP, without asking anybody', async () => {
  assert.deepEqual(addresses(await overUdp(question('web.default.svc.cluster.local'))), ['10.43.0.7']);
  const [first, second] = await overTcp(
    question('web.default.svc.cluster.local', 1),
    question('no.default.svc.cluster.local', 2),
  );
  assert.deepEqual([first && addresses(first), second && codeOf(second)], [['10.43.0.7'], 3]);
  assert.equal(elsewhere.questions, 0);
});

test('what does not fit a datagram is cut, and whole over TCP', async () => {
  const cut = await overUdp(question('many.default.svc.cluster.local'));
  assert.ok(cut.length <= 512);
  assert.ok((cut.readUInt16BE(2) & 0x0200) !== 0);
  const [whole] = await overTcp(question('many.default.svc.cluster.local'));
  assert.equal(whole && new Set(addresses(whole)).size, 200);
});

test('other names are asked elsewhere, once for a while, and answered with the asker’s own id', async () => {
  const first = await overUdp(question('example.com', 11));
  const second = await overUdp(question('example.com', 12));
  assert.deepEqual([first.readUInt16BE(0), second.readUInt16BE(0)], [11, 12]);
  assert.deepEqual([addresses(first), addresses(second)], [['192.0.2.80'], ['192.0.2.80']]);
  assert.equal(elsewhere.questions, 1);
  const [tcp] = await overTcp(question('other.example'));
  assert.deepEqual(tcp && addresses(tcp), ['192.0.2.80']);
});

test('an external name is followed, alias and addresses in one answer', async () => {
  const answer = await overUdp(question('out.default.svc.cluster.local'));
  const types = readRecords(answer).map(({ record }) => record.type);
  assert.deepEqual(types, [recordTypes.CNAME, recordTypes.A]);
  assert.deepEqual(addresses(answer), ['192.0.2.80']);
});

test('when nobody answers, the failure is told, and the cluster’s names go on', async () => {
  elsewhere.silent = true;
  const [failure, name] = await Promise.all([
    overUdp(question('example.com')),
    overUdp(question('web.default.svc.cluster.local')),
  ]);
  assert.equal(codeOf(failure), 2);
  assert.deepEqual(addresses(name), ['10.43.0.7']);
});

test('a port that is taken is passed over', async () => {
  const other = new DnsServer({ host: createHost(() => {}), ports: [port, 0] });
  const chosen = await other.listen('127.0.0.2');
  assert.notEqual(chosen.port, port);
  other.close();
  const stuck = new DnsServer({ host: createHost(() => {}), ports: [port] });
  await assert.rejects(stuck.listen('127.0.0.2'), /EADDRINUSE/);
});

test('noise gets no answer, and nothing that is an answer does', async () => {
  const query: Query = {
    id: 3,
    recursionDesired: true,
    question: { name: 'a', spelling: 'a', type: 1, class: 1 },
    ednsBytes: undefined,
  };
  const socket = createSocket('udp4');
  let said = 0;
  socket.on('message', () => {
    said += 1;
  });
  for (const bytes of [Buffer.from('x'), writeReply(query, replyOf(0, []), largestMessageBytes)])
    socket.send(bytes, port, '127.0.0.2');
  // What comes after them on the same socket is answered: they have been dealt with by then.
  const answered = new Promise<void>((resolve) => socket.once('message', () => resolve()));
  socket.send(question('web.default.svc.cluster.local'), port, '127.0.0.2');
  await answered;
  socket.close();
  assert.equal(said, 1);
});
