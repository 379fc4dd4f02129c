/** Over TCP each message has its length in front of it (RFC 1035 §4.2.2). */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Cuts what arrives into messages. Holds at most one unfinished message, 64 KiB. */
export class MessageReader {
  #held: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): Buffer[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const messages: Buffer[] = [];
    while (this.#held.length >= 2) {
      const end = 2 + this.#held.readUInt16BE(0);
      if (this.#held.length < end) break;
      messages.push(this.#held.subarray(2, end));
      this.#held = this.#held.subarray(end);
    }
    return messages;
  }
}
