import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { arch, hostname, networkInterfaces, release } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '../port.ts';
import { type Machine, readMachine } from './machine.ts';
import { defaultInterface, deviceTreeText, isInside } from './proc.ts';

export interface InventoryOptions {
  /** The file system root; another one in tests. */
  readonly root: string;
  readonly dataDir: string;
  readonly agentVersion: string;
  readonly runtimeVersion: () => Promise<string>;
  /** Asked for earlier, beside other work; otherwise when it is needed. */
  readonly machine?: Promise<Machine>;
}

/** Kubernetes' and Go's words for what Node calls otherwise. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export async function readInventory(options: InventoryOptions): Promise<Inventory> {
  const read = (path: string) => readFile(join(options.root, path), 'utf8').catch(() => '');
  const [machine, disk] = await Promise.all([
    options.machine ?? readMachine(options.dataDir),
    statfs(options.dataDir),
  ]);
  return {
    machine: {
      architecture: architectures[arch()] ?? arch(),
      operatingSystem: 'linux',
      osImage: osImage(await read('/etc/os-release'), machine.distribution).slice(0, 128),
      kernelVersion: release().slice(0, 128),
      model: ((await piModel(read)) || pcModel(machine)).slice(0, 128),
      machineId: (await machineId(read, options.dataDir)).slice(0, 64),
      bootId: (await read('/proc/sys/kernel/random/boot_id')).trim().slice(0, 64),
      runtimeVersion: (await options.runtimeVersion()).slice(0, 64),
      agentVersion: options.agentVersion.slice(0, 64),
    },
    cpuMilli: machine.cores * 1000,
    memoryBytes: machine.memoryBytes,
    diskBytes: disk.bsize * disk.blocks,
    addresses: ownAddresses(defaultInterface(await read('/proc/net/route'))),
    hostname: hostname(),
  };
}

type Read = (path: string) => Promise<string>;

/** As `kubectl get nodes -o wide` shows it, such as `Debian GNU/Linux 12 (bookworm)`. */
function osImage(osRelease: string, otherwise: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?/m.exec(osRelease)?.[1] ?? otherwise;
}

async function piModel(read: Read): Promise<string> {
  const tree = deviceTreeText(await read('/proc/device-tree/model'));
  return tree || (/^Model\s*:\s*(.+)$/m.exec(await read('/proc/cpuinfo'))?.[1]?.trim() ?? '');
}

function pcModel({ virtual, manufacturer, model }: Machine): string {
  return virtual ? '' : `${manufacturer} ${model}`.trim();
}

/** As the board's birth tells it, without the rest of the inventory. */
export function boardMachineId(dataDir: string): Promise<string> {
  return machineId((path) => readFile(path, 'utf8').catch(() => ''), dataDir);
}

/** Without systemd's, that of the board's serial number; without one, a number drawn once. */
async function machineId(read: Read, dataDir: string): Promise<string> {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const id = (await read(path)).trim();
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  const serial = deviceTreeText(await read('/proc/device-tree/serial-number'));
  if (serial !== '') return createHash('sha256').update(serial).digest('hex').slice(0, 32);
  return drawnOnce(join(dataDir, 'agent', 'machine-id'));
}

async function drawnOnce(path: string): Promise<string> {
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (/^[0-9a-f]{32}$/.test(known)) return known;
  const drawn = randomBytes(16).toString('hex');
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${drawn}\n`, { flush: true });
  return drawn;
}

/** Neither loopback nor link-local, nor what the agent and its like made; the default route's interface first. */
export function ownAddresses(first: string | undefined, interfaces = networkInterfaces()): string[] {
  const names = Object.keys(interfaces).filter((name) => !isInside(name));
  const ordered = names.toSorted((a, b) => Number(b === first) - Number(a === first));
  return ordered.flatMap((name) =>
    (interfaces[name] ?? [])
      .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
      .map(({ address }) => address),
  );
}
