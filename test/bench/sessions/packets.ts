/** As much of MQTT 3.1.1 as a board's connection needs, in as few bytes and turns as it goes. */

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export const pingRequest = Buffer.from([0xc0, 0]);
export const disconnect = Buffer.from([0xe0, 0]);

export function connectPacket(clientId: string, keepaliveSeconds: number, will: Will | undefined): Buffer {
  const flags = 0x02 | (will ? 0x04 | 0x08 | (will.retain ? 0x20 : 0) : 0);
  const fixed = Buffer.from([4, flags, keepaliveSeconds >> 8, keepaliveSeconds & 255]);
  const last = will ? [field(will.topic), field(will.payload)] : [];
  return packet(0x10, [field('MQTT'), fixed, field(clientId), ...last]);
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
  { topic, payload, retain }: { topic: string; payload: Uint8Array | string; retain: boolean },
): Buffer {
  const type = 0x30 | (retain ? 1 : 0) | (id === undefined ? 0 : 2);
  return packet(type, [field(topic), ...(id === undefined ? [] : [number(id)]), Buffer.from(payload)]);
}

export function pubackPacket(id: number): Buffer {
  return packet(0x40, [number(id)]);
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
  return Buffer.concat([number(bytes.length), bytes]);
}

const number = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

export type Received =
  | { readonly type: 'connack'; readonly code: number }
  | { readonly type: 'suback'; readonly refused: boolean; readonly id: number }
  | { readonly type: 'puback'; readonly id: number }
  | {
      readonly type: 'publish';
      readonly topic: string;
      readonly payload: Buffer;
      readonly retained: boolean;
      readonly id: number | undefined;
    }
  | { readonly type: 'other' };

/** Cuts a stream of bytes into packets. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  feed(chunk: Buffer, take: (packet: Received) => void): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = frameEnd(this.#rest);
      if (end === undefined || end.at > this.#rest.length) break;
      const type = this.#rest[0] as number;
      const body = this.#rest.subarray(end.body, end.at);
      this.#rest = this.#rest.subarray(end.at);
      take(decode(type, body));
    }
    // What stays would otherwise keep a whole chunk alive.
    this.#rest = this.#rest.length === 0 ? Buffer.alloc(0) : Buffer.from(this.#rest);
  }
}

/** Where the body of the first packet begins and ends; `undefined` while its length is not known. */
function frameEnd(bytes: Buffer): { body: number; at: number } | undefined {
  let length = 0;
  for (let index = 1; index < Math.min(bytes.length, 5); index += 1) {
    const byte = bytes[index] as number;
    length += (byte & 0x7f) * 128 ** (index - 1);
    if ((byte & 0x80) === 0) return { body: index + 1, at: index + 1 + length };
  }
  return undefined;
}

function decode(type: number, body: Buffer): Received {
  switch (type >> 4) {
    case 2:
      return { type: 'connack', code: body[1] ?? 255 };
    case 3:
      return decodePublish(type, body);
    case 4:
      return { type: 'puback', id: body.readUInt16BE(0) };
    case 9:
      return { type: 'suback', id: body.readUInt16BE(0), refused: body.subarray(2).includes(128) };
    default:
      return { type: 'other' };
  }
}

function decodePublish(type: number, body: Buffer): Received {
  const topicEnd = 2 + body.readUInt16BE(0);
  const confirmed = (type & 0x06) !== 0;
  return {
    type: 'publish',
    topic: body.toString('utf8', 2, topicEnd),
    id: confirmed ? body.readUInt16BE(topicEnd) : undefined,
    payload: body.subarray(topicEnd + (confirmed ? 2 : 0)),
    retained: (type & 1) === 1,
  };
}
