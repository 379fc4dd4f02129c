/** What is to be sent of one stream, oldest first. */
interface Line {
  readonly stream: string;
  readonly payloads: Uint8Array[];
}

/**
 * The frames of all streams, let through a window: only so many bytes are under way to the broker at once, so that a status
 * stands behind no more than these, however much the streams have to say. Streams take turns, frame by frame. What waits is
 * bounded by the streams' credit.
 */
export class SendQueue {
  readonly #windowBytes: number;
  readonly #lines = new Map<string, Line>();
  #underWay = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  get underWayBytes(): number {
    return this.#underWay;
  }

  put(stream: string, payload: Uint8Array): void {
    const line = this.#lines.get(stream);
    if (line) line.payloads.push(payload);
    else this.#lines.set(stream, { stream, payloads: [payload] });
  }

  /** The next frame that may be sent, if any; `sent` is called for it once it has arrived. */
  take(): { readonly stream: string; readonly payload: Uint8Array } | undefined {
    if (this.#underWay >= this.#windowBytes) return undefined;
    const line = this.#lines.values().next().value;
    const payload = line?.payloads.shift();
    if (!line || !payload) return undefined;
    this.#lines.delete(line.stream);
    if (line.payloads.length > 0) this.#lines.set(line.stream, line);
    this.#underWay += payload.length;
    return { stream: line.stream, payload };
  }

  sent(bytes: number): void {
    this.#underWay -= bytes;
  }

  /** The connection is gone, and with it all that waited. */
  clear(): void {
    this.#lines.clear();
    this.#underWay = 0;
  }
}
