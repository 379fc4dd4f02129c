import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, open, until } from '../testing/http-client.ts';
import { podNamed } from '../testing/running-api.ts';
import { type RunningServer, runServer } from '../testing/running-server.ts';

const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';
let server: RunningServer;
before(async () => {
  server = await runServer();
});
after(() => server.stop());

async function make(name: string, labels: Record<string, string> = {}): Promise<string> {
  const body = JSON.stringify({ metadata: { name, labels }, data: {} });
  const { json } = await ask(server, configMaps, { method: 'POST', body });
  return json.metadata.resourceVersion;
}

function patch(name: string, body: object) {
  const headers = { 'content-type': 'application/merge-patch+json' };
  return ask(server, `${configMaps}/${name}`, { method: 'PATCH', headers, body: JSON.stringify(body) });
}

test('G2 a watch tells every change after its revision once and in order', async () => {
  const from = await make('seen-0');
  const watch = await open(server, `${configMaps}?watch=true&resourceVersion=${from}`);
  assert.equal(watch.code, 200);
  for (let at = 1; at <= 20; at += 1) await make(`seen-${at}`);
  await patch('seen-1', { data: { a: 'b' } });
  await ask(server, `${configMaps}/seen-2`, { method: 'DELETE' });
  await until(() => watch.lines.length >= 22);
  const told = watch.lines.map(({ type, object }) => `${type} ${object.metadata.name}`);
  const added = Array.from({ length: 20 }, (_, at) => `ADDED seen-${at + 1}`);
  assert.deepEqual(told, [...added, 'MODIFIED seen-1', 'DELETED seen-2']);
  const revisions = watch.lines.map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    revisions,
    [...revisions].sort((one, other) => one - other),
  );
  watch.close();
});

test('an object that leaves the selector is deleted for who watches by it, and comes back added', async () => {
  const from = await make('leaver', { team: 'a' });
  const watch = await open(server, `${configMaps}?watch=1&resourceVersion=${from}&labelSelector=team%3Da`);
  await patch('leaver', { metadata: { labels: { team: 'b' } } });
  await patch('leaver', { data: { unseen: 'x' } });
  await patch('leaver', { metadata: { labels: { team: 'a' } } });
  await until(() => watch.lines.length >= 2);
  assert.deepEqual(
    watch.lines.map(({ type }) => type),
    ['DELETED', 'ADDED'],
  );
  watch.close();
});

test('without a revision a watch begins with what is there', async () => {
  await make('present', { here: 'y' });
  const watch = await open(server, `${configMaps}?watch=true&labelSelector=here`);
  await until(() => watch.lines.length >= 1);
  assert.equal(watch.lines[0].type, 'ADDED');
  watch.close();
});

test('sendInitialEvents ends what was there with a bookmark, as WatchList clients need', async () => {
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watch = await open(server, `/api/v1/namespaces?${query}&resourceVersion=`);
  await until(() => watch.lines.some(({ type }) => type === 'BOOKMARK'));
  const last = watch.lines.at(-1);
  assert.equal(last.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  assert.equal(last.object.kind, 'Namespace');
  assert.equal(Number(last.object.metadata.resourceVersion) > 0, true);
  watch.close();
  const wrong = await ask(server, `/api/v1/namespaces?watch=true&sendInitialEvents=true`);
  assert.equal(wrong.code, 422);
});

test('timeoutSeconds ends a watch, with a last bookmark', async () => {
  const watch = await open(server, `${configMaps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1`);
  await until(() => watch.ended());
  assert.equal(watch.lines.at(-1).type, 'BOOKMARK');
});

test('a revision of another store is 504, one that is no number 422', async () => {
  const future = await ask(server, `${configMaps}?watch=true&resourceVersion=999999`);
  assert.equal(future.code, 504);
  assert.equal(future.json.details.causes[0].reason, 'ResourceVersionTooLarge');
  assert.equal((await ask(server, `${configMaps}?watch=true&resourceVersion=x`)).code, 422);
});

test('a Table watch tells its columns once', async () => {
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const watch = await open(server, `${pods}?watch=true`, { headers });
  for (const name of ['t1', 't2']) {
    await ask(server, pods, { method: 'POST', body: JSON.stringify(podNamed(name)) });
  }
  await until(() => watch.lines.length >= 2);
  const [first, second] = watch.lines;
  assert.equal(first.object.columnDefinitions.length, 9);
  assert.equal(second.object.columnDefinitions.length, 0);
  assert.deepEqual(second.object.rows[0].cells.slice(0, 4), ['t2', '0/1', 'Pending', '0']);
  watch.close();
});

test('G8 a reader that stands still is cut off, and others are served', async () => {
  const stuck = await open(server, `${configMaps}?watch=true&resourceVersion=${await make('begin')}`);
  stuck.pause();
  const data = { text: 'x'.repeat(700_000) };
  for (let at = 0; at < 40; at += 1) await patch('begin', { data: { ...data, at: String(at) } });
  stuck.resume();
  await until(() => stuck.ended());
  assert.ok(stuck.lines.length < 40, 'the watch should have been cut off before its end');
  assert.equal((await ask(server, `${configMaps}/begin`)).code, 200);
});

test('closed watches are let go', async () => {
  const before = server.running.cache.counts.watches;
  const watches = await Promise.all([1, 2, 3].map(() => open(server, `${configMaps}?watch=true`)));
  await until(() => server.running.cache.counts.watches === before + 3);
  for (const watch of watches) watch.close();
  await until(() => server.running.cache.counts.watches === before);
});
