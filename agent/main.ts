import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { end, runProcess, type Stop } from '@bramble/adapters/host/process.ts';
import { keepPoolsSmall } from '@bramble/adapters/host/small-pools.ts';
import { createLog } from '@bramble/adapters/log/logger.ts';
import { ownClientId } from '@bramble/adapters/mqtt/client-id.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { brokerServerNames } from '@bramble/protocol/join.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { LinuxBoard } from './board/linux/board.ts';
import { boardMachineId } from './board/linux/inventory.ts';
import { readMachine } from './board/linux/machine.ts';
import type { Inventory } from './board/port.ts';
import { parseResolvConf } from './dns/resolv-conf.ts';
import { DnsServer } from './dns/sockets/dns-server.ts';
import { DiskJournal } from './journal/disk/journal.ts';
import type { JournalContent } from './journal/port.ts';
import { boardKeepalive } from './link/disk/keepalive-file.ts';
import { lockAgent } from './lock/agent-lock.ts';
import { neighbourhood } from './lock/neighbours.ts';
import { objectionTo } from './lock/objections.ts';
import { notePlace, type Place } from './lock/place.ts';
import { DiskFactsFile } from './network/disk/facts-file.ts';
import { LinuxClusterNetwork } from './network/linux/cluster.ts';
import { LinuxNetwork } from './network/linux/network.ts';
import { readFacts } from './network/saved-facts.ts';
import { HealthFiles } from './probes/disk/health-files.ts';
import { networkConnections } from './probes/net/connections.ts';
import { hostAndPort } from './probes/net/words.ts';
import { staticBusybox } from './runtime/podman/busybox.ts';
import { canLimitMemory } from './runtime/podman/memory-cgroup.ts';
import { openPodman } from './runtime/podman/open.ts';
import { instanceName, runDirectory } from './runtime/run-directory.ts';
import { type AgentArguments, parseArguments } from './settings.ts';
import { nsenterDialer } from './streams/linux/nsenter-dialer.ts';
import { agentSupervision } from './supervision.ts';
import { loadIdentity } from './trust/identity.ts';
import { type MachineMarks, machineMarks } from './trust/machine-mark.ts';
import type { BoardMembership } from './trust/membership.ts';
import { openMembership } from './trust/open-membership.ts';
import { LinuxUsageMeter } from './usage/linux/usage-meter.ts';
import { DiskVolumes } from './volumes/disk/volumes.ts';

const agentVersion = '0.1.0';
/** Of controllers that did not name theirs when the board joined. */
const defaultClusterCidr = '10.42.0.0/16';
/**
 * After the first the pods are under way and the link is up, after the second all that is done every minute was done: what was
 * used since the first stays compiled. A pause of some tens of milliseconds disturbs nobody.
 */
const startedWithinMs = [5_000, 90_000] as const;
/** What work leaves, and the room for it, V8 would keep. */
const collectEveryMs = 300_000;
/** An agent whose `bramble up` was killed notices that and ends, in about the time that podman's service takes. */
const lockPatienceMs = 10_000;

async function start(stop: Stop): Promise<() => Promise<void>> {
  keepPoolsSmall();
  const settings = parseArguments(process.argv.slice(2));
  const host = createHost(createLog({ level: settings['log-level'] }));
  const dataDir = settings['data-dir'];
  const runDir = runDirectory(dataDir);
  await mkdir(join(dataDir, 'agent'), { recursive: true, mode: 0o700 });
  const directory = join(dataDir, 'agent', 'lock');
  const pause = (ms: number): Promise<void> => new Promise((resolve) => host.timer(ms, resolve));
  const lock = await lockAgent({ directory, pid: process.pid, patienceMs: lockPatienceMs, pause });
  const hasJoined = (await loadIdentity(join(dataDir, 'agent', 'trust'))) !== undefined;
  // Refused, or cloned: then nothing was started. A board that has joined is asked for nothing here.
  const marks = await machineMarks(await boardMachineId(dataDir));
  const membership = await membershipOf(settings, marks, host);
  const { identity } = membership;
  const journal = new DiskJournal(join(dataDir, 'agent', 'journal'), () => host.now(), hasJoined);
  const journalContent = await journal.load();
  const { bridge } = settings;
  const clusterCIDR = settings['cluster-cidr'] ?? identity.clusterCIDR ?? defaultClusterCidr;
  const factsFile = new DiskFactsFile(dataDir);
  const saved = await factsFile.read();
  const serviceCIDR = settings['service-cidr'] ?? readFacts(saved).index?.serviceCIDR ?? identity.serviceCIDR;
  const place = { dataDir: resolve(dataDir), bridge, clusterCIDR, ...(serviceCIDR && { serviceCIDR }) };
  await takePlace(place, journalContent);
  // While podman's service starts.
  const machine = readMachine(dataDir);
  machine.catch(() => {});
  const runtime = await openPodman({ dataDir, log: host.log });
  const board = new LinuxBoard({ dataDir, agentVersion, runtimeVersion: () => runtime.version(), machine });
  const inventory = withMarks(await board.inventory(), marks);
  const network = new LinuxNetwork({
    bridge,
    prefix: `bramble-${instanceName(dataDir)}`,
    clusterCIDRs: [clusterCIDR],
    runDir,
  });
  const ports = {
    dialer: dialerOf(settings, membership),
    journal,
    journalContent,
    runtime,
    network,
    clusterNetwork: {
      bridge,
      network: new LinuxClusterNetwork({ bridge, clusterCIDR }),
      dns: new DnsServer({ host }),
      file: factsFile,
      saved,
    },
    volumes: new DiskVolumes({ dataDir, runDir }),
    probes: { connections: networkConnections, memory: new HealthFiles(runDir) },
    portDialer: nsenterDialer(await staticBusybox()),
    usage: new LinuxUsageMeter({ host }),
    board,
    inventory,
    orders: { clusterKey: identity.clusterKey, sealingKey: identity.sealingKey },
    // `bramble up`, or systemd, starts it again as who it is now.
    keeper: { membership, moved: () => stop(exitCodes.supervision) },
  };
  const config = {
    node: identity.node,
    storeId: identity.storeId,
    clusterCIDR,
    resolvConf: parseResolvConf((await readIfThere('/etc/resolv.conf')) ?? ''),
    labels: {},
    podsCapacity: limits.podsPerNode,
    keepaliveSeconds: await boardKeepalive(dataDir, settings['mqtt-keepalive-seconds']),
    limitsMemory: await canLimitMemory(),
    reserved: reservedOf(inventory),
    agentVersion,
  };
  const system = new ActorSystem(host, { onRootFailure: (error) => end('agent', error) });
  system.run('agent', agentSupervision(ports, config));
  process.send?.({ type: 'ready', node: identity.node });
  collectGarbage(host);
  return async () => {
    system.stop();
    await journal.close();
    await runtime.close();
    await lock.release();
  };
}

/** Reading the source and the board's facts leaves 5 MB that V8 would otherwise keep for months. Needs `--expose-gc`. */
function collectGarbage(host: Host): void {
  const collect = (): void =>
    void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  for (const afterMs of startedWithinMs) host.timer(afterMs, collect);
  const again = (): void => {
    collect();
    host.timer(collectEveryMs, again);
  };
  host.timer(collectEveryMs, again);
}

/** What the system, podman and the agent keep: a tenth of the memory, 256 MiB at most, and a tenth of one CPU. */
function reservedOf({ memoryBytes }: Inventory): { cpuMilli: number; memoryBytes: number } {
  return { cpuMilli: 100, memoryBytes: Math.min(256 * 1_048_576, Math.floor(memoryBytes / 10)) };
}

/** Who this board is: as it joined, or by joining now. */
async function membershipOf(
  settings: AgentArguments,
  [machineId, ...otherMachineIds]: MachineMarks,
  host: Host,
): Promise<BoardMembership> {
  const { controller: url, node, labels, 'join-token-file': tokenFile, 'join-anew': joinAnew } = settings;
  const dir = join(settings['data-dir'], 'agent', 'trust');
  return openMembership(
    { dir, machineId, otherMachineIds, node, hostname: hostname(), url, tokenFile, joinAnew, labels },
    host,
  );
}

/** The controller compares them with what joined. */
function withMarks(inventory: Inventory, marks: MachineMarks): Inventory {
  return { ...inventory, machine: { ...inventory.machine, marks: [...marks] } };
}

/** Nothing is made, and no address given, where something of somebody else's is in the way. */
async function takePlace(own: Place, { records }: JournalContent): Promise<void> {
  const runDir = runDirectory(own.dataDir);
  const prefix = `bramble-${instanceName(own.dataDir)}`;
  const pods = [...records.keys()]
    .filter((key) => key.startsWith('pods/'))
    .map((key) => key.slice('pods/'.length));
  const objection = objectionTo(own, await neighbourhood({ ...own, runDir, prefix, pods }));
  if (objection) throw objection;
  await notePlace(runDir, own);
}

/**
 * Each dialling shows the certificate that is valid then. Not every broker asks whose a client id is, and whoever knows
 * it there can take the connection over; so it is one that nobody else can guess.
 */
function dialerOf(settings: AgentArguments, membership: BoardMembership): MqttDialer {
  return {
    dial(options, onEvent) {
      const { ca, certificate: cert, key, mqtt } = membership.identity;
      const url = settings.mqtt ?? `mqtts://${hostAndPort(mqtt.host, mqtt.port)}`;
      const dialer = createMqttDialer({ url, ca, cert, key, serverName: brokerServerNames });
      return dialer.dial({ ...options, clientId: ownClientId(options.clientId, key) }, onEvent);
    },
  };
}

await runProcess('agent', start);
