import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { podman } from './fixture/board.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { pod, politeScript, shell, stream } from './fixture/objects.ts';
import { curl, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;
let address: string;
/** What must not change, whatever the controller has forgotten. */
let containers: string;

before(async () => {
  bramble = await startBramble();
  await bramble.kubectl('create -f examples/hello.yaml');
  address = await readyAddress(bramble, 'hello');
  containers = await running();
});
after(() => bramble?.dispose());

/** Ids and start times of all containers, by podman's word. */
async function running(): Promise<string> {
  const lines = await podman(bramble, ['ps', '--no-trunc', '--format', '{{.ID}} {{.StartedAt}}']);
  return lines.trim().split('\n').sort().join('\n');
}

async function assertUntouched(): Promise<void> {
  assert.equal(await running(), containers);
  assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
}

/** The board is in the fleet again: pods are placed on it, beside those that nobody has claimed. */
async function assertUsable(name: string): Promise<void> {
  await bramble.kubectl('create -f -', stream([pod(name, [shell('main', politeScript)])]));
  assert.notEqual(await readyAddress(bramble, name), address, 'an address in use is not given again');
  await bramble.kubectl(`delete pod ${name} --timeout=40s`);
}

test('G5: a new, empty store stops nothing; this machine’s board joins it by itself', async () => {
  assert.equal(await bramble.interrupt(), 0);
  await bramble.start({ newStore: true });
  assert.equal(await bramble.kubectl('get pods -o name'), '');
  assert.match(await bramble.kubectl('get nodes'), / Ready /);
  await assertUntouched();
  await assertUsable('fresh');
  await assertUntouched();
});

test('the next start, with the new store, is as any other', async () => {
  assert.equal(await bramble.interrupt(), 0);
  await bramble.start();
  await assertUntouched();
  await assertUsable('again');
});

test('G5: a controller that lost everything, its keys as well, stops nothing, and has its board again', async () => {
  assert.equal(await bramble.interrupt(), 0);
  await rename(join(bramble.dataDir, 'controller'), bramble.file('lost'));
  await rm(join(bramble.dataDir, 'admin-token'));
  await bramble.start();
  assert.match(await bramble.kubectl('get nodes'), / Ready /);
  await assertUntouched();
  await assertUsable('rebuilt');
  await assertUntouched();
});
