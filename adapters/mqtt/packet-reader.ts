export type Received =
  | { readonly type: 'connack'; readonly code: number }
  | { readonly type: 'suback'; readonly isRefused: boolean; readonly id: number }
  | { readonly type: 'puback' | 'pubrel'; readonly id: number }
  | {
      readonly type: 'publish';
      readonly topic: string;
      readonly payload: Buffer;
      readonly retained: boolean;
      readonly qos: 0 | 1 | 2;
      /** Of a message with QoS 1 or 2. */
      readonly id: number | undefined;
    }
  | { readonly type: 'other' };

/** The largest object that the API takes has 1.5 MB; what a broker sends beyond all need would fill a board's memory. */
const packetBytes = 16 * 1_048_576;

/** Cuts a stream of bytes into packets. */
export class PacketReader {
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Nothing is to be found before there are so many bytes. */
  #needed = 2;

  /** @throws Error when this is not MQTT 3.1.1; there is no going on then. */
  feed(chunk: Buffer, take: (packet: Received) => void): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    for (;;) {
      const end = frameEnd(rest);
      this.#needed = end?.at ?? rest.length + 1;
      if (end === undefined || end.at > rest.length) break;
      const [type, body] = [rest[0] as number, rest.subarray(end.body, end.at)];
      rest = rest.subarray(end.at);
      take(decode(type, body));
    }
    // What stays would otherwise keep a whole chunk alive.
    this.#parts = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#bytes = rest.length;
  }
}

/** Where the body of the first packet begins and ends (§2.2.3); `undefined` while its length is not known. */
function frameEnd(bytes: Buffer): { body: number; at: number } | undefined {
  let length = 0;
  for (let index = 1; index < Math.min(bytes.length, 5); index += 1) {
    const byte = bytes[index] as number;
    length += (byte & 0x7f) * 128 ** (index - 1);
    if (length > packetBytes) throw new Error(`a packet of more than ${packetBytes} bytes`);
    if ((byte & 0x80) === 0) return { body: index + 1, at: index + 1 + length };
  }
  if (bytes.length < 5) return undefined;
  throw new Error('a packet whose length never ends');
}

function decode(type: number, body: Buffer): Received {
  switch (type >> 4) {
    case 2:
      return { type: 'connack', code: body.readUInt8(1) };
    case 3:
      return decodePublish(type, body);
    case 4:
      return { type: 'puback', id: body.readUInt16BE(0) };
    case 6:
      return { type: 'pubrel', id: body.readUInt16BE(0) };
    case 9:
      return { type: 'suback', id: body.readUInt16BE(0), isRefused: body.subarray(2).includes(128) };
    default:
      return { type: 'other' };
  }
}

function decodePublish(type: number, body: Buffer): Received {
  const topicEnd = 2 + body.readUInt16BE(0);
  if (topicEnd > body.length) throw new RangeError('a topic that is longer than its packet');
  const qos = (type >> 1) & 3;
  if (qos === 3) throw new Error('a message with QoS 3');
  return {
    type: 'publish',
    topic: body.toString('utf8', 2, topicEnd),
    qos: qos as 0 | 1 | 2,
    id: qos === 0 ? undefined : body.readUInt16BE(topicEnd),
    payload: body.subarray(topicEnd + (qos === 0 ? 0 : 2)),
    retained: (type & 1) === 1,
  };
}
