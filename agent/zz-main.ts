import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/mqttjs/dialer.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { createLog } from '@bramble/adapters/pino/logger.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { LinuxBoard } from './board/linux/board.ts';
import type { Inventory } from './board/port.ts';
import { DiskJournal } from './journal/disk/journal.ts';
import { lockAgent } from './lock/agent-lock.ts';
import { LinuxNetwork } from './network/linux/network.ts';
import { openPodman } from './runtime/podman/open.ts';
import { instanceName, runDirectory } from './runtime/run-directory.ts';
import { type AgentArguments, parseArguments } from './settings.ts';
import { agentSupervision } from './supervision.ts';
import { loadIdentity } from './trust/identity.ts';
import { joinController } from './trust/join-controller.ts';
import { BoardMembership } from './trust/membership.ts';
import { DiskVolumes } from './volumes/disk/volumes.ts';

const agentVersion = '0.1.0';
/** An agent whose `bramble up` was killed notices that and ends, in about the time that podman's service takes. */
const lockPatienceMs = 10_000;

import { readFileSync } from 'node:fs';
const show = (what: string): void => { const t=readFileSync('/proc/self/smaps_rollup','utf8');const g=(k: string)=>(Number(new RegExp(`^${k}:\\s+(\\d+)`,'m').exec(t)?.[1])/1024).toFixed(1); process.stderr.write(`${what} rss ${g('Rss')} anon ${g('Pss_Anon')} heap ${(process.memoryUsage().heapTotal/1e6).toFixed(1)} used ${(process.memoryUsage().heapUsed/1e6).toFixed(1)}\n`); };
async function main(): Promise<void> {
  show('start');
  const settings = argumentsOrExit();
  const host = createHost(createLog({ level: settings['log-level'] }));
  const dataDir = settings['data-dir'];
  const runDir = runDirectory(dataDir);
  await mkdir(join(dataDir, 'agent'), { recursive: true, mode: 0o700 });
  const directory = join(dataDir, 'agent', 'lock');
  const lock = await lockAgent({ directory, pid: process.pid, patienceMs: lockPatienceMs });
  const journal = new DiskJournal(join(dataDir, 'agent', 'journal'), () => host.now());
  const [runtime, journalContent] = await Promise.all([
    openPodman({ dataDir, log: host.log }),
    journal.load(),
  ]);
  show('podman+journal');
  const board = new LinuxBoard({ dataDir, agentVersion, runtimeVersion: () => runtime.version() });
  const inventory = await board.inventory();
  show('inventory');
  const membership = await membershipOf(settings, inventory, host);
  const { identity } = membership;
  show('membership');
  const network = new LinuxNetwork({
    bridge: settings.bridge,
    prefix: `bramble-${instanceName(dataDir)}`,
    clusterCIDRs: [settings['cluster-cidr']],
    runDir,
  });
  const stop = onceStopped(async () => {
    system.stop();
    await journal.close();
    await runtime.close();
    await lock.release();
  });
  const ports = {
    dialer: dialerOf(settings, membership),
    journal,
    journalContent,
    runtime,
    network,
    volumes: new DiskVolumes({ dataDir, runDir }),
    board,
    inventory,
    orders: { clusterKey: identity.clusterKey, sealingKey: identity.sealingKey },
    // `bramble up`, or systemd, starts it again as who it is now.
    keeper: { membership, moved: () => stop(exitCodes.supervision) },
  };
  const config = {
    node: identity.node,
    storeId: identity.storeId,
    labels: {},
    podsCapacity: limits.podsPerNode,
    metricsIntervalMs: limits.metricsIntervalMs,
    reserved: reservedOf(inventory),
    agentVersion,
  };
  const system = new ActorSystem(host, { onRootFailure: (error) => die(error, exitCodes.supervision) });
  system.run('agent', agentSupervision(ports, config));
  show('running');
  setTimeout(() => show('1s'), 1000);setTimeout(() => show('3s'), 3000);
}

/** What the system, podman and the agent keep: a tenth of the memory, 256 MiB at most, and a tenth of one CPU. */
function reservedOf({ memoryBytes }: Inventory): { cpuMilli: number; memoryBytes: number } {
  return { cpuMilli: 100, memoryBytes: Math.min(256 * 1_048_576, Math.floor(memoryBytes / 10)) };
}

/** Who this board is: as it joined, or by joining now. */
async function membershipOf(
  settings: AgentArguments,
  { machine }: Inventory,
  host: Host,
): Promise<BoardMembership> {
  const { controller: url, node, 'join-token-file': tokenFile } = settings;
  const dir = join(settings['data-dir'], 'agent', 'trust');
  const { machineId } = machine;
  const { log } = host;
  const known = await loadIdentity(dir);
  if (known) return BoardMembership.open({ identity: known, dir, machineId, url, tokenFile, log });
  const token = tokenFile && (await readIfThere(tokenFile));
  if (url === undefined || !token)
    throw new BrambleError(
      'BRAMBLE_JOIN_REFUSED',
      'this board has not joined, and was given no controller and token',
    );
  const identity = await joinController({ url, token, node, machineId, dir, log });
  return BoardMembership.open({ identity, dir, machineId, url, tokenFile, log });
}

/** Each dialling shows the certificate that is valid then. */
function dialerOf(settings: AgentArguments, membership: BoardMembership): MqttDialer {
  return {
    dial(options, onEvent) {
      const { ca, certificate: cert, key, mqtt } = membership.identity;
      const url = settings.mqtt ?? `mqtts://${mqtt.host}:${mqtt.port}`;
      const dialer = createMqttDialer({ url, ca, cert, key, serverName: controllerServerName });
      return dialer.dial(options, onEvent);
    },
  };
}

/** Stops in order on a signal, when `bramble up` is gone, or when told to. Containers stay. */
function onceStopped(stop: () => Promise<void>): (code: number) => void {
  let stopping = false;
  const begin = (code: number): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(code),
      (error) => die(error, exitCodes.supervision),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
    process.on(signal, () => begin(exitCodes.ok));
  return begin;
}

function die(error: unknown, code: number): never {
  process.stderr.write(`agent: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(code);
}

function argumentsOrExit(): AgentArguments {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`agent: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodes.usage);
  }
}

/** A person reads what is wrong and what to do; everything else is for a bug report. */
function explain(error: unknown): never {
  if (!(error instanceof BrambleError)) die(error, exitCodes.supervision);
  process.stderr.write(`agent: ${error.explanation}\n`);
  process.exit(exitCodes.environment);
}

await main().catch(explain);
