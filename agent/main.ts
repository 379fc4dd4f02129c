import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/mqttjs/dialer.ts';
import { createLog } from '@bramble/adapters/pino/logger.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { LinuxBoard } from './board/linux/board.ts';
import type { Inventory } from './board/port.ts';
import { DiskJournal } from './journal/disk/journal.ts';
import { LinuxNetwork } from './network/linux/network.ts';
import { openPodman } from './runtime/podman/open.ts';
import { instanceName, runDirectory } from './runtime/run-directory.ts';
import { type AgentArguments, parseArguments } from './settings.ts';
import { agentSupervision } from './supervision.ts';
import { type Identity, loadIdentity } from './trust/identity.ts';
import { joinController } from './trust/join-controller.ts';
import { DiskVolumes } from './volumes/disk/volumes.ts';

const agentVersion = '0.1.0';

async function main(): Promise<void> {
  const settings = argumentsOrExit();
  const host = createHost(createLog({ level: settings['log-level'] }));
  const dataDir = settings['data-dir'];
  const runDir = runDirectory(dataDir);
  await mkdir(join(dataDir, 'agent'), { recursive: true, mode: 0o700 });
  const journal = new DiskJournal(join(dataDir, 'agent', 'journal'), () => host.now());
  const [runtime, journalContent] = await Promise.all([
    openPodman({ dataDir, log: host.log }),
    journal.load(),
  ]);
  const board = new LinuxBoard({ dataDir, agentVersion, runtimeVersion: () => runtime.version() });
  const inventory = await board.inventory();
  const identity = await identityOf(settings, inventory, host);
  const network = new LinuxNetwork({
    bridge: settings.bridge,
    prefix: `bramble-${instanceName(dataDir)}`,
    clusterCIDRs: [settings['cluster-cidr']],
    runDir,
  });
  const ports = {
    dialer: dialerOf(settings, identity),
    journal,
    journalContent,
    runtime,
    network,
    volumes: new DiskVolumes({ dataDir, runDir }),
    board,
    inventory,
    orders: { clusterKey: identity.clusterKey, sealingKey: identity.sealingKey },
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
  onceStopped(async () => {
    system.stop();
    await journal.close();
    await runtime.close();
  });
  process.send?.({ type: 'ready' });
}

/** What the system, podman and the agent keep: a tenth of the memory, 256 MiB at most, and a tenth of one CPU. */
function reservedOf({ memoryBytes }: Inventory): { cpuMilli: number; memoryBytes: number } {
  return { cpuMilli: 100, memoryBytes: Math.min(256 * 1_048_576, Math.floor(memoryBytes / 10)) };
}

/** Who this board is: as it joined, or by joining now. */
async function identityOf(settings: AgentArguments, inventory: Inventory, host: Host): Promise<Identity> {
  const dir = join(settings['data-dir'], 'agent', 'trust');
  const known = await loadIdentity(dir);
  if (known) return known;
  const { controller: url, node } = settings;
  const token = settings['join-token-file'] && (await readIfThere(settings['join-token-file']));
  if (url === undefined || !token)
    throw new BrambleError(
      'BRAMBLE_JOIN_REFUSED',
      'this board has not joined, and was given no controller and token',
    );
  const { machineId } = inventory.machine;
  return joinController({ url, token, node, machineId, dir, log: host.log });
}

function dialerOf(settings: AgentArguments, identity: Identity): ReturnType<typeof createMqttDialer> {
  const { ca, certificate, key, mqtt } = identity;
  const url = settings.mqtt ?? `mqtts://${mqtt.host}:${mqtt.port}`;
  return createMqttDialer({ url, ca, cert: certificate, key, serverName: controllerServerName });
}

/** Stops in order on a signal, or when `bramble up` is gone. Containers stay. */
function onceStopped(stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(exitCodes.ok),
      (error) => die(error, exitCodes.supervision),
    );
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
  process.on('disconnect', begin);
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
