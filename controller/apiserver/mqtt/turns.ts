interface Bounds {
  /** Of all users together: under way, and waiting or under way. */
  readonly underWay: number;
  readonly entries: number;
  readonly bytes: number;
  readonly entriesOfOne: number;
  readonly bytesOfOne: number;
}

interface Entry<Work> {
  readonly work: Work;
  readonly bytes: number;
}

interface Line<Work> {
  readonly waiting: Entry<Work>[];
  entries: number;
  bytes: number;
}

/**
 * What many users ask for, carried out in turns: one of each user after the other, so that whoever asks for much waits
 * for himself alone. Bounded for each of them and in all (guarantee G8).
 */
export class Turns<Work> {
  readonly #bounds: Bounds;
  /** Whose turn comes first stands first. */
  readonly #lines = new Map<string, Line<Work>>();
  #underWay = 0;
  #entries = 0;
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** `false` when there is no room. */
  add(user: string, work: Work, bytes: number): boolean {
    const line = this.#lines.get(user) ?? { waiting: [], entries: 0, bytes: 0 };
    const { entries, bytes: mostBytes, entriesOfOne, bytesOfOne } = this.#bounds;
    const isFull = this.#entries >= entries || this.#bytes + bytes > mostBytes;
    if (isFull || line.entries >= entriesOfOne || line.bytes + bytes > bytesOfOne) return false;
    line.waiting.push({ work, bytes });
    this.#lines.set(user, line);
    this.#count(line, 1, bytes);
    return true;
  }

  /** The next to be carried out, if one may be now; `done` is called when it is over. */
  next(): { readonly work: Work; readonly done: () => void } | undefined {
    if (this.#underWay >= this.#bounds.underWay) return undefined;
    for (const [user, line] of this.#lines) {
      const entry = line.waiting.shift();
      if (!entry) continue;
      this.#lines.delete(user);
      this.#lines.set(user, line);
      this.#underWay += 1;
      return { work: entry.work, done: () => this.#done(user, line, entry.bytes) };
    }
    return undefined;
  }

  #done(user: string, line: Line<Work>, bytes: number): void {
    this.#underWay -= 1;
    this.#count(line, -1, -bytes);
    if (line.entries === 0) this.#lines.delete(user);
  }

  #count(line: Line<Work>, entries: 1 | -1, bytes: number): void {
    line.entries += entries;
    line.bytes += bytes;
    this.#entries += entries;
    this.#bytes += bytes;
  }
}
