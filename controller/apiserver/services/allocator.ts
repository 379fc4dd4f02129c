import { type AddressRange, addressAt, apiServerIndex, clusterDnsIndex, isUsable } from './ranges.ts';
import type { ServiceObject } from './shape.ts';

/** Kubernetes' own range. */
export const nodePortRange = { first: 30_000, last: 32_767 } as const;

export interface AllocatorPorts {
  /** All Services as they are stored. */
  readonly services: () => Iterable<ServiceObject>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Whose an address or port is: one Service's, however often it asks. */
const ownerOf = ({ metadata }: ServiceObject): string => `${metadata.namespace}/${metadata.name}`;

/**
 * Gives Services their addresses and ports. What is stored is taken, and so is what was given to a write that is under
 * way: two that come at the same moment get different ones, and nothing is leaked when a Service goes.
 */
export class ServiceAllocator {
  readonly range: AddressRange;
  readonly #ports: AllocatorPorts;
  /** Address, or `protocol/port`, to the owner, for writes under way. */
  readonly #promised = new Map<string, string>();

  constructor(range: AddressRange, ports: AllocatorPorts) {
    this.range = range;
    this.#ports = ports;
  }

  begin(service: ServiceObject): Reservation {
    return new Reservation(this.range, this.#ports, this.#taken(), this.#promised, ownerOf(service));
  }

  #taken(): Map<string, string> {
    const taken = new Map(this.#promised);
    for (const service of this.#ports.services()) {
      const { clusterIP, ports = [] } = service.spec ?? {};
      const owner = ownerOf(service);
      if (clusterIP && clusterIP !== 'None') taken.set(clusterIP, owner);
      for (const { protocol, nodePort } of ports) if (nodePort) taken.set(portKey(protocol, nodePort), owner);
    }
    return taken;
  }
}

const portKey = (protocol: string | undefined, port: number): string => `${protocol ?? 'TCP'}/${port}`;

/** What one write takes. Released when the write is stored, or has failed. */
export class Reservation {
  readonly #range: AddressRange;
  readonly #ports: AllocatorPorts;
  readonly #taken: Map<string, string>;
  readonly #promised: Map<string, string>;
  readonly #owner: string;
  readonly #own: string[] = [];

  constructor(
    range: AddressRange,
    ports: AllocatorPorts,
    taken: Map<string, string>,
    promised: Map<string, string>,
    owner: string,
  ) {
    this.#range = range;
    this.#ports = ports;
    this.#taken = taken;
    this.#promised = promised;
    this.#owner = owner;
  }

  /** Why this address cannot be had; `undefined` when it is now ours. */
  takeAddress(address: string): string | undefined {
    if (!isUsable(this.#range, address))
      return `failed to allocate IP ${address}: the provided IP is not in the valid range. The range of valid IPs is ${this.#range.text}`;
    if (this.#take(address)) return undefined;
    return `failed to allocate IP ${address}: provided IP is already allocated`;
  }

  /** Any free address but those that have a meaning; `undefined` when there is none. */
  anyAddress(): string | undefined {
    const usable = this.#range.size - 2;
    const start = Math.floor(this.#ports.random() * usable);
    for (let step = 0; step < usable; step += 1) {
      const index = 1 + ((start + step) % usable);
      if (index === apiServerIndex || index === clusterDnsIndex) continue;
      const address = addressAt(this.#range, index);
      if (!this.#taken.has(address) && this.#take(address)) return address;
    }
    return undefined;
  }

  takePort(protocol: string | undefined, port: number): string | undefined {
    const { first, last } = nodePortRange;
    if (port < first || port > last)
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return this.#take(portKey(protocol, port)) ? undefined : 'provided port is already allocated';
  }

  /** A port that is free for all the protocols that need it. */
  anyPort(protocol: string | undefined): number | undefined {
    const count = nodePortRange.last - nodePortRange.first + 1;
    const start = Math.floor(this.#ports.random() * count);
    for (let step = 0; step < count; step += 1) {
      const port = nodePortRange.first + ((start + step) % count);
      const free = ['TCP', 'UDP', 'SCTP'].every((each) => !this.#taken.has(portKey(each, port)));
      if (free && this.#take(portKey(protocol, port))) return port;
    }
    return undefined;
  }

  release(): void {
    for (const key of this.#own) if (this.#promised.get(key) === this.#owner) this.#promised.delete(key);
    this.#own.length = 0;
  }

  #take(key: string): boolean {
    const owner = this.#taken.get(key);
    if (owner !== undefined && owner !== this.#owner) return false;
    this.#taken.set(key, this.#owner);
    if (!this.#promised.has(key)) {
      this.#promised.set(key, this.#owner);
      this.#own.push(key);
    }
    return true;
  }
}
