import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { type AuthTable, identify, stillValid } from './identify.ts';

const tokenHash = createHash('sha256').update('t0ken').digest('hex');
const table: AuthTable = { users: [{ name: 'ada', role: 'edit', tokenHash }], boards: { 'pi-1': 'AB' } };
const none = { certificate: undefined, username: undefined, password: undefined };
const shown = (commonName: string, serial = 'AB', trusted = true) => ({
  ...none,
  certificate: { trusted, commonName, serial },
});

test('a user by name and token', () => {
  const login = (username: string, password: string) =>
    identify(table, { ...none, username, password: Buffer.from(password) });
  assert.deepEqual(login('ada', 't0ken'), { type: 'user', name: 'ada', role: 'edit' });
  for (const [name, token] of [
    ['ada', 'wrong'],
    ['eve', 't0ken'],
    ['', ''],
    ['system:node:pi-1', 't0ken'],
  ] as const)
    assert.equal(login(name, token), undefined);
  assert.equal(identify(table, none), undefined);
  assert.equal(identify(table, { ...none, username: 'ada' }), undefined);
});

test('a board and the controller by certificate, and by the one that is current', () => {
  assert.deepEqual(identify(table, shown('system:bramble:controller')), { type: 'controller' });
  assert.deepEqual(identify(table, shown('system:node:pi-1')), { type: 'node', node: 'pi-1' });
  assert.equal(identify(table, shown('system:node:pi-1', 'CD')), undefined);
  assert.equal(identify(table, shown('system:node:pi-2')), undefined);
  assert.equal(identify(table, shown('ada')), undefined);
  const open = { ...table, boards: undefined };
  assert.deepEqual(identify(open, shown('system:node:pi-2')), { type: 'node', node: 'pi-2' });
});

test('a certificate that is not trusted is not saved by a good token', () => {
  const both = { ...shown('system:node:pi-1', 'AB', false), username: 'ada', password: Buffer.from('t0ken') };
  assert.equal(identify(table, both), undefined);
});

test('a change of role, token or certificate ends what was allowed', () => {
  assert.ok(stillValid(table, { type: 'user', name: 'ada', role: 'edit' }, tokenHash));
  assert.ok(!stillValid(table, { type: 'user', name: 'ada', role: 'edit' }, '0'.repeat(64)));
  assert.ok(!stillValid(table, { type: 'user', name: 'ada', role: 'admin' }, tokenHash));
  assert.ok(!stillValid(table, { type: 'user', name: 'eve', role: 'edit' }, tokenHash));
  assert.ok(stillValid(table, { type: 'node', node: 'pi-1' }, 'AB'));
  assert.ok(!stillValid(table, { type: 'node', node: 'pi-1' }, 'CD'));
  assert.ok(!stillValid({ users: [], boards: {} }, { type: 'node', node: 'pi-1' }, 'AB'));
});
