import { kindByName } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { prune } from '@bramble/protocol/schema/index.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import type { PlannedWrite } from './queue/reconciler.ts';

/** The write that makes the object's status this one: none where it says so already, so that looking costs nothing. */
export function statusWrite(object: KubeObject, status: object): readonly PlannedWrite[] {
  const kind = kindByName(object.apiVersion, object.kind);
  if (!kind) throw new Error(`no kind ${object.apiVersion} ${object.kind}`);
  const wanted = prune(kind, { status })['status'] ?? {};
  if (jsonEqual(object['status'] ?? {}, wanted)) return [];
  return [{ write: { type: 'update', part: 'status', object: { ...object, status: wanted } } }];
}
