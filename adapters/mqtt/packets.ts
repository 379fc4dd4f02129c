import type { DialOptions, OutgoingMessage } from './port.ts';

/** As much of MQTT 3.1.1 as one client needs that sends with QoS 1 at most, and keeps no session. */

export type Connect = Pick<DialOptions, 'clientId' | 'keepaliveSeconds' | 'will'> & {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
};

export const pingRequest = Buffer.from([0xc0, 0]);
export const disconnect = Buffer.from([0xe0, 0]);

/** §3.1: a clean session; the will with QoS 1. */
export function connectPacket({ clientId, keepaliveSeconds, will, username, password }: Connect): Buffer {
  const flags =
    0x02 |
    (will ? 0x0c | (will.retain ? 0x20 : 0) : 0) |
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  const fixed = Buffer.from([4, flags, keepaliveSeconds >> 8, keepaliveSeconds & 255]);
  const rest = [will?.topic, will?.payload, username, password].filter((each) => each !== undefined);
  return packet(0x10, [field('MQTT'), fixed, field(clientId), ...rest.map(field)]);
}

export function subscribePacket(id: number, filters: readonly string[]): Buffer {
  return packet(0x82, [number(id), ...filters.flatMap((filter) => [field(filter), Buffer.from([1])])]);
}

export function unsubscribePacket(id: number, filters: readonly string[]): Buffer {
  return packet(0xa2, [number(id), ...filters.map(field)]);
}

/** @param id of a message with QoS 1; `undefined`: QoS 0 */
export function publishPacket(
  id: number | undefined,
  { topic, payload, retain }: Pick<OutgoingMessage, 'topic' | 'payload' | 'retain'>,
): Buffer {
  const type = 0x30 | (retain ? 1 : 0) | (id === undefined ? 0 : 2);
  return packet(type, [field(topic), ...(id === undefined ? [] : [number(id)]), Buffer.from(payload)]);
}

/** PUBACK ends a message with QoS 1; the others are §4.3.3's, of a message with QoS 2. */
const acknowledgements = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 } as const;

export function acknowledgement(type: keyof typeof acknowledgements, id: number): Buffer {
  return packet(acknowledgements[type], [number(id)]);
}

function packet(type: number, parts: readonly Buffer[]): Buffer {
  const header = [type];
  let rest = parts.reduce((sum, part) => sum + part.length, 0);
  do {
    header.push((rest % 128) | (rest > 127 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), ...parts]);
}

function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  if (bytes.length > 0xffff) throw new RangeError(`${bytes.length} bytes do not fit into a field of MQTT`);
  return Buffer.concat([number(bytes.length), bytes]);
}

const number = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
