import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { portHolder } from '@bramble/adapters/host/port-holder.ts';
import { Background } from './fixture/background.ts';
import { project } from './fixture/bramble.ts';
import { Cleaner } from './fixture/cleaner.ts';
import { runCommand } from './fixture/commands.ts';
import { freePodNetwork, freePorts } from './fixture/machine.ts';
import { fencedBlocks } from './fixture/readme.ts';

interface Stage {
  readonly dataDir: string;
  readonly bridge: string;
  /** What `npm start` needs beside its own words, where something of README's defaults is taken. */
  readonly flags: readonly string[];
}

let folder: string;
let stage: Stage;
let cleaner: Cleaner;
let started: Background | undefined;
let env: NodeJS.ProcessEnv;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-e2e-'));
  const defaults = join(project, '.bramble');
  stage = (await defaultsAreFree(defaults))
    ? { dataDir: defaults, bridge: 'bramble0', flags: [] }
    : await otherStage(join(folder, 'data'));
  cleaner = new Cleaner({ folder, bridge: stage.bridge, dataDirs: [stage.dataDir] });
  const home = join(folder, 'home');
  await mkdir(home);
  env = { ...process.env, HOME: home };
  delete env['NODE_TEST_CONTEXT'];
});
after(() => cleaner?.clean());

async function defaultsAreFree(dataDir: string): Promise<boolean> {
  const holders = await Promise.all([6443, 8883].map(portHolder));
  return (
    !existsSync(dataDir) &&
    !existsSync('/sys/class/net/bramble0') &&
    holders.every((each) => each === undefined)
  );
}

async function otherStage(dataDir: string): Promise<Stage> {
  const [https, mqtt] = await freePorts(2);
  const { bridge, clusterCidr, serviceCidr } = freePodNetwork();
  const ranges = ['--cluster-cidr', clusterCidr, '--service-cidr', serviceCidr];
  const ports = ['--https-port', `${https}`, '--mqtt-port', `${mqtt}`];
  return {
    dataDir,
    bridge,
    flags: [...ports, '--data-dir', dataDir, '--bridge', bridge, ...ranges],
  };
}

const markdown = await readFile(join(project, 'README.md'), 'utf8');
const blocks = fencedBlocks(markdown);
const runnable = blocks.filter(({ info }) => info === 'sh run');

test('README has its start and lines to run', () => {
  assert.ok(blocks.some(({ info, text }) => info.startsWith('sh') && text === 'npm start\n'));
  assert.ok(runnable.length > 0, 'no block ```sh run');
});

test('npm start is ready', async () => {
  const args = ['start', ...(stage.flags.length > 0 ? ['--', ...stage.flags] : [])];
  started = new Background('npm', args, { env, cwd: project, ownGroup: true });
  await started.printed(/^Bramble is ready$/m, 240_000);
});

for (const { text, line } of runnable) {
  test(`README.md:${line} works as it stands`, async () => {
    const script = text.replaceAll('.bramble/', `${stage.dataDir}/`);
    const shell = ['-e', '-o', 'pipefail', '-c', script];
    const { code, stdout, stderr } = await runCommand('bash', shell, {
      env,
      cwd: project,
      timeoutMs: 120_000,
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    if (text.includes('curl ')) assert.match(stdout, /^Hello from hello$/m);
  });
}

test('Ctrl-C stops npm start cleanly', async () => {
  assert.ok(started);
  started.interrupt();
  assert.equal(await started.ended(), 0);
  assert.match(started.output, /Pods keep running/);
});
