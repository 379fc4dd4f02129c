import { createHash } from 'node:crypto';
import { ipBatch } from './commands.ts';
import { interfaces, isNamespace, removeHusk } from './kernel.ts';
import { linkName, namespaceName } from './names.ts';

/** Larger ones are of other programs: the kernel's groups of interfaces are plain numbers. */
const firstGroup = 0x62_00_00_00;

interface Removal {
  readonly uid: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Takes pods' cables and namespaces away, those together that come while others are under way: the kernel waits tens of
 * milliseconds for each cable that is removed alone, and as long for all cables of a group.
 */
export class Removals {
  readonly #prefix: string;
  readonly #group: number;
  #waiting: Removal[] = [];
  #busy = false;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#group = firstGroup + createHash('sha256').update(prefix).digest().readUIntBE(0, 3);
  }

  remove(uid: string): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ uid, done, failed });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      try {
        await this.#together(batch.map(({ uid }) => uid));
        for (const { done } of batch) done();
      } catch {
        // A cable may vanish at any moment with its other end: alone, each is found out about.
        for (const { uid, done, failed } of batch) await this.#together([uid]).then(done, failed);
      }
    }
    this.#busy = false;
  }

  #take(): Removal[] {
    const batch = this.#waiting;
    this.#waiting = [];
    return batch;
  }

  async #together(uids: readonly string[]): Promise<void> {
    const there = await interfaces();
    const links = [...new Set(uids.map((uid) => linkName(this.#prefix, uid)))].filter((link) =>
      there.has(link),
    );
    const names = [...new Set(uids.map((uid) => namespaceName(this.#prefix, uid)))];
    const namespaces: string[] = [];
    for (const name of names) if (await isNamespace(name)) namespaces.push(name);
    await ipBatch([
      // The kernel would remove the cable with the namespace, but only some time later.
      ...links.map((link) => `link set dev ${link} group ${this.#group}`),
      ...(links.length > 0 ? [`link del group ${this.#group}`] : []),
      ...namespaces.map((name) => `netns del ${name}`),
    ]);
    for (const name of names) if (!namespaces.includes(name)) await removeHusk(name);
  }
}
