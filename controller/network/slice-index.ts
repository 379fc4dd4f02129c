import { type SliceObject, serviceNameLabel } from '../reconcilers/endpoints/objects.ts';

/** EndpointSlices by the Service that they say they are of. */
export class SliceIndex {
  /** By key of the store. */
  readonly #services = new Map<string, string>();
  readonly #slices = new Map<string, Map<string, SliceObject>>();

  constructor(slices: Iterable<{ readonly key: string; readonly object: object }>) {
    for (const { key, object } of slices) this.put(key, object as SliceObject, false);
  }

  /** In order of name. */
  of(service: string): SliceObject[] {
    return [...(this.#slices.get(service)?.values() ?? [])].toSorted((one, other) =>
      one.metadata.name < other.metadata.name ? -1 : 1,
    );
  }

  /** Answers the Services, `{namespace}/{name}`, whose endpoints may be others now. */
  put(key: string, slice: SliceObject, gone: boolean): string[] {
    const before = this.#services.get(key);
    if (before !== undefined) this.#slices.get(before)?.delete(key);
    this.#services.delete(key);
    const { namespace, labels } = slice.metadata;
    const name = labels?.[serviceNameLabel];
    const after = gone || name === undefined ? undefined : `${namespace}/${name}`;
    if (after !== undefined) {
      this.#services.set(key, after);
      const known = this.#slices.get(after) ?? new Map<string, SliceObject>();
      this.#slices.set(after, known.set(key, slice));
    }
    if (before !== undefined && this.#slices.get(before)?.size === 0) this.#slices.delete(before);
    return [...new Set([before, after])].filter((each) => each !== undefined);
  }
}
