import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { get } from '@bramble/adapters/host/node-http.ts';
import { RuntimeError } from '../port.ts';
import { podmanEnvironment } from './oci-runtime.ts';
import type { PodmanPaths } from './settings.ts';

/** The process `podman system service`. It outlives an agent that is killed, and is then used again. */
export interface PodmanService {
  /** Resolves when it answers; starts it where it does not run. Calls at the same time share one start. */
  ensure(): Promise<void>;
  /** Containers keep running: each has a monitor process of its own. */
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
const stopTimeoutMs = 5_000;
const pollMs = 20;
const pingTimeoutMs = 5_000;

/** These tell a service of systemd's about itself; podman would take them for its own. */
const notInherited = new Set([
  'NOTIFY_SOCKET',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
  'WATCHDOG_USEC',
]);

export function podmanService(paths: PodmanPaths): PodmanService {
  let starting: Promise<void> | undefined;
  return {
    ensure() {
      starting ??= ensureAnswering(paths).finally(() => {
        starting = undefined;
      });
      return starting;
    },
    stop: () => stopService(paths),
  };
}

async function ensureAnswering(paths: PodmanPaths): Promise<void> {
  if (await answers(paths.socket)) return;
  // It may have been started a moment ago, by an agent that was killed then.
  if ((await servicePid(paths)) !== undefined && (await answersSoon(paths, pingTimeoutMs))) return;
  await stopService(paths);
  await rm(paths.socket, { force: true });
  await launch(paths);
  if (await answersSoon(paths, startTimeoutMs)) return;
  const words = await readFile(paths.serviceLog, 'utf8').catch(() => '');
  throw new RuntimeError('unavailable', `podman's service does not start: ${words.trim().slice(-2000)}`);
}

/** The shell writes its process id down before it becomes podman, so that no moment leaves an unknown process. */
async function launch(paths: PodmanPaths): Promise<void> {
  const script = 'echo $$ > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"';
  const podman = [
    'podman',
    '--log-level',
    'error',
    'system',
    'service',
    '--time=0',
    `unix://${paths.socket}`,
  ];
  const log = openSync(paths.serviceLog, 'w', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', script, 'sh', paths.pidFile, ...podman], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: serviceEnvironment(paths),
    });
    await once(child, 'spawn');
    child.unref();
  } finally {
    closeSync(log);
  }
}

function serviceEnvironment(paths: PodmanPaths): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !notInherited.has(name));
  return { ...Object.fromEntries(inherited), ...podmanEnvironment(paths) };
}

async function answersSoon(paths: PodmanPaths, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += pollMs) {
    if (await answers(paths.socket)) return true;
    await pause(pollMs);
    if ((await servicePid(paths)) === undefined && waitedMs > 1_000) return false;
  }
  return false;
}

function answers(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const ping = get({ socketPath, path: '/_ping', timeout: pingTimeoutMs, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  ping.on('error', () => resolve(false));
  ping.on('timeout', () => ping.destroy());
  return promise;
}

async function stopService(paths: PodmanPaths): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const pid = await servicePid(paths);
    if (pid === undefined) break;
    signalUnlessGone(pid, signal);
    for (let waitedMs = 0; waitedMs < stopTimeoutMs; waitedMs += pollMs) {
      if ((await servicePid(paths)) === undefined) break;
      await pause(pollMs);
    }
  }
  await rm(paths.pidFile, { force: true });
}

function signalUnlessGone(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between looking and signalling, which is what we want.
  }
}

/** The service's process, if the recorded one still is it: numbers are used again, so its arguments must name our socket. */
async function servicePid(paths: PodmanPaths): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(paths.pidFile, 'utf8')).trim());
    const argumentsText = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return argumentsText.includes(paths.socket) ? pid : undefined;
  } catch {
    return undefined;
  }
}
