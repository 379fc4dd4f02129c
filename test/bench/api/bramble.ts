import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../e2e/fixture/eventually.ts';
import { freePorts } from '../../e2e/fixture/machine.ts';
import { usageOf } from '../sessions/usage.ts';
import type { Subject } from './subject.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const readyMs = 120_000;

export interface Controller extends Subject {
  readonly pid: number;
  readonly dataDir: string;
  readonly mqttPort: number;
}

/** The controller as users start it: `bramble up --controller-only`. */
export async function startController(dataDir: string): Promise<Controller> {
  const [port = 0, mqttPort = 0] = await freePorts(2);
  const ports = ['--https-port', `${port}`, '--mqtt-port', `${mqttPort}`];
  const up = spawn(
    process.execPath,
    [join(project, 'cli/main.ts'), 'up', '--controller-only', '--data-dir', dataDir, ...ports],
    { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(up, 'exit');
  let said = '';
  up.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ready = () => said.includes('Bramble is ready') || undefined;
  await eventually('bramble up', ready, { withinMs: readyMs, otherwise: () => said });
  const pid = await childOf(up.pid ?? 0);
  return {
    name: 'Bramble',
    pid,
    dataDir,
    mqttPort,
    place: {
      port,
      ca: readFileSync(join(dataDir, 'ca.crt'), 'utf8'),
      token: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim(),
    },
    usage: () => usageOf(pid),
    stop: async () => {
      up.kill('SIGINT');
      await ended;
    },
  };
}

async function childOf(up: number): Promise<number> {
  const children = await readFile(`/proc/${up}/task/${up}/children`, 'utf8');
  for (const child of children.trim().split(' ')) {
    const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('controller/main.ts')) return Number(child);
  }
  throw new Error(`bramble up (${up}) runs no controller`);
}
