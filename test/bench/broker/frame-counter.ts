const types = { connack: 2, publish: 3, puback: 4, suback: 9 } as const;
const nothing = Buffer.alloc(0);

/** Cuts what a broker sends into packets, counts them by kind, and makes the PUBACKs that it waits for. */
export class FrameCounter {
  connacks = 0;
  publishes = 0;
  pubacks = 0;
  subacks = 0;
  #rest: Buffer = nothing;
  readonly #due: number[] = [];

  /** PUBACKs for all messages with QoS 1 that are whole now. */
  feed(chunk: Buffer): Buffer | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = this.#frame(bytes, at);
      if (end === undefined) break;
      at = end;
    }
    this.#rest = at === bytes.length ? nothing : bytes.subarray(at);
    return this.#answer();
  }

  /** Where the packet that begins here ends; nothing when it is not whole. */
  #frame(bytes: Buffer, at: number): number | undefined {
    let length = 0;
    let body = at + 1;
    for (let shift = 0; ; shift += 7) {
      const digit = bytes[body];
      if (digit === undefined) return undefined;
      length += (digit & 127) << shift;
      body += 1;
      if (digit < 128) break;
    }
    if (body + length > bytes.length) return undefined;
    this.#count(bytes, bytes[at] ?? 0, body);
    return body + length;
  }

  #count(bytes: Buffer, head: number, body: number): void {
    const type = head >> 4;
    if (type === types.publish) {
      this.publishes += 1;
      if (head & 6) this.#due.push(bytes.readUInt16BE(body + 2 + bytes.readUInt16BE(body)));
    } else if (type === types.puback) this.pubacks += 1;
    else if (type === types.suback) this.subacks += 1;
    else if (type === types.connack) {
      if (bytes[body + 1] !== 0) throw new Error(`CONNECT was refused with ${bytes[body + 1]}`);
      this.connacks += 1;
    }
  }

  #answer(): Buffer | undefined {
    if (this.#due.length === 0) return undefined;
    const answer = Buffer.allocUnsafe(this.#due.length * 4);
    for (const [index, id] of this.#due.entries()) {
      answer.writeUInt16BE(0x4002, index * 4);
      answer.writeUInt16BE(id, index * 4 + 2);
    }
    this.#due.length = 0;
    return answer;
  }
}
