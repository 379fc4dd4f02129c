/** An IPv4 range that Services get their addresses from, such as `10.43.0.0/16`. */
export interface AddressRange {
  readonly text: string;
  readonly first: number;
  readonly size: number;
}

/** @throws RangeError when it is no IPv4 range of /8 to /28. */
export function addressRange(text: string): AddressRange {
  const [address = '', bitsText = ''] = text.split('/');
  const bits = Number(bitsText);
  const value = addressNumber(address);
  if (value === undefined || !/^\d{1,2}$/.test(bitsText) || bits < 8 || bits > 28)
    throw new RangeError(`${text} is no IPv4 range from /8 to /28, like 10.43.0.0/16`);
  const size = 2 ** (32 - bits);
  return { text, first: value - (value % size), size };
}

export function addressNumber(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** The n-th address of a range: 1 is the API server's, 10 cluster DNS', as everywhere. */
export const addressAt = (range: AddressRange, index: number): string => addressText(range.first + index);

export const apiServerIndex = 1;
export const clusterDnsIndex = 10;

/** Neither the network's nor the broadcast address. */
export function isUsable({ first, size }: AddressRange, address: string): boolean {
  const value = addressNumber(address);
  return value !== undefined && value > first && value < first + size - 1;
}
