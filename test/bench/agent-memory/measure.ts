import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { instanceName, runDirectory } from '@bramble/agent/runtime/run-directory.ts';
import { type Bramble, startBramble } from '../../e2e/fixture/bramble.ts';
import { median } from '../../soak/slope.ts';
import { descendantsOf } from '../idle/processes.ts';
import { across, type Memory, memoryOf } from './memory.ts';

export interface Measured {
  readonly what: string;
  readonly processes: number;
  readonly memory: Memory;
}

export interface BoardMemory {
  readonly pods: number;
  readonly quick: boolean;
  /** The agent that the targets are about: what it has half of the time. */
  readonly agent: Memory;
  readonly rows: readonly Measured[];
}

interface Times {
  readonly pods: number;
  /** Between two looks at the agent: what it has grows until its garbage is collected. */
  readonly lookMs: number;
  /** Starts, reports and tidying are over by then, and garbage of the start is collected. */
  readonly settleMs: number;
}

const full: Times = { pods: 10, settleMs: 120_000, lookMs: 10_000 };
const tiny: Times = { pods: 1, settleMs: 1_000, lookMs: 100 };
const looks = 30;

const progress = (what: string): void => console.error(what);

export async function measureMemory(quick: boolean): Promise<BoardMemory> {
  const times = quick ? tiny : full;
  const rows: Measured[] = [];
  rows.push(await beside('`sleep`', 'sleep', ['1d'], times));
  rows.push(
    await beside('Node that does nothing', process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], times),
  );
  progress('a controller and an agent for the first time …');
  const bramble = await startBramble();
  try {
    await makePods(bramble, times.pods);
    if (!quick) {
      await pause(times.settleMs);
      rows.push(await measured('agent, since its very first start', [await bramble.pidOf('agent')]));
      await startAgain(bramble);
    }
    await pause(times.settleMs);
    const board = await boardOf(bramble);
    const { usual, most } = await watched(await bramble.pidOf('agent'), times);
    const agent = [
      { what: `agent, median of ${looks} looks`, processes: 1, memory: usual },
      { what: 'agent, the most of them', processes: 1, memory: most },
    ];
    return { pods: times.pods, quick, agent: usual, rows: [...agent, ...board, ...rows] };
  } finally {
    await removePods(bramble);
    await bramble.dispose();
  }
}

async function startAgain(bramble: Bramble): Promise<void> {
  progress('the same, started again …');
  await bramble.interrupt();
  await bramble.start();
}

/** Each column by itself. */
async function watched(agent: number, { lookMs }: Times): Promise<{ usual: Memory; most: Memory }> {
  progress(`${looks} looks at the agent …`);
  const seen: Memory[] = [];
  for (let look = 0; look < looks; look += 1) {
    seen.push(await memoryOf([agent]));
    await pause(lookMs);
  }
  return { usual: across(seen, median), most: across(seen, (values) => Math.max(...values)) };
}

async function boardOf(bramble: Bramble): Promise<Measured[]> {
  const agent = await bramble.pidOf('agent');
  const up = bramble.up.pid;
  const run = runDirectory(bramble.dataDir);
  const service = Number(await readFile(`${run}/podman/service.pid`, 'utf8'));
  const monitors = await monitorsOf(instanceName(bramble.dataDir));
  return [
    await measured('agent', [agent]),
    await measured("podman's service beside it", [service]),
    await measured('monitors of the containers (conmon), all', monitors),
    await measured('`bramble up`, which watches the agent (and the controller)', [up]),
    await measured('all these: a board', [agent, service, ...monitors, up]),
  ];
}

async function measured(what: string, pids: readonly number[]): Promise<Measured> {
  return { what, processes: pids.length, memory: await memoryOf(pids) };
}

/** A monitor names the folder of its container, below the run directory of the instance, on its command line. */
async function monitorsOf(instance: string): Promise<number[]> {
  const all = await descendantsOf(1);
  const isMonitor = (args: readonly string[]): boolean =>
    args[0]?.endsWith('/conmon') === true && args.some((arg) => arg.includes(`/${instance}/`));
  return all.filter(({ args }) => isMonitor(args)).map(({ pid }) => pid);
}

async function beside(
  what: string,
  program: string,
  args: readonly string[],
  { settleMs }: Times,
): Promise<Measured> {
  const child: ChildProcess = spawn(program, args, {
    stdio: 'ignore',
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  });
  await once(child, 'spawn');
  try {
    await pause(Math.min(settleMs, 2_000));
    return await measured(what, [child.pid ?? 0]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function makePods(bramble: Bramble, count: number): Promise<void> {
  progress(`${count} pods …`);
  const { stdout: example } = await bramble.client('cat', ['examples/hello.yaml']);
  const names = Array.from({ length: count }, (_, index) => `silent-${index + 1}`);
  const input = names.map((name) => example.replace(/^ {2}name: hello$/m, `  name: ${name}`)).join('\n---\n');
  await bramble.kubectl('create -f -', { input });
  await bramble.kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=120s'], {
    timeoutMs: 130_000,
  });
}

async function removePods(bramble: Bramble): Promise<void> {
  await bramble.client('kubectl', ['delete', 'pods', '--all', '--grace-period=1', '--timeout=60s'], {
    timeoutMs: 70_000,
  });
}
