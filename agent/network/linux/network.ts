import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from '@bramble/protocol/zod.ts';
import { type Cidr, contains, gatewayAddress, parseAddress, parseCidr } from '../addresses.ts';
import type { PodNetwork } from '../port.ts';
import { addressesOf, filterBridge, ipBatch, ipBatchInside, nft, removeLink } from './commands.ts';
import {
  forwardIPv4,
  forwardIPv6,
  interfaces,
  isNamespace,
  namespacesWithPrefix,
  removeHusk,
} from './kernel.ts';
import { assertUid, linkName, namespaceDirectory, namespaceName } from './names.ts';
import { Removals } from './removals.ts';
import { type PodPorts, ruleset } from './rules.ts';

export interface LinuxNetworkOptions {
  /** The bridge and the nftables table; at most 15 bytes. Default `bramble0`. */
  readonly bridge?: string;
  /** Namespaces are named `{prefix}-{uid}`. Default `bramble`. */
  readonly prefix?: string;
  /** Destinations inside the cluster, which see a pod's own address. Everything else sees the board's. */
  readonly clusterCIDRs: readonly string[];
  /** For what must outlive the agent but not a reboot: which pod has which host port. */
  readonly runDir: string;
}

type AttachedPod = Parameters<PodNetwork['attach']>[0];

const hostPort = z.object({
  hostPort: z.number(),
  containerPort: z.number(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']),
  hostIP: z.pipe(
    z.optional(z.string()),
    z.transform((value) => value),
  ),
});
const savedPorts = z.record(
  z.string(),
  z.object({ addresses: z.array(z.string()), hostPorts: z.array(hostPort) }),
);

/** The pod network in the network namespace of this process, by `ip` and `nft`. */
export class LinuxNetwork implements PodNetwork {
  readonly #bridge: string;
  readonly #prefix: string;
  readonly #clusterCidrs: readonly Cidr[];
  readonly #stateFile: string;
  readonly #removals: Removals;
  #podCidrs: readonly Cidr[] = [];
  #bridgeFilters = false;
  #ports: Map<string, PodPorts> | undefined;
  /** The rules are replaced whole, so one after the other. */
  #lastChange: Promise<void> = Promise.resolve();

  constructor(options: LinuxNetworkOptions) {
    this.#bridge = options.bridge ?? 'bramble0';
    this.#prefix = options.prefix ?? 'bramble';
    this.#removals = new Removals(this.#prefix);
    this.#clusterCidrs = options.clusterCIDRs.map(cidrOf);
    this.#stateFile = join(options.runDir, 'network', 'host-ports.json');
  }

  async prepare(podCIDRs: readonly string[]): Promise<void> {
    this.#podCidrs = podCIDRs.map(cidrOf);
    const bridge = this.#bridge;
    const wanted = this.#podCidrs.map((cidr) => `${gatewayAddress(cidr)}/${cidr.prefix}`);
    const exists = (await interfaces()).has(bridge);
    const stale = exists
      ? ((await addressesOf(bridge)) ?? []).filter((address) => !wanted.includes(address))
      : [];
    await ipBatch([
      ...(exists ? [] : [`link add name ${bridge} type bridge stp_state 0 forward_delay 0`]),
      // Without one of its own, a bridge takes the lowest address of its cables and changes it with them.
      `link set dev ${bridge} address ${hardwareAddress(wanted[0], bridge)} up`,
      ...stale.map((address) => `addr del ${address} dev ${bridge}`),
      ...wanted.map((address) => `addr replace ${address} dev ${bridge}${noDuplicateCheck(address)}`),
    ]);
    await forwardIPv4(bridge);
    this.#bridgeFilters = await filterBridge(bridge);
    if (this.#podCidrs.some((cidr) => cidr.version === 6)) await forwardIPv6();
    await this.#changePorts(() => true);
  }

  async attach(pod: AttachedPod): Promise<{ readonly path: string }> {
    assertUid(pod.uid);
    const name = namespaceName(this.#prefix, pod.uid);
    const routed = pod.addresses.map((address) => ({ address, cidr: this.#cidrOfPod(address) }));
    const held = (await isNamespace(name)) ? await addressesOf('eth0', name) : undefined;
    await ipBatch([...(held === undefined ? await this.#newCable(pod, name) : []), ...this.#plugIn(pod.uid)]);
    const path = join(namespaceDirectory, name);
    const wanted = routed.map(({ address, cidr }) => `${address}/${cidr.prefix}`);
    const stale = (held ?? []).filter((address) => !wanted.includes(address));
    await ipBatchInside(path, [
      'link set dev lo up',
      'link set dev eth0 up',
      ...stale.map((address) => `addr del ${address} dev eth0`),
      ...wanted.map((address) => `addr replace ${address} dev eth0${noDuplicateCheck(address)}`),
      ...routed.map(({ cidr }) => `route replace default via ${gatewayAddress(cidr)} dev eth0`),
    ]);
    await this.#changePorts((ports) => {
      if (pod.hostPorts.length === 0) return ports.delete(pod.uid);
      ports.set(pod.uid, { addresses: pod.addresses, hostPorts: pod.hostPorts });
      return true;
    });
    return { path };
  }

  async detach(uid: string): Promise<void> {
    assertUid(uid);
    await this.#changePorts((ports) => ports.delete(uid));
    await this.#removals.remove(uid);
  }

  async list(): Promise<string[]> {
    const names = await namespacesWithPrefix(this.#prefix);
    return names.map((name) => name.slice(this.#prefix.length + 1));
  }

  async addressesOf(uid: string): Promise<readonly string[]> {
    assertUid(uid);
    const name = namespaceName(this.#prefix, uid);
    const held = (await isNamespace(name)) ? await addressesOf('eth0', name) : undefined;
    return (held ?? []).map((address) => address.split('/', 1)[0] ?? '');
  }

  async #newCable(pod: AttachedPod, name: string): Promise<string[]> {
    const link = linkName(this.#prefix, pod.uid);
    const exists = await isNamespace(name);
    if (!exists) await removeHusk(name);
    // A cable whose other end is elsewhere is the rest of a pod that was taken apart half-way.
    if ((await interfaces()).has(link)) await removeLink(link);
    const address = hardwareAddress(pod.addresses[0], pod.uid);
    return [
      ...(exists ? [] : [`netns add ${name}`]),
      `link add name ${link} type veth peer name eth0 address ${address} netns ${name}`,
    ];
  }

  #plugIn(uid: string): string[] {
    const link = linkName(this.#prefix, uid);
    return [
      `link set dev ${link} master ${this.#bridge} up`,
      // Where br_netfilter is loaded, a pod that calls itself by a host port comes back through its own cable.
      `link set dev ${link} type bridge_slave hairpin on`,
    ];
  }

  #cidrOfPod(address: string): Cidr {
    const cidr = this.#podCidrs.find((candidate) => contains(candidate, address));
    if (cidr === undefined) throw new Error(`address ${address} lies in none of this board's pod CIDRs`);
    return cidr;
  }

  /** `change` says whether the rules must be written. */
  #changePorts(change: (ports: Map<string, PodPorts>) => boolean): Promise<void> {
    const next = this.#lastChange.then(async () => {
      this.#ports ??= await loadPorts(this.#stateFile);
      if (!change(this.#ports)) return;
      await savePorts(this.#stateFile, this.#ports);
      await nft(
        ruleset({
          bridge: this.#bridge,
          podCidrs: this.#podCidrs,
          clusterCidrs: this.#clusterCidrs,
          pods: this.#ports.values(),
          bridgeFilters: this.#bridgeFilters,
        }),
      );
    });
    this.#lastChange = next.catch(() => undefined);
    return next;
  }
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`not a CIDR: ${JSON.stringify(text)}`);
  return cidr;
}

/**
 * Made of the IP address, so that a neighbour that remembers the hardware address of an earlier pod with this IP address
 * still reaches the new one. What has no address gets one made of its name.
 */
function hardwareAddress(address: string | undefined, name: string): string {
  const value = parseAddress(address?.split('/')[0] ?? '')?.value ?? BigInt(nameNumber(name));
  const bytes = [24n, 16n, 8n, 0n].map((shift) => Number((value >> shift) & 255n));
  return ['0a', '58', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

const nameNumber = (name: string) => createHash('sha256').update(name).digest().readUInt32BE(0);

/** The agent gives each address once; waiting for the network to object would cost a second. */
const noDuplicateCheck = (address: string) => (address.includes(':') ? ' nodad' : '');

async function loadPorts(path: string): Promise<Map<string, PodPorts>> {
  try {
    const saved = savedPorts.parse(JSON.parse(await readFile(path, 'utf8')));
    return new Map(
      Object.entries(saved).map(([uid, pod]) => [
        uid,
        { ...pod, hostPorts: pod.hostPorts.map((port) => ({ ...port, hostIP: port.hostIP })) },
      ]),
    );
  } catch {
    // Absent after a reboot. Where it is damaged, every pod's `attach` says its ports again.
    return new Map();
  }
}

async function savePorts(path: string, ports: ReadonlyMap<string, PodPorts>): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(ports)));
  await rename(`${path}.new`, path);
}
