import { BrambleError } from '@bramble/protocol/errors.ts';
import { parseCidr } from '../network/addresses.ts';
import type { Place } from './place.ts';

/** Another agent of this machine, now or earlier. */
export interface Neighbour extends Place {
  /** The agent's process, where it runs. */
  readonly process: { readonly pid: number; readonly command: string } | undefined;
  /** Pods that run on its account. */
  readonly pods: number;
  readonly dataDirIsThere: boolean;
}

export interface Neighbourhood {
  /** Names of containers of this data directory that podman knows nothing of any more. */
  readonly forgotten: readonly string[];
  readonly others: readonly Neighbour[];
  /** Devices on the bridge that are nobody's that this agent knows. */
  readonly plugged: readonly string[];
  /** Addresses of other devices inside the cluster's range. */
  readonly addresses: readonly string[];
}

const shownNames = 3;

/** Why an agent cannot begin here; `undefined` when it can. What is in the way is named, and what to type. */
export function objectionTo(own: Place, around: Neighbourhood): BrambleError | undefined {
  if (around.forgotten.length > 0) return leftovers(own.dataDir, listed(around.forgotten));
  for (const other of around.others) {
    const conflict = conflictWith(own, other);
    const objection = conflict && objectionToNeighbour(conflict, other);
    if (objection) return objection;
  }
  if (around.plugged.length > 0)
    return inUse(
      `bridge ${own.bridge} carries ${listed(around.plugged)}, which are no pods of this data directory; choose another with --bridge`,
    );
  if (around.addresses.length > 0)
    return inUse(
      `this machine has ${listed(around.addresses)} inside ${own.clusterCIDR}, where pods get their addresses; choose another range with --cluster-cidr of \`bramble up\``,
    );
  return undefined;
}

/** What both want, as the beginning of a sentence, and what to do about it. */
interface Conflict {
  readonly what: string;
  readonly cure: string;
}

function objectionToNeighbour({ what, cure }: Conflict, other: Neighbour): BrambleError | undefined {
  const { process, pods, dataDir, dataDirIsThere } = other;
  if (process)
    return inUse(
      `${what} of the Bramble in ${dataDir} (process ${process.pid}, ${process.command}); ${cure}`,
    );
  // It was stopped, and nothing of it is left that could be in the way.
  if (pods === 0) return undefined;
  if (!dataDirIsThere) return leftovers(dataDir, `${pods} pods`);
  return inUse(
    `${what} of the Bramble in ${dataDir}, which is stopped while ${pods} of its pods run; ${cure}, or end it with \`bramble reset --data-dir ${dataDir}\``,
  );
}

const otherNetwork = 'choose others with --bridge and --cluster-cidr';
const otherServices = 'another range with --service-cidr of `bramble up`';

function conflictWith(own: Place, other: Place): Conflict | undefined {
  const services = [other.serviceCIDR, other.clusterCIDR].find((range) => overlap(own.serviceCIDR, range));
  const cure = services === undefined ? otherNetwork : `${otherNetwork}, and ${otherServices}`;
  if (own.bridge === other.bridge) return { what: `bridge ${own.bridge} is that`, cure };
  const pods = [other.clusterCIDR, other.serviceCIDR].find((range) => overlap(own.clusterCIDR, range));
  if (pods !== undefined) return { what: `the range ${own.clusterCIDR} meets ${pods}, that`, cure };
  if (services === undefined) return undefined;
  const what = `the range of Services ${own.serviceCIDR} meets ${services}, that`;
  return { what, cure: `choose ${otherServices}` };
}

function overlap(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [one, other].map((range) => (range === undefined ? undefined : parseCidr(range)));
  if (a === undefined || b === undefined) return false;
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

function inUse(detail: string): BrambleError {
  return new BrambleError('BRAMBLE_NETWORK_IN_USE', detail);
}

function leftovers(dataDir: string, who: string): BrambleError {
  return new BrambleError(
    'BRAMBLE_LEFTOVERS',
    `${who} of an earlier Bramble in ${dataDir}; \`bramble reset --data-dir ${dataDir}\` ends and removes what is left of it`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length - shownNames;
  return names.slice(0, shownNames).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
