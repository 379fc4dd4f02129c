import type { ConfigMap } from './api.ts';

interface Written {
  readonly revision: number;
  readonly marker: string;
}

/** What was answered over all rounds, and what is wrong with what is found later. */
export class Ledger {
  /** The newest answered write of each name. */
  readonly #newest = new Map<string, Written>();
  /** Who was given a revision: name and marker. */
  readonly #givenTo = new Map<number, string>();
  readonly violations: string[] = [];
  answered = 0;
  newestRevision = 0;

  note(object: ConfigMap): void {
    const revision = Number(object.metadata.resourceVersion);
    const marker = object.data?.marker ?? '';
    this.answered += 1;
    this.newestRevision = Math.max(this.newestRevision, revision);
    this.see(revision, `${object.metadata.name} ${marker}`);
    const before = this.#newest.get(object.metadata.name);
    if (!before || before.revision < revision) this.#newest.set(object.metadata.name, { revision, marker });
  }

  /** G2: a revision belongs to one write alone, whoever tells of it. */
  see(revision: number, what: string): void {
    const before = this.#givenTo.get(revision);
    if (before !== undefined && before !== what)
      this.violations.push(`revision ${revision} was given twice: to ${before}, and to ${what}`);
    this.#givenTo.set(revision, what);
  }

  /** G1: what was answered is there, or a newer write of the same name in its place. */
  check(found: readonly ConfigMap[], listRevision: number): void {
    if (listRevision < this.newestRevision)
      this.violations.push(`the store is at ${listRevision}, and ${this.newestRevision} was answered`);
    for (const { metadata, data } of found)
      this.see(Number(metadata.resourceVersion), `${metadata.name} ${data?.marker ?? ''}`);
    const byName = new Map(found.map((object) => [object.metadata.name, object]));
    for (const [name, { revision, marker }] of this.#newest) {
      const object = byName.get(name);
      const there = Number(object?.metadata.resourceVersion ?? 0);
      if (there < revision) this.violations.push(`${name} was answered at ${revision}, found at ${there}`);
      else if (there === revision && object?.data?.marker !== marker)
        this.violations.push(`${name} at ${revision} says ${object?.data?.marker}, not ${marker}`);
    }
  }
}
