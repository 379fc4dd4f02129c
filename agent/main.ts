import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { end, runProcess, type Stop } from '@bramble/adapters/host/process.ts';
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
/** By then the pods are under way and the link is up; a pause of some tens of milliseconds disturbs nobody. */
const startedWithinMs = 5_000;
/** An agent whose `bramble up` was killed notices that and ends, in about the time that podman's service takes. */
const lockPatienceMs = 10_000;

async function start(stop: Stop): Promise<() => Promise<void>> {
  const settings = parseArguments(process.argv.slice(2));
  const host = createHost(createLog({ level: settings['log-level'] }));
  const dataDir = settings['data-dir'];
  const runDir = runDirectory(dataDir);
  await mkdir(join(dataDir, 'agent'), { recursive: true, mode: 0o700 });
  const directory = join(dataDir, 'agent', 'lock');
  const pause = (ms: number): Promise<void> => new Promise((resolve) => host.timer(ms, resolve));
  const lock = await lockAgent({ directory, pid: process.pid, patienceMs: lockPatienceMs, pause });
  const journal = new DiskJournal(join(dataDir, 'agent', 'journal'), () => host.now());
  const [runtime, journalContent] = await Promise.all([
    openPodman({ dataDir, log: host.log }),
    journal.load(),
  ]);
  const board = new LinuxBoard({ dataDir, agentVersion, runtimeVersion: () => runtime.version() });
  const inventory = await board.inventory();
  const membership = await membershipOf(settings, inventory, host);
  const { identity } = membership;
  const network = new LinuxNetwork({
    bridge: settings.bridge,
    prefix: `bramble-${instanceName(dataDir)}`,
    clusterCIDRs: [settings['cluster-cidr']],
    runDir,
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
  const system = new ActorSystem(host, { onRootFailure: (error) => end('agent', error) });
  system.run('agent', agentSupervision(ports, config));
  process.send?.({ type: 'ready', node: identity.node });
  host.timer(startedWithinMs, collectGarbage);
  return async () => {
    system.stop();
    await journal.close();
    await runtime.close();
    await lock.release();
  };
}

/** Reading the source and the board's facts leaves 5 MB that V8 would otherwise keep for months. Needs `--expose-gc`. */
function collectGarbage(): void {
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
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

await runProcess('agent', start);
