import { decodeStored } from '../encode.ts';
import type { StoredObject } from '../types.ts';

const podPrefix = '/registry/pods/';

/**
 * What a restored store begins with. A pod that had no board when the copy was made may have been given one since, and
 * runs there: it gets a new uid, so that its next board runs another pod and not the same one twice (G3).
 */
export function restoredForm(stored: StoredObject, newUid: () => string): StoredObject {
  const { key, object } = stored;
  const spec = object['spec'] as { nodeName?: string } | undefined;
  if (!key.startsWith(podPrefix) || spec?.nodeName) return stored;
  const metadata = { ...object.metadata, uid: newUid() };
  return decodeStored(key, JSON.stringify({ ...object, metadata }));
}
