import assert from 'node:assert/strict';
import test from 'node:test';
import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import { topics } from '@bramble/protocol/topics.ts';
import fc from 'fast-check';
import { type NetworkFacts, noFacts, sameContent, servicesOf, withFact } from './facts.ts';
import type { NetworkFact } from './messages.ts';
import { factsText, readFacts } from './saved-facts.ts';

const storeId = '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a';
const otherStore = '0b9d2f44-5f5e-4a53-bb0e-6f7b2f3a9c01';
const at = (sequence: number, epoch = 1, store = storeId) => ({ storeId: store, epoch, sequence });

interface Told {
  readonly topic: string;
  readonly fact: NetworkFact;
}

const membership = (group: string, fence = at(1)): Told => ({
  topic: topics.networkMembership('pi-1'),
  fact: { type: 'network-membership', value: { fence, group } },
});

const index = (services: readonly string[], fence = at(1), group = 'default'): Told => ({
  topic: topics.networkIndex(group),
  fact: {
    type: 'network-index',
    value: {
      ...{ fence, serviceCIDR: '10.43.0.0/16', clusterDNS: '10.43.0.10', clusterDomain: 'cluster.local' },
      services: services.map((name) => `default/${name}`),
    },
  },
});

function service(name: string, fence = at(1), address = '10.43.0.7', group = 'default'): Told {
  const value: NetworkService = {
    ...{ fence, namespace: 'default', name, clusterIPs: [address], ports: [], backends: [] },
    ...{ clientAffinity: false, internalLocal: false, externalLocal: false },
  };
  return { topic: topics.networkService(group, 'default', name), fact: { type: 'network-service', value } };
}

const boards = (nodes: readonly string[], fence = at(1)): Told => ({
  topic: topics.networkBoards('default'),
  fact: {
    type: 'network-boards',
    value: { fence, boards: nodes.map((node) => ({ node, addresses: [], podCIDRs: [] })) },
  },
});

function told(all: readonly Told[], from: NetworkFacts = noFacts): NetworkFacts {
  return all.reduce((facts, { topic, fact }) => withFact(facts, topic, fact), from);
}

const names = (facts: NetworkFacts): string[] => servicesOf(facts).map(({ name }) => name);

test('an older fact changes nothing, a newer epoch everything', () => {
  const facts = told([
    membership('default'),
    service('web', at(5)),
    service('web', at(4), '10.43.0.8'),
    index(['web'], at(6)),
  ]);
  assert.deepEqual(servicesOf(facts)[0]?.clusterIPs, ['10.43.0.7']);
  const later = told([service('web', at(1, 2), '10.43.0.9')], facts);
  assert.deepEqual(servicesOf(later)[0]?.clusterIPs, ['10.43.0.9']);
});

test('what the index lacks is gone; what was told after it waits for the next', () => {
  const facts = told([
    membership('default'),
    index(['a', 'b'], at(1)),
    service('a', at(2)),
    service('b', at(3)),
  ]);
  const after = told([service('c', at(4)), index(['b'], at(5)), service('a', at(2))], facts);
  assert.deepEqual(names(after), ['b']);
  assert.ok(!after.services.has('default/a'), 'an old message does not bring it back');
  assert.deepEqual(names(told([service('d', at(6)), index(['b', 'd'], at(7))], after)), ['b', 'd']);
});

test('another group’s facts are not believed, and a change of group forgets those of the old', () => {
  const facts = told([membership('default'), service('web', at(2)), index(['web'], at(3)), boards(['pi-2'])]);
  assert.equal(told([index([], at(9), 'shed')], facts), facts);
  const moved = told([membership('shed', at(4))], facts);
  assert.deepEqual([moved.index, moved.boards, moved.services.size], [undefined, undefined, 0]);
  assert.deepEqual(
    names(told([service('web', at(5), '10.43.0.7', 'shed'), index(['web'], at(6), 'shed')], moved)),
    ['web'],
  );
});

test('another store is believed, and its index takes away what it does not name', () => {
  const facts = told([membership('default'), service('web', at(20)), index(['web'], at(30))]);
  const other = told([index([], at(1, 1, otherStore))], facts);
  assert.deepEqual(names(other), []);
});

test('in whatever order, however often, and whatever is lost of what was replaced: the last facts count', () => {
  const kept = (group: string) => [
    membership(group, at(1)),
    service('a', at(11), '10.43.0.11'),
    service('b', at(12), '10.43.0.12'),
    boards(['x', 'y'], at(13)),
    index(['a', 'b'], at(14)),
  ];
  const replaced = [
    service('a', at(2)),
    service('gone', at(3)),
    index(['a', 'gone'], at(4)),
    boards(['x'], at(5)),
    service('b', at(6)),
  ];
  const expected = told(kept('default'));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(replaced).chain((some) =>
        fc.shuffledSubarray([...kept('default').slice(1), ...kept('default').slice(1), ...some], {
          minLength: 8 + some.length,
        }),
      ),
      (all) => {
        const facts = told([membership('default', at(1)), ...all]);
        assert.ok(sameContent(facts, expected), JSON.stringify([...facts.services.keys()]));
      },
    ),
  );
});

test('what is saved is read back; what is damaged is nothing', () => {
  const facts = told([membership('default'), service('web', at(2)), index(['web'], at(3)), boards(['pi-2'])]);
  assert.deepEqual(readFacts(factsText(facts)), facts);
  for (const text of [undefined, '', '{}', factsText(facts).slice(0, -9)])
    assert.deepEqual(readFacts(text), noFacts);
});

test('content is the same whatever its order number', () => {
  const one = told([membership('default'), service('web', at(2)), index(['web'], at(3))]);
  const again = told([service('web', at(7)), index(['web'], at(8))], one);
  assert.ok(sameContent(one, again));
  assert.ok(!sameContent(one, told([service('web', at(9), '10.43.0.8')], one)));
});

test('the Services of a new store come before its index, and are not taken for late ones of the old', () => {
  const before = told([membership('default'), service('old'), index(['old'], at(2))]);
  const fresh = at(1, 1, otherStore);
  const facts = told(
    [membership('default', fresh), service('web', fresh), index(['web'], at(2, 1, otherStore))],
    before,
  );
  assert.deepEqual(names(facts), ['web']);
});
