import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Host } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { openTrust } from './trust.ts';
import { issuedBy } from './x509/inspect.ts';

async function dataDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-trust-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

function hostAt(clock: { nowMs: number }): Host {
  return { ...createHost(() => {}), now: () => clock.nowMs };
}

const start = { nowMs: Date.UTC(2026, 10, 22) };
const host = hostAt(start);

test('what was made is found again, and is for the owner alone', async (t) => {
  const dir = await dataDir(t);
  const first = await openTrust(dir, host);
  const server = await first.certificates.server(['localhost', '127.0.0.1', '::1']);
  const client = await first.certificates.controllerClient();
  const token = await first.users.create('ada', 'admin');
  const again = await openTrust(dir, host);
  assert.equal(again.caPem, first.caPem);
  assert.equal(again.clusterPublicKey, first.clusterPublicKey);
  assert.deepEqual(await again.certificates.server(['127.0.0.1', 'localhost', '::1']), server);
  assert.deepEqual(await again.certificates.controllerClient(), client);
  assert.deepEqual(again.users.authenticateToken(token), { name: 'ada', role: 'admin' });
  const folder = join(dir, 'controller', 'trust');
  for (const file of await readdir(folder))
    assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);
});

test('the server certificate follows the names of the machine, and its own age', async (t) => {
  const clock = { ...start };
  const { certificates, caPem } = await openTrust(await dataDir(t), hostAt(clock));
  const first = await certificates.server(['localhost', 'FE80::0:1%eth0', '10.0.0.1']);
  assert.ok(issuedBy(first.certificate, caPem));
  const leaf = new X509Certificate(first.certificate);
  assert.ok(leaf.checkHost('controller.bramble.internal'));
  assert.ok(leaf.checkIP('10.0.0.1') && leaf.checkIP('fe80::1'));
  assert.ok(leaf.validFromDate.getTime() === 0, 'a board whose clock starts in 1970 takes it');
  assert.deepEqual(await certificates.server(['10.0.0.1', 'localhost', 'fe80::1']), first);
  const moved = await certificates.server(['localhost', '10.0.0.2']);
  assert.notEqual(moved.certificate, first.certificate);
  clock.nowMs += 250 * 86_400_000;
  assert.deepEqual(await certificates.server(['localhost', '10.0.0.2']), moved);
  clock.nowMs += 100 * 86_400_000;
  assert.notEqual((await certificates.server(['localhost', '10.0.0.2'])).certificate, moved.certificate);
});

test('a file that cannot be read is named, and left as it is', async (t) => {
  for (const file of ['authority.pem', 'cluster-key.pem', 'users.json', 'join-tokens.json']) {
    const dir = await dataDir(t);
    const trust = await openTrust(dir, host);
    await trust.users.create('ada', 'view');
    await trust.joinTokens.create();
    const path = join(dir, 'controller', 'trust', file);
    await writeFile(path, '-----BEGIN PRIVATE KEY-----\nnonsense');
    await assert.rejects(openTrust(dir, host), (error) => {
      assert.ok(error instanceof BrambleError);
      assert.equal(error.code, 'BRAMBLE_TRUST_CORRUPT');
      assert.match(error.message, new RegExp(file));
      return true;
    });
  }
});

test('an authority with the key of another one is refused', async (t) => {
  const [one, other] = [await dataDir(t), await dataDir(t)];
  const path = (dir: string) => join(dir, 'controller', 'trust', 'authority.pem');
  const trust = await openTrust(one, host);
  await openTrust(other, host);
  const { readFile } = await import('node:fs/promises');
  const key = (await readFile(path(other), 'utf8')).split('-----BEGIN CERTIFICATE')[0];
  await writeFile(path(one), key + trust.caPem);
  await assert.rejects(openTrust(one, host), /authority\.pem/);
});

test('users: one token each, told at once, no second of a name, no name of the system', async (t) => {
  const { users } = await openTrust(await dataDir(t), host);
  const told: string[][] = [];
  users.onChange((records) => told.push(records.map((record) => record.name)));
  const tokens = await Promise.all(['ada', 'bob', 'eve'].map((name) => users.create(name, 'edit')));
  assert.deepEqual(told.at(-1), ['ada', 'bob', 'eve']);
  assert.deepEqual(users.authenticateToken(tokens[1] ?? ''), { name: 'bob', role: 'edit' });
  await assert.rejects(users.create('ada', 'view'), { code: 'BRAMBLE_BAD_USER' });
  for (const name of ['system:node:a', 'a/b', 'a+', '#', '', 'Ada', '-a', 'a'.repeat(64)])
    await assert.rejects(users.create(name, 'view'), { code: 'BRAMBLE_BAD_USER' });
  const renewed = await users.renewToken('bob');
  assert.equal(users.authenticateToken(tokens[1] ?? ''), undefined);
  assert.deepEqual(users.authenticateToken(renewed), { name: 'bob', role: 'edit' });
  assert.equal(await users.remove('ada'), true);
  assert.equal(await users.remove('ada'), false);
  assert.equal(users.authenticateToken(tokens[0] ?? ''), undefined);
  assert.equal(JSON.stringify(users.records).includes(renewed), false);
});

test('two processes that add users at a time keep each other’s', async (t) => {
  const dir = await dataDir(t);
  const [controller, command] = [await openTrust(dir, host), await openTrust(dir, host)];
  await controller.users.create('ada', 'admin');
  await command.users.create('bob', 'view');
  await controller.users.create('eve', 'view');
  const names = (await openTrust(dir, host)).users.records.map((record) => record.name);
  assert.deepEqual(names, ['ada', 'bob', 'eve']);
});

test('join tokens: counted by machine, expire, can be revoked, survive a restart', async (t) => {
  const clock = { ...start };
  const dir = await dataDir(t);
  const { joinTokens } = await openTrust(dir, hostAt(clock));
  const token = await joinTokens.create({ uses: 2, lifetimeMs: 1_000, labels: { site: 'barn' } });
  const ok = { ok: true, labels: { site: 'barn' } };
  const both = await Promise.all([joinTokens.redeem(token, 'a'), joinTokens.redeem(`${token}\n`, 'b')]);
  assert.deepEqual(both, [ok, ok]);
  const reopened = (await openTrust(dir, hostAt(clock))).joinTokens;
  assert.deepEqual(await reopened.redeem(token, 'a'), ok);
  assert.deepEqual(await reopened.redeem(token, 'c'), { ok: false, reason: 'the join token is used up' });
  const [, id, , pin] = token.split('.');
  const forged = `bramble1.${id}.${'x'.repeat(32)}.${pin}`;
  assert.deepEqual(await reopened.redeem(forged, 'a'), { ok: false, reason: 'the join token is unknown' });
  assert.deepEqual(await reopened.redeem('hello', 'a'), { ok: false, reason: 'this is not a join token' });
  const other = await reopened.create({ lifetimeMs: 10_000 });
  assert.deepEqual(
    reopened.list().map((info) => info.usesLeft),
    [0, 1],
  );
  assert.equal(await reopened.revoke(other.split('.')[1] ?? ''), true);
  assert.deepEqual(await reopened.redeem(other, 'd'), { ok: false, reason: 'the join token is unknown' });
  clock.nowMs += 1_000;
  assert.deepEqual(await reopened.redeem(token, 'a'), { ok: false, reason: 'the join token has expired' });
  assert.deepEqual(reopened.list(), []);
});
