import type { Host } from '@bramble/actors/host.ts';
import { Slices } from '../slices.ts';

/** Writes to watches whose time has come, in slices: to write to a thousand takes longer than others should wait. */
export class DueWrites {
  #due: (() => void)[] = [];

  add(host: Pick<Host, 'monotonic' | 'defer'>, write: () => void): void {
    this.#due.push(write);
    if (this.#due.length === 1) host.defer(() => void this.#work(host));
  }

  /** What comes meanwhile is written behind the rest. */
  async #work(host: Pick<Host, 'monotonic' | 'defer'>): Promise<void> {
    const slices = new Slices(host);
    const due = this.#due;
    for (let next = 0; next < due.length; next += 1) {
      due[next]?.();
      if (slices.isOver) await slices.next();
    }
    this.#due = [];
  }
}
