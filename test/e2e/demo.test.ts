import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { leftovers } from '../demo/leftovers.ts';
import { Background } from './fixture/background.ts';
import { project } from './fixture/bramble.ts';
import { runCommand, succeed } from './fixture/commands.ts';

const wholeMs = 600_000;

/** All files of a demonstration are below its folder for temporary files, and all its processes name that. */
class Demonstration {
  readonly folder: string;
  readonly running: Background;

  static async start(context: TestContext, args: readonly string[] = []): Promise<Demonstration> {
    const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
    const demonstration = new Demonstration(folder, args);
    context.after(async () => {
      await demonstration.running.stop();
      await rm(folder, { recursive: true, force: true });
    });
    return demonstration;
  }

  constructor(folder: string, args: readonly string[]) {
    this.folder = folder;
    this.running = new Background(process.execPath, [join(project, 'test/demo/main.ts'), ...args], {
      env: { ...process.env, TMPDIR: folder },
      cwd: project,
      ownGroup: true,
    });
  }

  /** Without the line breaks that the width of a terminal asks for. */
  get told(): string {
    return this.running.output.replace(/\s+/g, ' ');
  }

  async processes(): Promise<{ readonly pid: number; readonly line: string }[]> {
    const found = [];
    for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
      const read = (file: string): Promise<string> =>
        readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const line = await read('cmdline');
      if (`${line}${await read('environ')}`.includes(this.folder)) found.push({ pid: Number(pid), line });
    }
    return found;
  }

  async leavesNothing(kept: readonly RegExp[] = []): Promise<void> {
    assert.deepEqual(await this.processes(), []);
    const files = await readdir(this.folder);
    assert.deepEqual(
      files.filter((file) => !kept.some((pattern) => pattern.test(file))),
      [],
    );
    assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(this.folder));
    const lan = /for boards at https:\/\/([\d.]+):/.exec(this.told)?.[1];
    assert.ok(lan);
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    assert.ok(!addresses.some(({ address }) => address === lan));
  }
}

test('the demonstration shows what it says, and leaves nothing', async (context) => {
  const demonstration = await Demonstration.start(context);
  const code = await demonstration.running.ended(wholeMs);
  const { told } = demonstration;
  assert.equal(code, 0, told);
  const find = (pattern: RegExp): RegExpExecArray => {
    const found = pattern.exec(told);
    assert.ok(found, `${pattern} in\n${demonstration.running.output}`);
    return found;
  };
  for (const number of [1, 2, 3])
    find(new RegExp(`pi-${number} at 10\\.99\\.\\d+\\.${number} is Ready after \\d+\\.\\d s\\.`));
  find(/6 pods are ready \d+\.\d s after/);
  const places = [...told.matchAll(/(pi-\d) runs (web-\S+) at (\S+) and (web-\S+) at (\S+)\. /g)];
  assert.deepEqual(
    places.map((place) => place[1]),
    ['pi-1', 'pi-2', 'pi-3'],
  );
  assert.equal(new Set(places.flatMap((place) => [place[3], place[5]])).size, 6);
  const [, pods = '', counts = ''] = find(/24 calls were answered by (\d) pods: (.*?)\./);
  assert.ok(Number(pods) > 1);
  assert.equal(sumOf(counts), 24);
  find(/From outside, at a port of pi-1, http:\S+ says "Hello from web-\S+"/);
  find(/is ready again after \d+\.\d s, at the same address 10\.\S+; restarts: 1\./);
  find(/After 5 s without a network, a pod on pi-3 is asked from inside: "Hello from web-/);
  find(/The controller misses pi-3 \d+\.\d s after the cable was pulled\./);
  const [, others = ''] = find(
    /After \d+\.\d s the Service leaves out its pods: 24 calls were answered by (.*?)\./,
  );
  assert.equal(sumOf(others), 24);
  assert.doesNotMatch(others, /pi-3|nobody/);
  find(/pi-3 is Ready again \d+\.\d s after/);
  find(/the same containers as before, [0-9a-f]{12} and [0-9a-f]{12}; restarts: 0\./);
  const [, again = ''] = find(/The Service calls its pods again: (.*?)\./);
  assert.match(again, /pi-3/);
  const [, fewest = ''] = find(/At least (\d) pods were available at every moment\./);
  assert.ok(Number(fewest) >= 5);
  find(/Now 24 calls of 24 are answered with "Welcome"\./);
  find(/Nothing is left: .* That was all, in \d+\.\d s\./);
  assert.ok(!demonstration.running.output.includes('\u001b'), 'no colours where nobody sees them');
  await demonstration.leavesNothing();
});

/** Of `pi-1 9 and pi-2 15`. */
function sumOf(counts: string): number {
  return [...counts.matchAll(/pi-\d (\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
}

test('Ctrl-C, twice: everything is removed all the same', async (context) => {
  const demonstration = await Demonstration.start(context);
  await demonstration.running.printed(/runs web-/, wholeMs);
  demonstration.running.interrupt();
  await demonstration.running.printed(/Everything is removed/, wholeMs);
  demonstration.running.interrupt();
  assert.equal(await demonstration.running.ended(wholeMs), 130, demonstration.told);
  assert.match(demonstration.told, /Interrupted\. .* Nothing is left: .* Stopped by Ctrl-C, after/);
  await demonstration.leavesNothing();
});

test('a controller that dies: the demonstration says so, keeps the logs, and removes everything else', async (context) => {
  const demonstration = await Demonstration.start(context, ['--keep']);
  await demonstration.running.printed(/pi-1 at .* is Ready/, wholeMs);
  const processes = await demonstration.processes();
  for (const program of ['cli/up/main.js', 'controller/main.ts'])
    for (const { pid, line } of processes)
      if (line.split('\0').some((word) => word.endsWith(program))) process.kill(pid, 'SIGKILL');
  assert.equal(await demonstration.running.ended(wholeMs), 1, demonstration.told);
  assert.match(demonstration.told, /✗ .* Nothing is left: .* The demonstration failed, after/);
  const [, logs = ''] = /is kept in (\S+)\./.exec(demonstration.told) ?? [];
  assert.deepEqual((await readdir(logs)).sort(), [
    'controller.log',
    'objects.yaml',
    'pi-1.log',
    'pi-2.log',
    'pi-3.log',
  ]);
  assert.match(await readFile(join(logs, 'pi-1.log'), 'utf8'), /has joined the fleet/);
  await demonstration.leavesNothing([/^bramble-demo-/]);
});

test('what is left is found: files, processes, mounts, network devices, firewall tables', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const bridge = `brdemo${process.pid}`;
  const sleeper = new Background('sleep', ['600'], { env: { ...process.env, TMPDIR: folder } });
  context.after(async () => {
    await sleeper.stop();
    await runCommand('nft', ['delete', 'table', 'inet', `${bridge}-services`]);
    await runCommand('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  });
  const marks = { folders: [folder], bridge, hostAddress: '127.0.0.1', containers: [] };
  await succeed('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  await succeed('nft', ['add', 'table', 'inet', `${bridge}-services`]);
  const found = await leftovers(marks);
  assert.deepEqual(found, [
    `process ${sleeper.pid}`,
    `mount ${folder}`,
    'network device lo',
    `firewall table inet ${bridge}-services`,
    `folder ${folder}`,
  ]);
});

test('a flag that it does not know is refused before anything is made', async (context) => {
  const demonstration = await Demonstration.start(context, ['--fats']);
  assert.equal(await demonstration.running.ended(), 1);
  assert.match(demonstration.told, /'--fats'.* usage: npm run demo/);
  assert.deepEqual(await readdir(demonstration.folder), []);
});
