import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { run } from '@bramble/adapters/host/run.ts';
import { contains, parseCidr } from '../network/addresses.ts';
import { namespacesWithPrefix } from '../network/linux/kernel.ts';
import { linkName } from '../network/linux/names.ts';
import { holderOf } from './agent-lock.ts';
import { monitorsOf } from './monitors.ts';
import type { Neighbour, Neighbourhood } from './objections.ts';
import { type OtherPlace, otherPlaces, type Place } from './place.ts';

export interface Newcomer extends Place {
  readonly runDir: string;
  /** Names its pods' namespaces and cables. */
  readonly prefix: string;
  /** Uids of the pods in its journal. */
  readonly pods: Iterable<string>;
}

const timeoutMs = 10_000;

/** What there is on this machine that an agent could get in the way of. */
export async function neighbourhood(own: Newcomer): Promise<Neighbourhood> {
  const monitors = await monitorsOf(own.runDir);
  const others = await Promise.all((await otherPlaces(own.runDir)).map(neighbour));
  return {
    // Podman's files are gone, the containers are not: nobody but their monitors knows them any more.
    forgotten: monitors
      .filter(({ bundle }) => !existsSync(join(bundle, 'config.json')))
      .map(({ name }) => name),
    others,
    plugged: await foreignPorts(own),
    addresses: foreignAddresses(own),
  };
}

async function neighbour(other: OtherPlace): Promise<Neighbour> {
  const pods = await namespacesWithPrefix(`bramble-${other.instance}`);
  const holder = await holderOf(join(other.dataDir, 'agent', 'lock'));
  return { ...other, pods: pods.length, process: holder, dataDirIsThere: existsSync(other.dataDir) };
}

/** Devices on the bridge that are no cable of a pod that this agent knows, or had. */
async function foreignPorts(own: Newcomer): Promise<string[]> {
  const uids = (await namespacesWithPrefix(own.prefix)).map((name) => name.slice(own.prefix.length + 1));
  const cables = new Set([...uids, ...own.pods].map((uid) => linkName(own.prefix, uid)));
  const shown = await run('ip', ['-o', 'link', 'show', 'master', own.bridge], { timeoutMs });
  if (shown.code !== 0) return [];
  const names = [...shown.stdout.matchAll(/^\d+: ([^:@\s]+)/gm)].map((match) => match[1] ?? '');
  return names.filter((name) => !cables.has(name));
}

/** Of other devices, inside the range that pods' addresses come from: packets for one or the other would go astray. */
function foreignAddresses(own: Newcomer): string[] {
  const range = parseCidr(own.clusterCIDR);
  return Object.entries(networkInterfaces()).flatMap(([device, entries]) =>
    device === own.bridge || range === undefined
      ? []
      : (entries ?? [])
          .filter(({ address }) => contains(range, address))
          .map(({ address }) => `${address} (${device})`),
  );
}
