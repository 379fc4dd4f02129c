import type { KeyObject } from 'node:crypto';
import { decodeJson } from '@bramble/protocol/decode.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import type { ConfigMap, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { unseal } from '@bramble/protocol/sealing.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { BoardFacts, Data, DesiredPod } from './desired.ts';
import type { HeldObject, Ledger, PodRecord } from './ledger.ts';

const secretData = z.record(z.string(), z.string());

/** Makes what workers work towards out of a ledger, and opens each Secret once. */
export class DesiredPods {
  readonly #board: BoardFacts;
  readonly #sealingKey: KeyObject;
  readonly #opened = new WeakMap<HeldObject, Data>();
  readonly #parts = new Map<string, readonly unknown[]>();

  constructor(board: BoardFacts, sealingKey: KeyObject) {
    this.#board = board;
    this.#sealingKey = sealingKey;
  }

  /** The pods that are not what they were at the last call, by uid. */
  changes(ledger: Ledger): DesiredPod[] {
    const byName = objectsByName(ledger);
    const changed: DesiredPod[] = [];
    for (const record of ledger.pods.values()) {
      const held = ledger.objects.get(`pods/${record.uid}`);
      const needed = neededBy(held, byName);
      const parts = [record, held, ...needed.flat()];
      if (same(this.#parts.get(record.uid), parts)) continue;
      this.#parts.set(record.uid, parts);
      changed.push(this.#desired(record, held, needed, ledger.podCIDRs));
    }
    return changed;
  }

  /** One pod, whether it has changed or not. */
  one(ledger: Ledger, uid: string): DesiredPod | undefined {
    const record = ledger.pods.get(uid);
    if (!record) return undefined;
    const held = ledger.objects.get(`pods/${uid}`);
    return this.#desired(record, held, neededBy(held, objectsByName(ledger)), ledger.podCIDRs);
  }

  /** The pod is no longer kept. */
  forget(uid: string): void {
    this.#parts.delete(uid);
  }

  #desired(
    record: PodRecord,
    held: HeldObject | undefined,
    needed: readonly (readonly [string, HeldObject])[],
    podCIDRs: readonly string[],
  ): DesiredPod {
    const { uid, namespace, name, storeId, addresses, receivedAtMs, terminate, final } = record;
    const data = new Map<string, Data>();
    for (const [reference, object] of needed) {
      const content = this.#dataOf(object);
      if (content) data.set(reference, content);
    }
    const pod = held?.object as Pod | undefined;
    const digest = held?.digest ?? '';
    const board = this.#board;
    return {
      uid,
      namespace,
      name,
      storeId,
      digest,
      pod,
      addresses,
      receivedAtMs,
      terminate,
      final,
      data,
      board,
      podCIDRs,
    };
  }

  /** `undefined` for a Secret that was not sealed to this board: as if it did not exist. */
  #dataOf(held: HeldObject): Data | undefined {
    const known = this.#opened.get(held);
    if (known) return known;
    const data = held.sealed === undefined ? plainData(held.object) : this.#unsealed(held, held.sealed);
    if (data) this.#opened.set(held, data);
    return data;
  }

  #unsealed(held: HeldObject, sealed: string): Data | undefined {
    const { uid } = (held.object as unknown as KubeObject).metadata;
    const plain = unseal(this.#sealingKey, `${uid}/${held.digest}`, sealed);
    const decoded = plain && decodeJson(secretData, plain, limits.objectBytes);
    if (!decoded?.ok) return undefined;
    return new Map(Object.entries(decoded.value).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  }
}

function plainData(object: Readonly<Record<string, unknown>>): Data {
  const { data, binaryData } = object as unknown as ConfigMap;
  const entries = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(data ?? {})) entries.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(binaryData ?? {})) entries.set(key, Buffer.from(value, 'base64'));
  return entries;
}

/** ConfigMaps and Secrets by `{plural}/{namespace}/{name}`; of two of one name, the one that the manifest names. */
function objectsByName(ledger: Ledger): Map<string, HeldObject> {
  const byName = new Map<string, HeldObject>();
  for (const [key, held] of ledger.objects) {
    const plural = key.split('/', 1)[0] ?? '';
    if (plural === 'pods') continue;
    const { namespace, name } = (held.object as unknown as KubeObject).metadata;
    const id = `${plural}/${namespace}/${name}`;
    if (!byName.has(id) || ledger.manifest?.objects[key] !== undefined) byName.set(id, held);
  }
  return byName;
}

function neededBy(
  held: HeldObject | undefined,
  byName: ReadonlyMap<string, HeldObject>,
): (readonly [string, HeldObject])[] {
  if (!held) return [];
  const pod = held.object as unknown as KubeObject;
  return referencesOf(pod).flatMap(({ plural, name }) => {
    const object = byName.get(`${plural}/${pod.metadata.namespace}/${name}`);
    return object ? [[`${plural}/${name}`, object] as const] : [];
  });
}

function same(before: readonly unknown[] | undefined, after: readonly unknown[]): boolean {
  return before?.length === after.length && before.every((part, index) => part === after[index]);
}
