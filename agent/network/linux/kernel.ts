import { readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceDirectory } from './names.ts';

/** File system type of a mounted namespace (linux/magic.h). */
const nsfs = 0x6e736673;

/** Interfaces of the network namespace that this process is in; /sys would show those of where it was mounted. */
export async function interfaces(): Promise<ReadonlySet<string>> {
  const text = await readFile('/proc/net/dev', 'utf8');
  return new Set([...text.matchAll(/^\s*([^\s:]+):/gm)].map((match) => match[1] ?? ''));
}

export async function isNamespace(name: string): Promise<boolean> {
  const found = await statfs(join(namespaceDirectory, name)).catch(() => undefined);
  return found?.type === nsfs;
}

/** A file without a namespace in it: what `ip netns add` leaves when it is killed, or a power cut where /run is on disk. */
export const removeHusk = (name: string): Promise<void> =>
  rm(join(namespaceDirectory, name), { force: true });

export async function namespacesWithPrefix(prefix: string): Promise<string[]> {
  const names = await readdir(namespaceDirectory).catch(() => []);
  return names.filter((name) => name.startsWith(`${prefix}-`));
}

const setting = (path: string, value: string) => writeFile(`/proc/sys/net/${path}`, value);

export async function forwardIPv4(bridge: string): Promise<void> {
  await setting('ipv4/ip_forward', '1');
  await setting(`ipv4/conf/${bridge}/route_localnet`, '1');
}

/** A router ignores router advertisements unless told otherwise, and would lose its own default route. */
export async function forwardIPv6(): Promise<void> {
  for (const name of await readdir('/proc/sys/net/ipv6/conf')) {
    const path = `ipv6/conf/${name}/accept_ra`;
    const current = await readFile(`/proc/sys/net/${path}`, 'utf8').catch(() => '0');
    if (current.trim() === '1') await setting(path, '2');
  }
  await setting('ipv6/conf/all/forwarding', '1');
}

/** IPv4 routes through another machine, from the kernel's own table; no program is started for it. */
export async function gatewayRoutes(): Promise<{ destination: string; gateway: string; device: string }[]> {
  const lines = (await readFile('/proc/net/route', 'utf8')).trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [device = '', destination = '', gateway = '', flags = '0', , , , mask = ''] = line.split(/\s+/);
    const leads = (Number.parseInt(flags, 16) & gatewayFlag) !== 0 && mask !== '00000000';
    const prefix = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
    return leads
      ? [{ destination: `${hexAddress(destination)}/${prefix}`, gateway: hexAddress(gateway), device }]
      : [];
  });
}

/** RTF_GATEWAY (linux/route.h). */
const gatewayFlag = 2;

/** The kernel prints the bytes of an address as one number of the machine: on a little-endian one, backwards. */
function hexAddress(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

/**
 * Answers to calls that the board made to its own 127.0.0.1 may come in here. What else claims to be for that address
 * is dropped by our rules.
 */
export async function answerOnLoopback(device: string): Promise<void> {
  await setting(`ipv4/conf/${device}/route_localnet`, '1').catch(() => undefined);
}

/** Where its bridge-netfilter sysctls are, the kernel shows bridged packets to nftables. */
export async function bridgeFilters(): Promise<boolean> {
  return readFile('/proc/sys/net/bridge/bridge-nf-call-iptables', 'utf8').then(
    () => true,
    () => false,
  );
}
