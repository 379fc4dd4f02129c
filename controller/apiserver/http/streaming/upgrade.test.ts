import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import { ask, until } from '../../testing/http-client.ts';
import { podNamed } from '../../testing/running-api.ts';
import { type RunningServer, runServer } from '../../testing/running-server.ts';
import { PlayedBoards } from './testing/played-boards.ts';
import { Client, upgradeTo } from './testing/upgraded.ts';

const pods = '/api/v1/namespaces/default/pods';
const v5 = { 'sec-websocket-protocol': 'v5.channel.k8s.io' };
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
let boards = new PlayedBoards();
let server: RunningServer;
before(async () => {
  server = await runServer({ streams: { open: (node, request, sink) => boards.open(node, request, sink) } });
  await makePod('one', { main: running });
  await makePod('two', { a: running, b: { waiting: { reason: 'CrashLoopBackOff' } } });
  await makePod('over', { main: { terminated: { exitCode: 0, reason: 'Completed' } } }, 'Succeeded');
  await ask(server, pods, { method: 'POST', body: JSON.stringify(podNamed('nowhere')) });
});
after(() => server.stop());
beforeEach(() => {
  boards = new PlayedBoards();
});

async function makePod(name: string, states: Record<string, object>, phase = 'Running'): Promise<void> {
  const containers = Object.keys(states).map((container) => ({ name: container, image: 'x' }));
  const body = JSON.stringify(podNamed(name, { nodeName: 'pi-1', containers }));
  await ask(server, pods, { method: 'POST', body });
  const containerStatuses = Object.entries(states).map(([container, state]) => ({
    ...{ name: container, state, ready: false, restartCount: 0, image: 'x', imageID: '' },
  }));
  const answer = await ask(server, `${pods}/${name}/status`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ status: { phase, containerStatuses } }),
  });
  assert.equal(answer.code, 200);
}

async function command(query = 'command=sh&stdin=true&stdout=true&stderr=true', protocol = v5) {
  const upgraded = await upgradeTo(server, `${pods}/one/exec?${query}`, protocol);
  assert.equal(upgraded.code, 101);
  assert.ok(upgraded.socket);
  const board = boards.last;
  assert.ok(board);
  await until(() => board.begun);
  return { board, client: new Client(upgraded.socket), headers: upgraded.headers };
}

test('a command’s channels: input, both outputs, the size of its terminal, and its exit code', async () => {
  const { board, client, headers } = await command();
  assert.equal(headers['sec-websocket-protocol'], 'v5.channel.k8s.io');
  assert.deepEqual([board.node, board.request.type, board.request.container], ['pi-1', 'exec', 'main']);
  client.send([0, ...Buffer.from('typed')]);
  client.send([4, ...Buffer.from('{"Width":100,"Height":40}\n')]);
  client.send([255, 0]);
  await until(() => board.inputEnded);
  assert.deepEqual([board.written, board.sizes], ['typed', [{ width: 100, height: 40 }]]);
  let taken = 0;
  board.say('out', 'stdout', () => (taken += 1));
  board.say('err', 'stderr', () => (taken += 1));
  board.finish({ exitCode: 7 });
  await until(() => client.closed);
  assert.deepEqual([client.text(1), client.text(2), client.closeCode, taken], ['out', 'err', 1000, 2]);
  const status = JSON.parse(client.text(3));
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7', field: '' }]);
});

test('success and failure of a command, as clients read them', async () => {
  const fine = await command('command=true&stdout=true');
  fine.board.finish({});
  await until(() => fine.client.closed);
  assert.equal(JSON.parse(fine.client.text(3)).status, 'Success');
  const cut = await command('command=true&stdout=true');
  cut.board.finish({ error: { code: 503, message: 'board pi-1 lost its link' } });
  await until(() => cut.client.closed);
  const status = JSON.parse(cut.client.text(3));
  assert.deepEqual(
    [status.status, status.code, status.message],
    ['Failure', 503, 'board pi-1 lost its link'],
  );
});

test('a client that goes lets go of its command', async () => {
  const { board, client } = await command();
  client.socket.destroy();
  await until(() => board.closed);
});

test('G8: a client that writes faster than its command reads is held back, and goes on later', async () => {
  const { board, client } = await command();
  board.takes = false;
  const piece = Buffer.alloc(60_000, 'x');
  piece[0] = 0;
  for (let count = 0; count < 100; count += 1) client.send(piece);
  // What the kernel's buffers hold beside; without a bound all 6 MB would come.
  await until(() => board.held.length > 2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(board.held.length < 50, `${board.held.length} pieces were taken in`);
  board.takes = true;
  for (const taken of board.held.splice(0)) taken();
  await until(() => board.written.length === 100 * 59_999);
  client.socket.destroy();
  await until(() => board.closed);
});

test('what cannot be is told before the connection changes', async () => {
  const refusal = async (path: string, headers: Record<string, string> = v5) => {
    const { code, json } = await upgradeTo(server, `${pods}/${path}`, headers);
    return [code, json?.message];
  };
  const sh = 'command=sh&stdout=true';
  assert.deepEqual(await refusal(`none/exec?${sh}`), [404, 'pods "none" not found']);
  assert.deepEqual(await refusal(`one/exec?${sh}&container=x`), [
    400,
    'container x is not valid for pod one',
  ]);
  assert.deepEqual(await refusal(`two/exec?${sh}`), [
    400,
    'a container name must be specified for pod two, choose one of: [a b]',
  ]);
  assert.deepEqual(await refusal(`two/exec?${sh}&container=b`), [
    400,
    'container "b" in pod "two" is not running: CrashLoopBackOff',
  ]);
  assert.deepEqual(await refusal(`over/exec?${sh}`), [
    400,
    'cannot exec into a container in a completed pod; current phase is Succeeded',
  ]);
  assert.deepEqual(await refusal(`nowhere/exec?${sh}`), [400, 'pod nowhere does not have a host assigned']);
  assert.match((await refusal('one/exec?stdout=true'))[1], /at least one command/);
  assert.match((await refusal('one/exec?command=sh'))[1], /at least 1 of stdin, stdout, stderr/);
  assert.deepEqual((await refusal(`one/exec?${sh}`, { ...v5, token: 'nobody' }))[0], 401);
  assert.deepEqual((await refusal(`one/exec?${sh}`, { ...v5, token: 'token-node' }))[0], 403);
  const offered = await refusal(`one/exec?${sh}`, { 'sec-websocket-protocol': 'v1.channel.k8s.io' });
  assert.equal(offered[0], 403);
  assert.match(offered[1], /client supports \["v1\.channel\.k8s\.io"\]/);
  assert.equal((await refusal(`one/exec?${sh}`, { upgrade: 'h2c' }))[0], 400);
  assert.match((await refusal('over/portforward'))[1], /pod is not running. Current status=Succeeded/);
  assert.equal(boards.opened.length, 0);
});

test('G7: a role that may only look runs nothing, by whichever method', async () => {
  for (const part of ['exec?command=sh&stdout=true', 'attach', 'portforward']) {
    const { code, json } = await upgradeTo(server, `${pods}/one/${part}`, { ...v5, token: 'token-view' });
    assert.equal(code, 403);
    assert.match(json.message, /User "vera" cannot create resource "pods\/\w+"/);
  }
  assert.equal(boards.opened.length, 0);
});

test('what the board refuses is an answer in HTTP too', async () => {
  boards.answer = (board) =>
    board.finish({ error: { code: 503, message: 'board pi-1 has no link at the moment' } });
  const path = `${pods}/one/exec?command=sh&stdout=true`;
  const { code, json } = await upgradeTo(server, path, v5);
  assert.deepEqual([code, json.message], [503, 'board pi-1 has no link at the moment']);
  assert.equal(json.reason, 'ServiceUnavailable');
});

test('G8: one user’s streams are bounded', async () => {
  const path = `${pods}/one/attach`;
  const open = await Promise.all(
    Array.from({ length: limits.streamsPerUser }, () => upgradeTo(server, path, v5)),
  );
  assert.ok(open.every(({ code }) => code === 101));
  assert.equal((await upgradeTo(server, path, v5)).code, 429);
  assert.equal((await upgradeTo(server, path, { ...v5, token: 'token-admin' })).code, 101);
  for (const { socket } of open) socket?.destroy();
  await until(() => boards.opened.filter(({ closed }) => closed).length >= limits.streamsPerUser);
  const again = await upgradeTo(server, path, v5);
  assert.equal(again.code, 101);
  again.socket?.destroy();
});

test('a stream that is asked for without an upgrade, and an upgrade of what is no stream', async () => {
  const plain = await ask(server, `${pods}/one/exec?command=sh`, { method: 'POST', body: '{}' });
  assert.equal(plain.code, 400);
  assert.match(plain.json.message, /Upgrade request required/);
  const object = await upgradeTo(server, `${pods}/one`, v5);
  assert.deepEqual([object.code, object.json.kind], [200, 'Pod']);
});
