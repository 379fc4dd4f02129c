/** A body that is not what it claims to be; the message says where it stops making sense. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export type WireType = 0 | 1 | 2 | 5;

/** Reads protobuf's wire format (protobuf.dev/programming-guides/encoding) from a slice, without copying it. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Field number and wire type of what follows. */
  tag(): { readonly number: number; readonly type: WireType } {
    const tag = Number(this.varint());
    const type = tag & 7;
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 2 ** 29) throw this.#fault('a field number out of range');
    if (type !== 0 && type !== 1 && type !== 2 && type !== 5) throw this.#fault(`wire type ${type}`);
    return { number, type };
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw this.#fault('a number longer than ten bytes');
  }

  /** A signed number; int32 and int64 are both written as 64 bits of two's complement. */
  integer(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  /** The bytes of a string, of bytes or of a message, as a view of the input. */
  bytes(): Uint8Array {
    const length = Number(this.varint());
    if (length > this.#end - this.#at) throw this.#fault(`a length of ${length} beyond the end`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  double(): number {
    const at = this.#fixed(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getFloat64(at, true);
  }

  skip(type: WireType): void {
    if (type === 0) this.varint();
    else if (type === 2) this.bytes();
    else this.#fixed(type === 1 ? 8 : 4);
  }

  #fixed(size: number): number {
    if (size > this.#end - this.#at) throw this.#fault('the end of the body');
    this.#at += size;
    return this.#at - size;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw this.#fault('the end of the body');
    this.#at += 1;
    return byte;
  }

  #fault(found: string): DecodeError {
    return new DecodeError(`not valid protobuf: ${found} at byte ${this.#at}`);
  }
}
