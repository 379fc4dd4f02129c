import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { podNamespaces } from './fixture/board.ts';
import { type Bramble, project, startBramble } from './fixture/bramble.ts';
import { type Ended, runCommand } from './fixture/commands.ts';
import { freePorts } from './fixture/machine.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
  await startHello();
});
after(() => bramble?.dispose());

async function startHello(): Promise<void> {
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl('wait --for=condition=Ready pod/hello --timeout=40s');
}

const second = (): string => join(bramble.place.folder, 'second');
const cli = (args: readonly string[]): Promise<Ended> =>
  runCommand(process.execPath, [join(project, 'cli/main.ts'), ...args], { cwd: project });
/** `bramble up`, which is expected to end by itself. */
const up = (dataDir: string): Promise<Ended> =>
  cli(
    bramble
      .upArguments({})
      .slice(1)
      .map((word) => (word === bramble.dataDir ? dataDir : word)),
  );

async function remains(): Promise<string> {
  const { bridge } = bramble.place;
  const [links, tables] = [
    await runCommand('ip', ['-o', 'link']),
    await runCommand('nft', ['list', 'tables']),
  ];
  const mounts = (await readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(bramble.dataDir));
  const named = [...links.stdout.split('\n'), ...tables.stdout.split('\n')].filter((line) =>
    line.includes(bridge),
  );
  return [...named, ...mounts, ...(await podNamespaces(bramble))].join('\n');
}

test('while Bramble runs, nothing of it is removed', async () => {
  const refused = await cli(['reset', '--yes', '--data-dir', bramble.dataDir]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /an agent runs with .*: process \d+/);
  assert.match(await bramble.kubectl('get pod hello'), / Running /);
});

test('two Brambles on one bridge: the second is refused, is told by whom, and which flags to change', async () => {
  await startFromElsewhere(/is that of the Bramble in \S+data \(process \d+, /);
  assert.equal(await bramble.interrupt(), 0);
  await startFromElsewhere(/which is stopped while 1 of its pods run/);
});

async function startFromElsewhere(reason: RegExp): Promise<void> {
  const { httpsPort, mqttPort } = bramble.place;
  const [otherHttps, otherMqtt] = await freePorts(2);
  const args = bramble.upArguments({}).slice(1);
  const others = args.map((word) => {
    if (word === bramble.dataDir) return second();
    return word === `${httpsPort}` ? `${otherHttps}` : word === `${mqttPort}` ? `${otherMqtt}` : word;
  });
  const refused = await cli(others);
  assert.equal(refused.code, 69, refused.stderr);
  assert.match(refused.stderr, reason);
  assert.match(refused.stderr, /--bridge and --cluster-cidr/);
}

test('somebody removed the data directory under running pods: the next start says so, and what to type', async () => {
  await runCommand('rm', ['-rf', bramble.dataDir]);
  const refused = await up(bramble.dataDir);
  assert.equal(refused.code, 69, refused.stderr);
  assert.match(refused.stderr, /bramble_\S+hello\S* of an earlier Bramble/);
  assert.match(refused.stderr, new RegExp(`bramble reset --data-dir ${bramble.dataDir}`));
});

test('reset asks, then removes everything but what is not Bramble’s; then it starts as for the first time', async () => {
  await writeFile(join(bramble.dataDir, 'mine.txt'), 'mine');
  const asked = await cli(['reset', '--data-dir', bramble.dataDir]);
  assert.match(asked.stdout, /1 containers, of which 1 run now/);
  assert.match(asked.stderr, /nothing was removed: say --yes/);
  assert.notEqual(await remains(), '');
  const done = await cli(['reset', '--yes', '--data-dir', bramble.dataDir]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /stays, with mine\.txt/);
  assert.equal(await remains(), '');
  assert.equal((await cli(['reset', '--yes', '--data-dir', second()])).code, 0);
  assert.ok(!existsSync(second()));
  await bramble.start();
  assert.equal(await bramble.kubectl('get pods -o name'), '');
  await startHello();
});

test('--keep-store: the fleet’s objects stay, and the pods start anew on a board that joins anew', async () => {
  assert.equal(await bramble.interrupt(), 0);
  const done = await cli(['reset', '--yes', '--keep-store', '--data-dir', bramble.dataDir]);
  assert.equal(done.code, 0, done.stderr);
  assert.equal(await remains(), '');
  await bramble.start();
  assert.match(await bramble.kubectl('get pods'), /hello /);
  await bramble.kubectl('wait --for=condition=Ready pod/hello --timeout=40s');
});
