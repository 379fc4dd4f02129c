import assert from 'node:assert/strict';
import test from 'node:test';
import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import fc from 'fast-check';
import { lookup } from './lookup.ts';
import { recordTypes } from './message/types.ts';
import { questionFor, respond } from './respond.ts';
import type { Zone } from './zone.ts';

const fence = { storeId: '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a', epoch: 1, sequence: 1 };

function service(name: string, fields: Partial<NetworkService>): NetworkService {
  return {
    ...{ fence, namespace: 'default', name, clusterIPs: [], backends: [] },
    ...{ clientAffinity: false, internalLocal: false, externalLocal: false },
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    ...fields,
  };
}

const served = { name: 'http', protocol: 'TCP', port: 8080 } as const;
const endpoints = [{ address: '10.42.0.2', hostname: 'db-0' }, { address: '10.42.1.9' }];
const all = [
  service('web', { clusterIPs: ['10.43.0.7'], backends: [{ ports: [served], endpoints }] }),
  service('db', { backends: [{ ports: [served], endpoints }] }),
  service('out', { externalName: 'shop.example.com.', ports: [] }),
  service('alias', { externalName: 'web.default.svc.cluster.local', ports: [] }),
  service('circle', { externalName: 'circle.default.svc.cluster.local', ports: [] }),
];
const zone: Zone = {
  domain: 'cluster.local',
  serviceCIDR: '10.43.0.0/16',
  services: new Map(all.map((each) => [`${each.namespace}/${each.name}`, each])),
};

/** The answer in short: what was found, `none` for a name without such records, or why not. */
function ask(name: string, type: keyof typeof recordTypes = 'A', turn = 0): unknown {
  const result = lookup(zone, name, recordTypes[type], turn);
  if (result.type !== 'reply') return result.type;
  const { code, answers, authority } = result.reply;
  if (answers.length > 0)
    return answers.map(({ data }) => {
      if (data.type === 'A') return data.address;
      return data.type === 'SRV' ? `${data.port} ${data.target}` : 'target' in data ? data.target : '';
    });
  assert.equal(authority[0]?.data.type, 'SOA', 'a denial says for how long');
  return code === 0 ? 'none' : 'no such name';
}

test('a Service has its address; a headless one the addresses of its pods, the first of which takes turns', () => {
  assert.deepEqual(ask('web.default.svc.cluster.local'), ['10.43.0.7']);
  assert.deepEqual(ask('db.default.svc.cluster.local'), ['10.42.0.2', '10.42.1.9']);
  assert.deepEqual(ask('db.default.svc.cluster.local', 'A', 1), ['10.42.1.9', '10.42.0.2']);
  assert.equal(ask('web.default.svc.cluster.local', 'AAAA'), 'none');
});

test('endpoints have names of their own, ports SRV records', () => {
  assert.deepEqual(ask('db-0.db.default.svc.cluster.local'), ['10.42.0.2']);
  assert.deepEqual(ask('10-42-1-9.db.default.svc.cluster.local'), ['10.42.1.9']);
  assert.equal(ask('db-1.db.default.svc.cluster.local'), 'no such name');
  assert.deepEqual(ask('_http._tcp.db.default.svc.cluster.local', 'SRV'), [
    '8080 db-0.db.default.svc.cluster.local',
    '8080 10-42-1-9.db.default.svc.cluster.local',
  ]);
  assert.deepEqual(ask('_http._tcp.web.default.svc.cluster.local', 'SRV'), [
    '80 web.default.svc.cluster.local',
  ]);
  assert.equal(ask('_ftp._tcp.web.default.svc.cluster.local', 'SRV'), 'no such name');
  assert.equal(ask('_http._tcp.web.default.svc.cluster.local'), 'none');
});

test('pods by their address, Services by theirs backwards', () => {
  assert.deepEqual(ask('10-42-0-2.default.pod.cluster.local'), ['10.42.0.2']);
  assert.equal(ask('10-42-0-256.default.pod.cluster.local'), 'no such name');
  assert.equal(ask('10-42-0-2.nowhere.pod.cluster.local'), 'no such name');
  assert.deepEqual(ask('7.0.43.10.in-addr.arpa', 'PTR'), ['web.default.svc.cluster.local']);
  assert.deepEqual(ask('2.0.42.10.in-addr.arpa', 'PTR'), ['db-0.db.default.svc.cluster.local']);
  assert.equal(ask('8.0.43.10.in-addr.arpa', 'PTR'), 'no such name');
  assert.equal(ask('1.2.0.192.in-addr.arpa', 'PTR'), 'foreign');
});

test('what lies between names exists, what does not is denied, what is others’ is passed on', () => {
  for (const name of [
    'cluster.local',
    'svc.cluster.local',
    'default.svc.cluster.local',
    'pod.cluster.local',
    '_tcp.web.default.svc.cluster.local',
  ])
    assert.equal(ask(name), 'none', name);
  for (const name of [
    'x.cluster.local',
    'web.other.svc.cluster.local',
    'other.svc.cluster.local',
    'no.default.svc.cluster.local',
    'a.b.c.web.default.svc.cluster.local',
  ])
    assert.equal(ask(name), 'no such name', name);
  for (const name of ['example.com', 'notcluster.local', 'local']) assert.equal(ask(name), 'foreign', name);
});

test('an alias is followed inside the cluster, handed on outside, and no circle goes on for ever', () => {
  const answer = (name: string, type: number = recordTypes.A) =>
    respond(zone, questionFor(`${name}.default.svc.cluster.local`, type, 1), 0);
  const inside = answer('alias');
  assert.ok(inside.type === 'reply');
  assert.deepEqual(
    inside.reply.answers.map(({ data }) => data.type),
    ['CNAME', 'A'],
  );
  const outside = answer('out');
  assert.ok(outside.type === 'follow');
  assert.equal(outside.target, 'shop.example.com');
  const circle = answer('circle');
  assert.ok(circle.type === 'reply');
  assert.equal(circle.reply.code, 2);
  const alone = answer('out', recordTypes.CNAME);
  assert.ok(alone.type === 'reply');
  assert.equal(alone.reply.answers.length, 1);
});

test('before anything is known, names of the cluster fail instead of not existing', () => {
  const inside = respond(undefined, questionFor('web.default.svc.cluster.local', 1, 1), 0);
  assert.ok(inside.type === 'reply');
  assert.equal(inside.reply.code, 2);
  assert.equal(respond(undefined, questionFor('example.com', 1, 1), 0).type, 'forward');
});

test('no message makes it throw', () => {
  const names = fc.array(
    fc.constantFrom(
      'svc',
      'pod',
      'default',
      'web',
      'db',
      '_http',
      '_tcp',
      'cluster',
      'local',
      'in-addr',
      'arpa',
      '',
      '1-2-3-4',
      '7',
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 100 }), names),
      fc.nat(300),
      fc.nat(5),
      (input, type, turn) => {
        const bytes = Array.isArray(input)
          ? questionFor(input.filter((each) => each !== '').join('.'), type, 7)
          : Buffer.from(input as Uint8Array);
        respond(zone, bytes, turn);
      },
    ),
    { numRuns: 3_000 },
  );
});
