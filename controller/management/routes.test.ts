import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { networkGroupLabel } from '@bramble/protocol/messages/network.ts';
import type { UserInfo } from '../apiserver/request.ts';
import { boardKey, boardObject } from '../fleet/boards.ts';
import type { AuthTable } from '../fleet/broker/identify.ts';
import { UnclaimedPods } from '../fleet/unclaimed.ts';
import { MemoryDisk, MemoryEngine } from '../store/memory-engine.ts';
import { type RunningStore, runStore } from '../store/testing/running-store.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import type { JoinTokenInfo } from '../trust/join-tokens.ts';
import { openTrust, type Trust } from '../trust/trust.ts';
import type { Answer } from './answer.ts';
import { tokenAuthenticator, userByName } from './authenticator.ts';
import { type AuthFollower, followAuth } from './broker-auth.ts';
import { handleManagement, type ManagementPorts, managementRoutes } from './routes.ts';

let dir: string;
let trust: Trust;
let running: RunningStore;
let ports: ManagementPorts;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bramble-management-'));
  const host = createHost(() => {});
  trust = await openTrust(dir, host);
  running = await runStore(new MemoryEngine(new MemoryDisk('management')));
  const refusal = { code: 409, reason: 'Conflict', message: 'the name is taken' } as const;
  ports = {
    trust,
    host,
    unclaimed: new UnclaimedPods(),
    trace: new TraceRecorder(),
    store: running.store,
    join: async () => ({ ok: false, refusal }),
    settled: async () => {},
  };
});
after(async () => {
  await running.stop();
  await rm(dir, { recursive: true });
});

const admin: UserInfo = { name: 'anna', groups: [], role: 'admin' };
const viewer: UserInfo = { name: 'vera', groups: [], role: 'view' };

function ask(
  method: string,
  path: string,
  body?: unknown,
  user: UserInfo | undefined = admin,
): Promise<Answer> {
  return handleManagement(ports, { method, path: `/bramble/v1/${path}`, user, body });
}

async function code(method: string, path: string, body?: unknown, user?: UserInfo): Promise<number> {
  return (await ask(method, path, body, user)).code;
}

test('open routes need nobody, all others somebody, and what changes trust an admin', async () => {
  const nobody = (method: string, path: string): Promise<Answer> =>
    handleManagement(ports, { method, path: `/bramble/v1/${path}`, user: undefined, body: {} });
  assert.equal((await nobody('POST', 'join')).code, 409);
  assert.equal((await nobody('GET', 'ca')).body, trust.caPem);
  for (const [method, path] of [
    ['GET', 'users'],
    ['POST', 'tokens'],
    ['GET', 'trace/default/a'],
    ['GET', 'x'],
  ] as const)
    assert.equal((await nobody(method, path)).code, 401, path);
  for (const [method, path] of [
    ['GET', 'users'],
    ['POST', 'users'],
    ['DELETE', 'users/anna'],
    ['POST', 'tokens'],
  ] as const)
    assert.equal(await code(method, path, {}, viewer), 403, path);
  assert.equal(await code('GET', 'trace/default/a', undefined, viewer), 404);
});

test('users are made once, listed without their tokens, and removed', async () => {
  const made = await ask('POST', 'users', { name: 'bob', role: 'edit' });
  assert.equal(made.code, 201);
  const { token } = made.body as { token: string };
  const signIn = tokenAuthenticator(trust);
  const user = await signIn.authenticate({ bearerToken: token } as never);
  assert.deepEqual(user, { name: 'bob', role: 'edit', groups: ['system:authenticated'] });
  assert.equal(await code('POST', 'users', { name: 'bob', role: 'view' }), 409);
  for (const body of [
    { name: 'a/b', role: 'edit' },
    { name: 'bob' },
    { name: 'eve', role: 'root' },
    undefined,
    'x',
    null,
  ])
    assert.equal(await code('POST', 'users', body), 400, JSON.stringify(body));
  const list = await ask('GET', 'users');
  assert.deepEqual(list.body, { users: [{ name: 'bob', role: 'edit' }] });
  assert.equal(await code('PUT', 'users'), 405);
  assert.equal(await code('DELETE', 'users/bob'), 200);
  assert.equal(await code('DELETE', 'users/bob'), 404);
  assert.equal(userByName(trust, 'bob'), undefined);
});

test('a user gets a new token, and the one before ends; admin’s is kept where the commands find it', async () => {
  const { token: before } = (await ask('POST', 'users', { name: 'tim', role: 'view' })).body as {
    token: string;
  };
  const renewed = await ask('POST', 'users/tim/token');
  assert.equal(renewed.code, 201);
  const { token } = renewed.body as { token: string };
  assert.equal(trust.users.authenticateToken(before), undefined);
  assert.equal(trust.users.authenticateToken(token)?.name, 'tim');
  assert.equal(await code('POST', 'users/nobody/token'), 404);
  assert.equal(await code('POST', 'users/tim/shoes'), 404);
  assert.equal(await code('GET', 'users/tim/token'), 405);
  assert.equal(await code('POST', 'users/admin/token'), 409);
  assert.equal(await code('POST', 'users/tim/token', undefined, viewer), 403);
  assert.equal(await code('DELETE', 'users/tim'), 200);
});

test('tokens for joining are made within bounds', async () => {
  const made = await ask('POST', 'tokens', { uses: 3, lifetimeMs: 60_000, labels: { zone: 'attic' } });
  assert.equal(made.code, 201);
  assert.match((made.body as { token: string }).token, /^bramble1\./);
  assert.equal(await code('POST', 'tokens', {}), 201);
  for (const body of [{ uses: 0 }, { uses: 1.5 }, { lifetimeMs: 1 }, { labels: { a: 1 } }, [], undefined])
    assert.equal(await code('POST', 'tokens', body), 400, JSON.stringify(body));
  assert.equal(await code('PUT', 'tokens'), 405);
  assert.equal(
    await code('POST', 'tokens', { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
    400,
  );
});

test('tokens are listed without their secrets, and revoked', async () => {
  const made = await ask('POST', 'tokens', { labels: { site: 'revoked' } });
  const { token } = made.body as { token: string };
  const listed = async () => ((await ask('GET', 'tokens')).body as { tokens: JoinTokenInfo[] }).tokens;
  const found = (await listed()).find(({ labels }) => labels['site'] === 'revoked');
  assert.ok(found && found.usesLeft === 1 && token.includes(found.id));
  assert.ok(!JSON.stringify(await listed()).includes(token.split('.')[2] ?? ''));
  assert.equal(await code('DELETE', `tokens/${found.id}`, undefined, viewer), 403);
  assert.equal(await code('DELETE', `tokens/${found.id}`), 200);
  assert.equal(await code('DELETE', `tokens/${found.id}`), 404);
  assert.ok(!(await listed()).some(({ id }) => id === found.id));
});

test('a trace is told by the name of its pod', async () => {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default', uid: 'u' } };
  await running.store.commit({
    conditions: [],
    writes: [{ type: 'put', key: '/registry/pods/default/a', object }],
  });
  assert.match(JSON.stringify(await ask('GET', 'trace/default/a')), /before this controller started/);
  const step = { step: 'client', who: 'anna', what: 'x', at: 1, clock: 'controller' } as const;
  ports.trace.note({ uid: 'u', namespace: 'default', name: 'a' }, 'client', step);
  const found = await ask('GET', 'trace/default/a');
  assert.deepEqual([found.code, (found.body as { steps: unknown[] }).steps], [200, [step]]);
});

test('paths and bodies that are none are answered, not thrown', async () => {
  assert.equal(await code('GET', 'users/%zz'), 400);
  assert.equal(await code('GET', ''), 404);
  const route = managementRoutes(ports).find(
    ({ path, method }) => path.endsWith('/tokens') && method === 'POST',
  );
  const bytes = (text: string): Promise<{ status: number }> =>
    route?.handle({
      method: 'POST',
      path: '/bramble/v1/tokens',
      user: admin,
      body: Buffer.from(text),
    } as never) as never;
  assert.equal((await bytes('{')).status, 400);
  assert.equal((await bytes('')).status, 400);
  assert.equal((await bytes('{}')).status, 201);
});

/** Keeps each table as it was told. */
function hearing(tables: AuthTable[]): AuthFollower {
  const keep = (table: AuthTable): void => void tables.push(structuredClone({ ...table }));
  return { all: keep, board: (_change, table) => keep(table) };
}

test('the broker hears of users and boards as they change', async () => {
  const tables: AuthTable[] = [];
  followAuth(trust, running.store, hearing(tables));
  await trust.users.create('carl', 'view');
  assert.ok(tables.at(-1)?.users.some(({ name }) => name === 'carl'));
  const board = { node: 'pi-1', machineId: 'm', sealingKey: '', joinedAt: 0, labels: {} };
  for (const certificateSerial of ['0A', '0B']) {
    const object = boardObject({ ...board, certificateSerial });
    await running.store.commit({ conditions: [], writes: [{ type: 'put', key: boardKey('pi-1'), object }] });
    assert.deepEqual(tables.at(-1)?.boards, { 'pi-1': certificateSerial });
  }
  await running.store.commit({ conditions: [], writes: [{ type: 'delete', key: boardKey('pi-1') }] });
  assert.deepEqual(tables.at(-1)?.boards, {});
});

test('of a board that changes the broker hears of that board alone', async () => {
  const heard: unknown[] = [];
  followAuth(trust, running.store, { all: () => heard.push('all'), board: (change) => heard.push(change) });
  const board = {
    node: 'pi-8',
    machineId: 'm',
    sealingKey: '',
    certificateSerial: '0A',
    joinedAt: 0,
    labels: {},
  };
  const put = { type: 'put', key: boardKey('pi-8'), object: boardObject(board) } as const;
  await running.store.commit({ conditions: [], writes: [put] });
  await running.store.commit({ conditions: [], writes: [put] });
  await running.store.commit({ conditions: [], writes: [{ type: 'delete', key: boardKey('pi-8') }] });
  const change = { node: 'pi-8', group: undefined };
  assert.deepEqual(heard, ['all', { ...change, serial: '0A' }, { ...change, serial: undefined }]);
});

test('the broker hears of a board’s network group when it changes, and not of its readiness', async () => {
  const tables: AuthTable[] = [];
  const board = { node: 'pi-9', machineId: 'm', sealingKey: '', certificateSerial: '0A', joinedAt: 0 };
  const join = (labels: Record<string, string>): Promise<unknown> => {
    const object = boardObject({ ...board, labels });
    return running.store.commit({ conditions: [], writes: [{ type: 'put', key: boardKey('pi-9'), object }] });
  };
  const put = (labels: Record<string, string>, ready: string): Promise<unknown> => {
    const status = { conditions: [{ type: 'Ready', status: ready }] };
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-9', labels }, status };
    return running.store.commit({
      conditions: [],
      writes: [{ type: 'put', key: '/registry/nodes/pi-9', object }],
    });
  };
  const inGroup = (name: string): Record<string, string> => ({ [networkGroupLabel]: name });
  const told = (): unknown => tables.splice(0).map(({ groups }) => groups);
  followAuth(trust, running.store, hearing(tables));
  told();
  await join(inGroup('barn'));
  assert.deepEqual(told(), [{ 'pi-9': 'barn' }], 'before its Node is made');
  await put(inGroup('barn'), 'True');
  await put(inGroup('barn'), 'Unknown');
  assert.deepEqual(told(), []);
  await put(inGroup('shed'), 'True');
  await put({}, 'True');
  await put({}, 'Unknown');
  assert.deepEqual(told(), [{ 'pi-9': 'shed' }, {}]);
  await running.store.commit({ conditions: [], writes: [{ type: 'delete', key: '/registry/nodes/pi-9' }] });
  assert.deepEqual(told(), [{ 'pi-9': 'barn' }]);
  await running.store.commit({ conditions: [], writes: [{ type: 'delete', key: boardKey('pi-9') }] });
  assert.deepEqual(told(), [{}]);
});

test('G7: a board that is removed is let in no more, and its name is free', async () => {
  const record = {
    node: 'gone-1',
    machineId: 'm',
    sealingKey: '',
    certificateSerial: 'AB',
    joinedAt: 7,
    labels: {},
  };
  const put = { type: 'put', key: boardKey('gone-1'), object: boardObject(record) } as const;
  await running.store.commit({ conditions: [], writes: [put] });
  const tables: AuthTable[] = [];
  followAuth(trust, running.store, hearing(tables));
  const [listed] = ((await ask('GET', 'boards')).body as { boards: unknown[] }).boards;
  assert.deepEqual(listed, {
    ...{ name: 'gone-1', joinedAt: 7, labels: {}, ready: 'Unknown', since: null },
    ...{ addresses: [], version: '', unclaimed: 0 },
  });
  assert.equal(await code('DELETE', 'boards/gone-1', undefined, viewer), 403);
  assert.equal(await code('DELETE', 'boards/gone-1'), 200);
  assert.equal(tables.at(-1)?.boards?.['gone-1'], undefined);
  assert.equal(await code('DELETE', 'boards/gone-1'), 404);
  assert.equal(await code('POST', 'boards'), 405);
});
