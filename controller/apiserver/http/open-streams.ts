import type { UserInfo } from '../request.ts';

interface Open {
  readonly user: UserInfo;
  readonly end: () => void;
}

/** Watches, logs and connections into pods that are open, each with whom it was opened for. */
export class OpenStreams {
  readonly #open = new Set<Open>();

  /** @param end cuts it off. The function returned is called when it is over. */
  add(user: UserInfo, end: () => void): () => void {
    const stream = { user, end };
    this.#open.add(stream);
    return () => void this.#open.delete(stream);
  }

  /** Cuts off whoever is no longer let in: a token that was taken away opens nothing, and keeps nothing open (guarantee G7). */
  endOthers(isStillLetIn: (user: UserInfo) => boolean): void {
    for (const { user, end } of this.#open) if (!isStillLetIn(user)) end();
  }
}
