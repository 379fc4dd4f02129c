import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { parseFieldSelector, pinnedName } from './fields.ts';
import { parseLabelSelector } from './labels.ts';

/** Which objects of a kind a request means. */
export interface Selection {
  readonly matches: (object: KubeObject) => boolean;
  /** Whether a selector narrows it at all; only without one is the number of remaining items known. */
  readonly narrowed: boolean;
  /** The one name that can match, if the selector says so. */
  readonly name: string | undefined;
}

/** Reads `labelSelector` and `fieldSelector`; 400 for what is not understood. */
export function selectionOf(kind: Kind, options: Readonly<Record<string, string>>): Selection {
  const labelText = options['labelSelector'] ?? '';
  const fieldText = options['fieldSelector'] ?? '';
  const byLabels = parseLabelSelector(labelText);
  const byFields = parseFieldSelector(kind, fieldText);
  return {
    matches: (object) => byLabels(object.metadata.labels ?? {}) && byFields(object),
    narrowed: labelText !== '' || fieldText !== '',
    name: pinnedName(fieldText),
  };
}
