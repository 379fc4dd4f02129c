import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import * as z from '@bramble/protocol/zod.ts';
import { containerSpec, type RealPodman, realPodman } from '../../testing/real-podman.ts';
import { clientThat } from '../../testing/stub-podman.ts';
import { arrivals } from './arrivals.ts';
import { discardArrivals, discardTorn } from './discard-torn.ts';
import { imagePath } from './image-reference.ts';

const hello = 'localhost/bramble/hello:1';
const notes = z.array(z.object({ id: z.string(), layer: z.string() }));

async function layersOf(podman: RealPodman, what: 'containers' | 'images') {
  const path = join(podman.paths.graphRoot, `overlay-${what}`, `${what}.json`);
  const found = notes.parse(JSON.parse(await readFile(path, 'utf8')));
  return new Map(found.map(({ id, layer }) => [id, layer]));
}

/** What a power cut leaves of files that nobody brought to the disk. */
async function tear(podman: RealPodman, layer: string | undefined, files: readonly string[]) {
  assert.ok(layer);
  for (const file of files) await truncate(join(podman.paths.graphRoot, 'overlay', layer, file), 0);
}

const sleeper = (name: string) => containerSpec({ name, command: ['sleep', '1000'] });

async function runs(podman: RealPodman, name: string): Promise<void> {
  const { id } = await podman.runtime.create(sleeper(name));
  await podman.runtime.start(id);
  assert.equal((await podman.runtime.inspect(id))?.state, 'running');
}

test('a torn container is left out of the list and removed; the others are seen, and it can be made anew', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const { id: whole } = await podman.runtime.create(sleeper('whole'));
  const { id: torn } = await podman.runtime.create(sleeper('torn'));
  await tear(podman, (await layersOf(podman, 'containers')).get(torn), ['link', 'lower']);

  await assert.rejects(podman.runtime.inspect(torn), /readlink .*: invalid argument/);
  assert.deepEqual(
    (await podman.runtime.list()).map(({ id }) => id),
    [whole],
  );
  assert.match(podman.logged.join('\n'), /tore this container/);
  assert.equal(await podman.runtime.inspect(torn), undefined);
  await runs(podman, 'torn');
});

test('what runs on a torn layer is spared', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const { id } = await podman.runtime.create(sleeper('busy'));
  await podman.runtime.start(id);
  const pid = (await podman.runtime.inspect(id))?.pid;
  const layer = (await layersOf(podman, 'containers')).get(id);
  const lower = join(podman.paths.graphRoot, 'overlay', layer ?? '', 'lower');
  const before = await readFile(lower);
  await tear(podman, layer, ['lower']);

  const adopted = await podman.reopen();
  for (let look = 0; look < 2; look += 1) await adopted.list();
  assert.match(podman.logged.join('\n'), /restart the board/);
  await writeFile(lower, before);
  assert.equal((await adopted.inspect(id))?.pid, pid);
});

test('a start removes torn containers before anybody asks', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const { id: whole } = await podman.runtime.create(sleeper('whole'));
  const { id: torn } = await podman.runtime.create(sleeper('torn'));
  await podman.runtime.close();
  await tear(podman, (await layersOf(podman, 'containers')).get(torn), ['link', 'lower']);

  const runtime = await podman.reopen();
  assert.deepEqual([...(await layersOf(podman, 'containers')).keys()], [whole]);
  assert.equal((await runtime.inspect(whole))?.state, 'created');
  assert.match(podman.logged.join('\n'), /tore 1 containers and 0 images/);
  await runs(podman, 'torn');
});

test('a torn image goes with all that stands on it, and the hello image is made anew', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  await podman.runtime.create(sleeper('earlier'));
  await podman.runtime.close();
  const [layer] = (await layersOf(podman, 'images')).values();
  await tear(podman, layer, ['link']);

  const runtime = await podman.reopen();
  assert.match(podman.logged.join('\n'), /tore 1 containers and 1 images/);
  assert.deepEqual(await runtime.list(), []);
  assert.equal(await runtime.imagePresent(hello), true);
  await runs(podman, 'earlier');
  // Now whole, it is left in peace.
  const said = podman.logged.length;
  await podman.runtime.close();
  await podman.reopen();
  assert.deepEqual(podman.logged.slice(said), []);
});

test('an image that the power cut on its way is had anew, with what stands on it', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const { id } = await podman.runtime.create(sleeper('earlier'));
  await podman.runtime.close();
  const before = await layersOf(podman, 'images');
  for (const name of await readdir(podman.paths.arrivals)) await rm(join(podman.paths.arrivals, name));
  const note = await arrivals(podman.paths.arrivals, 'an earlier boot').note(hello, undefined);

  const runtime = await podman.reopen();
  assert.match(podman.logged.join('\n'), /the power went while localhost\/bramble\/hello:1 came/);
  assert.equal(await runtime.inspect(id), undefined);
  assert.equal(await runtime.imagePresent(hello), true);
  assert.equal((await readdir(podman.paths.arrivals)).includes(basename(note)), false);
  assert.equal((await layersOf(podman, 'images')).size, before.size);
  await runs(podman, 'earlier');
});

test('an image that was only looked up when the power went stays, with what stands on it', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const { id } = await podman.runtime.create(sleeper('earlier'));
  await podman.runtime.close();
  const [had] = [...(await layersOf(podman, 'images')).keys()];
  const note = await arrivals(podman.paths.arrivals, 'an earlier boot').note(hello, had);

  const runtime = await podman.reopen();
  assert.equal((await runtime.inspect(id))?.state, 'created');
  assert.equal((await readdir(podman.paths.arrivals)).includes(basename(note)), false);
});

test('an image that podman cannot look at after a power cut is removed, and no start fails for it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-arrivals-'));
  t.after(() => rm(directory, { recursive: true }));
  await arrivals(directory, 'an earlier boot').note(hello, 'had before');
  const asked: string[] = [];
  const client = clientThat(async (method, path) => {
    asked.push(`${method} ${path}`);
    return method === 'GET' ? { status: 500, text: 'layer not known' } : { status: 200, text: '' };
  });

  const { torn } = await arrivals(directory, 'this boot').left();
  await discardArrivals(torn, { client, log: () => undefined });
  const path = `/images/${imagePath(hello)}`;
  assert.deepEqual(asked, [`GET ${path}/json`, `DELETE ${path}?force=true`]);
  assert.deepEqual(await readdir(directory), []);
});

/** A podman that removes nothing, on a storage of one torn container. */
async function stubborn(state: string) {
  const graphRoot = await mkdtemp(join(tmpdir(), 'bramble-torn-'));
  const layer = join(graphRoot, 'overlay', 'a');
  await Promise.all(
    [layer, join(graphRoot, 'overlay-layers'), join(graphRoot, 'overlay-containers')].map((directory) =>
      mkdir(directory, { recursive: true }),
    ),
  );
  await writeFile(join(layer, 'link'), '');
  await writeFile(join(graphRoot, 'overlay-layers', 'layers.json'), '[{"id":"a"}]');
  await writeFile(
    join(graphRoot, 'overlay-containers', 'containers.json'),
    '[{"id":"torn","layer":"a"},{"id":"sound","layer":"b"}]',
  );
  const asked: string[] = [];
  const client = clientThat(async (method, path) => {
    asked.push(`${method} ${path}`);
    const states = JSON.stringify([{ State: 'created' }, { State: state }]);
    if (method === 'GET') return { status: 200, text: states };
    return { status: 500, text: '{"message":"I will not"}' };
  });
  const note = (word: string) => () => {
    asked.push(word);
    return Promise.resolve();
  };
  const service = { stop: note('stop'), ensure: note('ensure') };
  return { graphRoot, asked, parts: { client, service, paths: { graphRoot }, log: () => undefined } };
}

test('what podman cannot remove goes with its whole storage, but only while nothing runs', async (t) => {
  const idle = await stubborn('exited');
  const busy = await stubborn('running');
  t.after(() =>
    Promise.all([idle, busy].map(({ graphRoot }) => rm(graphRoot, { recursive: true, force: true }))),
  );
  const question = ['DELETE /containers/torn?v=true', 'GET /containers/json?all=true'];

  await discardTorn(idle.parts);
  assert.deepEqual(idle.asked, [...question, 'stop', 'ensure']);
  await assert.rejects(readdir(idle.graphRoot), { code: 'ENOENT' });

  await discardTorn(busy.parts);
  assert.deepEqual(busy.asked, question);
  assert.ok((await readdir(busy.graphRoot)).includes('overlay'));
});
