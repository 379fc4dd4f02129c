import assert from 'node:assert/strict';
import test from 'node:test';
import { networkFilter, topics } from '@bramble/protocol/topics.ts';
import { accessOf, mayPublish, maySubscribe } from './access.ts';
import { type AuthTable, identify, stillValid } from './identify.ts';

const table: AuthTable = {
  users: [],
  boards: { 'pi-1': 'AB', 'pi-2': 'CD' },
  groups: { 'pi-2': 'shed' },
};

function board(node: string, serial: string, auth: AuthTable = table) {
  const certificate = { trusted: true, commonName: `system:node:${node}`, serial };
  const identity = identify(auth, { certificate, username: undefined, password: undefined });
  assert.ok(identity);
  return identity;
}

test('G7: a board hears its own network group and no other, and states nothing there', () => {
  for (const [node, serial, own, other] of [
    ['pi-1', 'AB', 'default', 'shed'],
    ['pi-2', 'CD', 'shed', 'default'],
  ] as const) {
    const access = accessOf(board(node, serial));
    assert.ok(maySubscribe(access, networkFilter(own)));
    assert.ok(maySubscribe(access, topics.networkMembership(node)));
    for (const filter of [networkFilter(other), 'bramble/v1/network/#', 'bramble/v1/network/+/index'])
      assert.ok(!maySubscribe(access, filter), filter);
    assert.ok(!mayPublish(access, topics.networkIndex(own)));
    assert.ok(!mayPublish(access, topics.networkMembership(node)));
  }
});

test('G7: users have no part in what boards share', () => {
  const access = accessOf({ type: 'user', name: 'anna', role: 'admin' });
  assert.ok(!maySubscribe(access, networkFilter('default')));
  assert.ok(!mayPublish(access, topics.networkService('default', 'default', 'web')));
});

test('a board that is put into another group has to come anew; others stay', () => {
  const before = [board('pi-1', 'AB'), board('pi-2', 'CD')] as const;
  const moved = { ...table, groups: { 'pi-1': 'shed', 'pi-2': 'shed' } };
  assert.deepEqual([stillValid(moved, before[0], 'AB'), stillValid(moved, before[1], 'CD')], [false, true]);
  assert.ok(stillValid(moved, board('pi-1', 'AB', moved), 'AB'));
});
