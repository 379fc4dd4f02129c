/** An IPv4 or IPv6 network such as `10.42.3.0/24`, its addresses as numbers. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** `undefined` for what is no CIDR. Host bits are dropped. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefixText = '', ...more] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || more.length > 0 || !/^\d{1,3}$/.test(prefixText)) return undefined;
  const bits = parsed.version === 4 ? 32 : 128;
  const prefix = Number(prefixText);
  if (prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const first = (parsed.value / size) * size;
  return { version: parsed.version, prefix, first, last: first + size - 1n };
}

/** As it is written: without host bits. */
export const cidrText = ({ version, first, prefix }: Cidr): string =>
  `${formatAddress(version, first)}/${prefix}`;

/** The bridge's own address: the first after the network's. */
export function gatewayAddress(cidr: Cidr): string {
  return formatAddress(cidr.version, cidr.first + 1n);
}

/**
 * An address of `cidr` for a pod, or `undefined` when all are in use. Never the network's, the bridge's or (IPv4) the
 * broadcast address. Searching goes on after `after`, the address given last: one that was just freed rests a while, so that
 * what still talks to the old pod does not reach the new one.
 */
export function allocateAddress(
  cidr: string,
  used: Iterable<string>,
  after?: string | undefined,
): string | undefined {
  const network = parseCidr(cidr);
  if (network === undefined) return undefined;
  const lowest = network.first + 2n;
  const highest = network.version === 4 ? network.last - 1n : network.last;
  const taken = numbersIn(used, network);
  const previous = after === undefined ? undefined : parseAddress(after)?.value;
  const start = previous !== undefined && previous >= lowest && previous < highest ? previous + 1n : lowest;
  const found = firstFree(start, highest, taken) ?? firstFree(lowest, start - 1n, taken);
  return found === undefined ? undefined : formatAddress(network.version, found);
}

export function contains(network: Cidr, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed?.version === network.version && parsed.value >= network.first && parsed.value <= network.last;
}

/** `taken` is finite, so that even an IPv6 network is searched in as many steps as there are pods. */
function firstFree(from: bigint, to: bigint, taken: ReadonlySet<bigint>): bigint | undefined {
  for (let candidate = from; candidate <= to; candidate += 1n) {
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
}

function numbersIn(used: Iterable<string>, network: Cidr): ReadonlySet<bigint> {
  const numbers = new Set<bigint>();
  for (const address of used) {
    const parsed = parseAddress(address);
    if (parsed?.version === network.version) numbers.add(parsed.value);
  }
  return numbers;
}

export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

function parseIPv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return { version: 4, value };
}

/** RFC 4291 §2.2, without the form that ends in an IPv4 address. */
function parseIPv6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail];
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return { version: 6, value };
}

export function formatAddress(version: 4 | 6, value: bigint): string {
  if (version === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  return compressZeros(groups.map((group) => group.toString(16)));
}

/** RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals. */
function compressZeros(groups: readonly string[]): string {
  const runs = [...groups.join(':').matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].map((match) => match[0]);
  const longest = runs.reduce((best, next) => (next.length > best.length ? next : best), '');
  const text = groups.join(':');
  if (longest === '') return text;
  const at = text.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  const before = text.slice(0, at).replace(/:$/, '');
  const rest = text.slice(at + longest.length).replace(/^:/, '');
  return `${before}::${rest}`;
}
