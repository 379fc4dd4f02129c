import type { JsonObject } from '../json.ts';
import { pullPolicyOf } from './container.ts';
import { changeItems, changePart, withDefaults } from './set.ts';

const defaultFileMode = 0o644;

/** `SetDefaults_Volume` and the defaults of each source; a volume without a source is an emptyDir. */
export function defaultVolume(volume: JsonObject): JsonObject {
  const hasSource = Object.keys(volume).some((key) => key !== 'name');
  let filled: JsonObject = hasSource ? volume : { ...volume, emptyDir: {} };
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    filled = changePart(filled, source, (part) => withDefaults(part, { defaultMode: defaultFileMode }));
  }
  filled = changePart(filled, 'downwardAPI', defaultDownwardItems);
  filled = changePart(filled, 'hostPath', (part) => withDefaults(part, { type: '' }));
  filled = changePart(filled, 'image', (part) =>
    withDefaults(part, { pullPolicy: pullPolicyOf(part['reference']) }),
  );
  return changePart(filled, 'projected', (part) => changeItems(part, 'sources', defaultProjection));
}

function defaultDownwardItems(source: JsonObject): JsonObject {
  return changeItems(source, 'items', (item) =>
    changePart(item, 'fieldRef', (reference) => withDefaults(reference, { apiVersion: 'v1' })),
  );
}

function defaultProjection(source: JsonObject): JsonObject {
  const filled = changePart(source, 'serviceAccountToken', (part) =>
    withDefaults(part, { expirationSeconds: 3_600 }),
  );
  return changePart(filled, 'downwardAPI', defaultDownwardItems);
}
