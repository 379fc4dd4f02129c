import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { formatJoinToken, type JoinToken, parseJoinToken } from '@bramble/protocol/join.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { ControllerProcess, loginOf } from '../e2e/fixture/controller-process.ts';
import { refused } from './fixture/refused.ts';
import { closed, Strangers } from './fixture/strangers.ts';

let controller: ControllerProcess;
let strangers: Strangers;
before(async () => {
  controller = await ControllerProcess.start();
  strangers = new Strangers(controller);
});
after(async () => {
  strangers?.close();
  await controller?.stop();
});

const answers = (code: number): Promise<number> =>
  controller.metric('bramble_api_answers_total', `code="${code}"`).catch(() => 0);
const refusedLogins = (): Promise<number> => refused(controller, 'broker', 'login');

/** Joining is refused in words, and counted. */
async function joinIsRefused(join: () => Promise<unknown>, words: RegExp): Promise<void> {
  const before = await answers(401);
  await assert.rejects(join, { code: 'BRAMBLE_JOIN_REFUSED', message: words });
  assert.equal((await answers(401)) - before, 1);
}

function partsOf(token: string): JoinToken {
  const parts = parseJoinToken(token);
  assert.ok(parts, 'a join token');
  return parts;
}

test('G7 a join token that has expired, was revoked, or is changed lets nobody in', async () => {
  const brief = await controller.createJoinToken({ lifetimeMs: 1_000 });
  const revoked = await controller.createJoinToken();
  const revocation = `/bramble/v1/tokens/${partsOf(revoked).id}`;
  assert.equal((await controller.ask(revocation, { method: 'DELETE' })).code, 200);
  await joinIsRefused(() => controller.join('late', revoked), /unknown/);
  const good = await controller.createJoinToken();
  const { secret, ...rest } = partsOf(good);
  const guessed = formatJoinToken({ ...rest, secret: `${secret[0] === 'a' ? 'b' : 'a'}${secret.slice(1)}` });
  await joinIsRefused(() => controller.join('guess', guessed), /unknown/);
  await pause(1_000);
  await joinIsRefused(() => controller.join('late', brief), /expired|unknown/);
  await controller.join('in-time', good);
});

test('G7 a join token stolen after its use is worth nothing from elsewhere, and harms not the board it let in', async () => {
  const token = await controller.createJoinToken();
  const board = await controller.join('honest', token, 'machine-1');
  await joinIsRefused(() => controller.join('stranger', token, 'machine-2'), /used up/);
  await joinIsRefused(() => controller.join('honest', token, 'machine-2'), /used up/);
  const link = controller.open(loginOf(board), { clientId: 'honest' });
  await link.connected();
  link.connection.close();
  const spare = await controller.createJoinToken();
  await assert.rejects(() => controller.join('honest', spare, 'machine-2'), {
    code: 'BRAMBLE_NODE_NAME_TAKEN',
  });
});

test('G7 a board’s certificate that was replaced is refused, and its connection ended', async () => {
  const token = await controller.createJoinToken({ uses: 2 });
  const stolen = await controller.join('copied', token, 'machine-3');
  const thief = controller.open(loginOf(stolen), { clientId: 'copied' });
  await thief.connected();
  const renewed = await controller.join('copied', token, 'machine-3');
  assert.notEqual(
    new X509Certificate(stolen.certificate).serialNumber,
    new X509Certificate(renewed.certificate).serialNumber,
  );
  await thief.closed();
  const before = await refusedLogins();
  assert.match(
    await controller.open(loginOf(stolen), { clientId: 'copied' }).closed(),
    /username or password/i,
  );
  assert.equal((await refusedLogins()) - before, 1);
});

test('G7 a user’s token that was taken away opens nothing, and keeps nothing open, over HTTPS and MQTT', async () => {
  const user = await controller.createUser('leaver', 'edit');
  const filters = [topics.results('leaver', '+')];
  const link = controller.open(user, { clientId: 'leaver', filters });
  await link.connected();
  const watch = await strangers.secure(controller.httpsPort);
  const head = [`GET /api/v1/pods?watch=true HTTP/1.1`, 'Host: x', `Authorization: Bearer ${user.password}`];
  watch.write(`${head.join('\r\n')}\r\n\r\n`);
  const [answer] = (await once(watch, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 200 /);
  assert.equal((await controller.ask('/bramble/v1/users/leaver', { method: 'DELETE' })).code, 200);
  await Promise.all([link.closed(), closed(watch)]);
  const [before, logins] = [await answers(401), await refusedLogins()];
  assert.equal((await controller.ask('/api/v1/pods', { token: user.password })).code, 401);
  assert.match(await controller.open(user, { clientId: 'leaver' }).closed(), /username or password/i);
  assert.deepEqual([(await answers(401)) - before, (await refusedLogins()) - logins], [1, 1]);
  await controller.createUser('leaver', 'edit');
  assert.equal(
    (await controller.ask('/api/v1/pods', { token: user.password })).code,
    401,
    'nor for a namesake',
  );
});
