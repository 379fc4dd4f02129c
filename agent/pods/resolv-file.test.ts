import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pod, PodSpec } from '@bramble/protocol/schema/types.generated.ts';
import { parseResolvConf, resolvConfText } from '../dns/resolv-conf.ts';
import type { DesiredPod } from './desired.ts';
import { resolvConfOf } from './resolv-file.ts';
import { boardFacts, podObject } from './testing/objects.ts';

const board = boardFacts({
  resolvConf: { nameservers: ['127.0.0.53', '192.0.2.53'], searches: ['home.example'], options: ['edns0'] },
});

function conf(spec: Partial<PodSpec>, podCIDRs: readonly string[] = ['10.42.3.0/24']) {
  const desired: DesiredPod = {
    ...{ uid: 'u', namespace: 'shop', name: 'p', storeId: 's', digest: '', addresses: ['10.42.3.7'] },
    ...{ receivedAtMs: 0, terminate: undefined, final: undefined, data: new Map(), board, podCIDRs },
    pod: podObject('p', spec) as unknown as Pod,
  };
  return resolvConfOf(desired);
}

const clusterFirst = {
  nameservers: ['10.42.3.1'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'home.example'],
  options: ['ndots:5'],
};

test('a pod asks its own board, for names of its namespace first', () => {
  assert.deepEqual(conf({}), clusterFirst);
  assert.deepEqual(conf({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), clusterFirst);
});

test('the board’s own file is left to the runtime, unless the pod adds to it', () => {
  assert.equal(conf({ dnsPolicy: 'Default' }), undefined);
  assert.equal(conf({ hostNetwork: true }), undefined);
  assert.deepEqual(conf({ dnsPolicy: 'Default', dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }), {
    nameservers: ['192.0.2.53'],
    searches: ['home.example'],
    options: ['edns0', 'ndots:1'],
  });
});

test('dnsConfig comes behind, its options in place of others; None is dnsConfig alone', () => {
  const dnsConfig = {
    nameservers: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    searches: ['cluster.local', 'more.example'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  };
  const more = conf({ dnsConfig });
  assert.deepEqual(more?.nameservers, ['10.42.3.1', '192.0.2.1', '192.0.2.2'], 'the C library reads three');
  assert.deepEqual(more?.searches, [...clusterFirst.searches, 'more.example']);
  assert.deepEqual(more?.options, ['ndots:2', 'rotate']);
  assert.deepEqual(conf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }), {
    nameservers: ['192.0.2.1'],
    searches: [],
    options: [],
  });
});

test('without addresses for pods there is no server to name', () => {
  assert.equal(conf({}, []), undefined);
});

test('resolv.conf is read as the C library reads it, and written', () => {
  const text =
    '# comment\nnameserver 192.0.2.1 ; first\nsearch a.example\nsearch b.example c.example\noptions rotate ndots:3\n';
  const parsed = parseResolvConf(text);
  assert.deepEqual(parsed, {
    nameservers: ['192.0.2.1'],
    searches: ['b.example', 'c.example'],
    options: ['rotate', 'ndots:3'],
  });
  assert.deepEqual(parseResolvConf(resolvConfText(parsed)), parsed);
});
