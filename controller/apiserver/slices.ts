import type { Host } from '@bramble/actors/host.ts';

/** How long others wait at most, beside what one piece of the work takes beyond. */
const sliceMs = 4;

/** Lets others have their turn in the midst of work that takes long: a list of thousands, a message of many documents. */
export class Slices {
  readonly #host: Pick<Host, 'monotonic' | 'defer'>;
  #endsMs: number;

  constructor(host: Pick<Host, 'monotonic' | 'defer'>) {
    this.#host = host;
    this.#endsMs = host.monotonic() + sliceMs;
  }

  /** Where it is, wait for `next` before going on. */
  get isOver(): boolean {
    return this.#host.monotonic() >= this.#endsMs;
  }

  /** Resolves when whoever waited has had a turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => this.#host.defer(resolve));
    this.#endsMs = this.#host.monotonic() + sliceMs;
  }
}

/** All parts, made in slices. */
export async function gatherInSlices<Part>(
  parts: Iterable<Part>,
  host: Pick<Host, 'monotonic' | 'defer'>,
): Promise<Part[]> {
  const slices = new Slices(host);
  const gathered: Part[] = [];
  for (const part of parts) {
    gathered.push(part);
    if (slices.isOver) await slices.next();
  }
  return gathered;
}
