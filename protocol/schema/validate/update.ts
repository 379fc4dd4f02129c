import type { Kind } from '../../kinds.ts';
import { type Cause, Causes } from '../causes.ts';
import { isObject, type JsonObject, jsonEqual, objectAt } from '../json.ts';
import { checkStructure } from '../structure.ts';
import type { ConfigMap, Job, Pod, Secret, Service } from '../types.generated.ts';
import { validateJobUpdate } from './job.ts';
import { validatePodUpdate } from './pod-update.ts';

type UpdateValidator = (causes: Causes, old: JsonObject, changed: JsonObject) => void;

const validators: ReadonlyMap<string, UpdateValidator> = new Map<string, UpdateValidator>([
  ['core.v1.Pod', (causes, old, changed) => validatePodUpdate(causes, old as Pod, changed as Pod)],
  ['core.v1.ConfigMap', (causes, old, changed) => validateImmutableData(causes, old as ConfigMap, changed)],
  ['core.v1.Secret', (causes, old, changed) => validateSecretUpdate(causes, old as Secret, changed)],
  [
    'core.v1.Service',
    (causes, old, changed) => validateServiceUpdate(causes, old as Service, changed as Service),
  ],
  ['apps.v1.Deployment', validateSelectorUpdate],
  ['apps.v1.ReplicaSet', validateSelectorUpdate],
  ['apps.v1.DaemonSet', validateSelectorUpdate],
  ['batch.v1.Job', (causes, old, changed) => validateJobUpdate(causes, old as Job, changed as Job)],
  ['discovery.v1.EndpointSlice', validateAddressTypeUpdate],
]);

/**
 * What may not change in an update of the object or its spec (a status update has no such rules). What is wrong with
 * the new object as such is `validateObject`'s matter. Both should have defaults applied. Never throws.
 */
export function validateUpdate(kind: Kind, old: unknown, changed: unknown): Cause[] {
  const broken = [old, changed].flatMap((object) => checkStructure(kind, object).causes);
  if (broken.length > 0 || !isObject(old) || !isObject(changed)) return broken;
  const causes = new Causes();
  validateMetadataUpdate(causes, objectAt(old, 'metadata'), objectAt(changed, 'metadata'));
  validators.get(kind.message)?.(causes, old, changed);
  return causes.list;
}

/** What is absent is unchanged: the server fills it in again. A name has to be there. */
function validateMetadataUpdate(causes: Causes, old: JsonObject, changed: JsonObject): void {
  if (old.deletionTimestamp) validateNoNewFinalizers(causes, old, changed);
  if (changed.name !== old.name) causes.invalid('metadata.name', changed.name ?? '', 'field is immutable');
  const kept = ['namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];
  for (const field of kept) {
    const value = changed[field] ?? undefined;
    if (value === undefined || value === (old[field] ?? undefined)) continue;
    causes.invalid(`metadata.${field}`, value, 'field is immutable');
  }
}

function validateNoNewFinalizers(causes: Causes, old: JsonObject, changed: JsonObject): void {
  const known = new Set(Array.isArray(old.finalizers) ? old.finalizers : []);
  const added = (Array.isArray(changed.finalizers) ? changed.finalizers : []).filter(
    (item) => !known.has(item),
  );
  if (added.length === 0) return;
  const list = `[]string{${added.map((item) => JSON.stringify(item)).join(', ')}}`;
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  causes.forbidden('metadata.finalizers', detail);
}

function validateImmutableData(causes: Causes, old: ConfigMap | Secret, changed: JsonObject): void {
  if (old.immutable !== true) return;
  const detail = 'field is immutable when `immutable` is set';
  if (changed.immutable !== true) causes.forbidden('immutable', detail);
  for (const field of ['data', 'binaryData']) {
    if (!jsonEqual(objectAt(old as JsonObject, field), objectAt(changed, field)))
      causes.forbidden(field, detail);
  }
}

function validateSecretUpdate(causes: Causes, old: Secret, changed: JsonObject): void {
  const type = changed.type ?? '';
  if (type !== '' && type !== (old.type ?? '')) causes.invalid('type', type, 'field is immutable');
  validateImmutableData(causes, old, changed);
}

function validateServiceUpdate(causes: Causes, old: Service, changed: Service): void {
  const before = old.spec?.clusterIP;
  const after = changed.spec?.clusterIP;
  if (!before || !after || before === after) return;
  causes.invalid('spec.clusterIPs[0]', after, 'may not change once set');
}

/** Pods that a changed selector no longer named would be left behind without an owner. */
function validateSelectorUpdate(causes: Causes, old: JsonObject, changed: JsonObject): void {
  const before = objectAt(objectAt(old, 'spec'), 'selector');
  const after = objectAt(objectAt(changed, 'spec'), 'selector');
  if (!jsonEqual(before, after)) causes.invalid('spec.selector', after, 'field is immutable');
}

function validateAddressTypeUpdate(causes: Causes, old: JsonObject, changed: JsonObject): void {
  if (old.addressType === changed.addressType) return;
  causes.invalid('addressType', changed.addressType, 'field is immutable');
}
