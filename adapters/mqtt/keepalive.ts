/** What a connection does to be known to live, and to know. */
export interface Pulse {
  ping(): void;
  /** The broker did not answer. */
  giveUp(): void;
  /** Bytes that came so far, of whole packets or not: one large message may take longer than a keepalive on a slow link. */
  bytesRead(): number;
  /** Nothing is read just now, so that silence says nothing. */
  isPaused(): boolean;
}

/**
 * A ping when for one keepalive nothing was sent (MQTT 3.1.1 §3.1.2.10) or nothing has come, and half a keepalive for
 * its answer: a dead link is known after one and a half.
 */
export class Keepalive {
  readonly #keepaliveMs: number;
  readonly #pulse: Pulse;
  #sentAtMs = performance.now();
  #heardAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(keepaliveSeconds: number, pulse: Pulse) {
    this.#keepaliveMs = keepaliveSeconds * 1_000;
    this.#pulse = pulse;
  }

  start(): void {
    if (this.#keepaliveMs > 0) this.#wait();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  sent(): void {
    this.#sentAtMs = performance.now();
  }

  heard(): void {
    this.#heardAtMs = performance.now();
  }

  #wait(): void {
    const dueMs = Math.min(this.#sentAtMs, this.#heardAtMs) + this.#keepaliveMs - performance.now();
    this.#timer = setTimeout(() => this.#look(), Math.max(1, dueMs));
  }

  #look(): void {
    const quietSinceMs = Math.min(this.#sentAtMs, this.#heardAtMs);
    // A timer may come a little early.
    if (performance.now() - quietSinceMs < this.#keepaliveMs - 1) return this.#wait();
    const read = this.#pulse.bytesRead();
    this.#pulse.ping();
    // Where this process stood still, the answer may lie with the kernel: it is read before it is judged.
    this.#timer = setTimeout(() => setImmediate(() => this.#judge(read)), this.#keepaliveMs / 2);
  }

  #judge(readBefore: number): void {
    if (this.#isStopped) return;
    if (this.#pulse.bytesRead() === readBefore && !this.#pulse.isPaused()) return this.#pulse.giveUp();
    this.heard();
    this.#wait();
  }
}
