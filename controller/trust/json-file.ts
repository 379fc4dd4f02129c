import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { decodeJsonText } from '@bramble/protocol/decode.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import type * as z from '@bramble/protocol/zod.ts';

/** A small document in a file, kept in memory. Changes come one after the other, and are durable when they return. */
export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodMiniType<T>;
  #value: T;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws BrambleError BRAMBLE_TRUST_CORRUPT */
  static async open<T>(path: string, schema: z.ZodMiniType<T>, empty: T): Promise<JsonFile<T>> {
    return new JsonFile(path, schema, await readDocument(path, schema, empty));
  }

  private constructor(path: string, schema: z.ZodMiniType<T>, value: T) {
    this.#path = path;
    this.#schema = schema;
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /**
   * The change sees the file as it is on disk, so that what another process wrote in between is kept. What `change`
   * throws is thrown here, and nothing is written.
   */
  update<Result>(change: (value: T) => { next: T; result: Result }): Promise<Result> {
    const work = this.#last.then(async () => {
      const before = await readDocument(this.#path, this.#schema, this.#value);
      const { next, result } = change(before);
      if (next !== before) await writeDurably(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      this.#value = next;
      return result;
    });
    this.#last = work.catch(() => undefined);
    return work;
  }
}

async function readDocument<T>(path: string, schema: z.ZodMiniType<T>, empty: T): Promise<T> {
  const text = await readIfThere(path);
  if (text === undefined) return empty;
  const decoded = decodeJsonText(schema, text);
  if (decoded.ok) return decoded.value;
  throw new BrambleError('BRAMBLE_TRUST_CORRUPT', `${path} cannot be read: ${decoded.message}`);
}
