import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../testing/http-client.ts';
import { forwardPorts } from './port-forward.ts';
import { PlayedBoards } from './testing/played-boards.ts';
import { SpdyClient } from './testing/spdy-client.ts';

function forwarding(enter: () => () => void = () => () => {}) {
  const client = new SpdyClient();
  const boards = new PlayedBoards();
  forwardPorts(client.open, boards, { node: 'pi-1', uid: 'u', container: 'web' }, enter);
  let requests = 0;
  /** As kubectl opens a connection: the stream for errors first. */
  const connect = async (port = '8080') => {
    const headers = { port, requestid: String(requests) };
    requests += 1;
    const error = await client.stream({ ...headers, streamtype: 'error' });
    const data = await client.stream({ ...headers, streamtype: 'data' });
    return { error, data };
  };
  return { client, boards, connect };
}

test('each connection is a stream of its own to the board', async () => {
  const { client, boards, connect } = forwarding();
  const one = await connect();
  const two = await connect('9090');
  await until(() => boards.opened.length === 2 && boards.opened.every(({ begun }) => begun));
  assert.deepEqual(
    boards.opened.map(({ node, request }) => [node, request]),
    [
      ['pi-1', { type: 'port-forward', uid: 'u', container: 'web', port: 8080 }],
      ['pi-1', { type: 'port-forward', uid: 'u', container: 'web', port: 9090 }],
    ],
  );
  const [first, second] = boards.opened;
  client.data(one.data, 'GET /', true);
  client.data(two.data, 'other');
  await until(() => first?.inputEnded === true && second?.written === 'other');
  first?.say('200 OK');
  first?.finish({});
  assert.deepEqual([first?.written, client.text(one.data)], ['GET /', '200 OK']);
  assert.deepEqual([...client.ended], [one.data, one.error]);
  assert.equal(client.text(one.error), '');
});

test('what goes wrong is told on the connection’s own stream for errors', async () => {
  const { client, boards, connect } = forwarding();
  const refused = await connect();
  await until(() => boards.opened.length === 1);
  boards.last?.finish({ error: { code: 502, message: 'Connection refused' } });
  assert.equal(client.text(refused.error), 'Connection refused');
  assert.ok(client.ended.has(refused.error));
  const strange = await connect('http');
  await until(() => client.ended.has(strange.error));
  assert.match(client.text(strange.error), /no number from 1 to 65535/);
});

test('a connection that the client resets, and all when it goes, are let go on the board', async () => {
  const { client, boards, connect } = forwarding();
  const one = await connect();
  await connect();
  await until(() => boards.opened.length === 2);
  client.reset(one.data);
  await until(() => boards.opened[0]?.closed === true);
  assert.ok(client.ended.has(one.error));
  assert.equal(boards.opened[1]?.closed, false);
  client.close();
  assert.equal(boards.opened[1]?.closed, true);
});

test('G8: connections are bounded, and halves without a partner too', async () => {
  let open = 0;
  const { client, boards, connect } = forwarding(() => {
    if (open >= 2) throw new Error('too many streams open for one user: try again later');
    open += 1;
    return () => (open -= 1);
  });
  await connect();
  await connect();
  const third = await connect();
  await until(() => client.ended.has(third.error));
  assert.match(client.text(third.error), /too many streams/);
  boards.opened[0]?.finish({});
  await connect();
  await until(() => boards.opened.length === 3);
  for (let half = 100; half < 200; half += 1)
    await client.stream({ streamtype: 'data', port: '1', requestid: String(half) });
  await until(() => client.resets.size === 36);
});
