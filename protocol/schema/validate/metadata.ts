import type { Kind } from '../../kinds.ts';
import type { Causes } from '../causes.ts';
import type { ObjectMeta, OwnerReference } from '../types.generated.ts';
import {
  asPrefix,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelValue,
  type NameRule,
  qualifiedName,
} from './names.ts';
import { checkNotNegative, isSet } from './numbers.ts';

const maxAnnotationBytes = 262_144;

/** Kinds whose names become part of a host name. */
const nameRules: Readonly<Record<string, NameRule>> = {
  'core.v1.Namespace': dns1123Label,
  'core.v1.Service': dns1035Label,
};

/** `ValidateObjectMeta` of Kubernetes' apimachinery. */
export function validateMetadata(causes: Causes, kind: Kind, metadata: ObjectMeta): void {
  validateName(causes, nameRules[kind.message] ?? dns1123Subdomain, metadata);
  validateNamespace(causes, kind, metadata.namespace);
  checkNotNegative(causes, 'metadata.generation', metadata.generation);
  validateLabels(causes, 'metadata.labels', metadata.labels);
  validateAnnotations(causes, metadata.annotations ?? {});
  validateOwners(causes, metadata.ownerReferences ?? []);
  for (const finalizer of metadata.finalizers ?? []) {
    causes.invalidEach('metadata.finalizers', finalizer, qualifiedName(finalizer));
  }
}

function validateName(causes: Causes, rule: NameRule, { name, generateName }: ObjectMeta): void {
  if (generateName) causes.invalidEach('metadata.generateName', generateName, asPrefix(rule)(generateName));
  if (name) causes.invalidEach('metadata.name', name, rule(name));
  else causes.required('metadata.name', 'name or generateName is required');
}

function validateNamespace(causes: Causes, kind: Kind, namespace: string | null | undefined): void {
  if (!kind.namespaced) {
    if (namespace) causes.forbidden('metadata.namespace', 'not allowed on this type');
  } else if (!namespace) {
    causes.required('metadata.namespace');
  } else {
    causes.invalidEach('metadata.namespace', namespace, dns1123Label(namespace));
  }
}

/** Labels, and node selectors, which are labels to be matched. */
export function validateLabels(
  causes: Causes,
  field: string,
  labels: Readonly<Record<string, string>> | null | undefined,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    causes.invalidEach(field, key, qualifiedName(key));
    causes.invalidEach(field, value, labelValue(value ?? ''));
  }
}

function validateAnnotations(causes: Causes, annotations: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    causes.invalidEach('metadata.annotations', key, qualifiedName(key.toLowerCase()));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value ?? '');
  }
  if (bytes > maxAnnotationBytes) causes.tooLong('metadata.annotations', maxAnnotationBytes);
}

function validateOwners(causes: Causes, owners: readonly OwnerReference[]): void {
  for (const [at, owner] of owners.entries()) {
    const path = `metadata.ownerReferences[${at}]`;
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) causes.required(`${path}.${field}`, 'must not be empty');
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      causes.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner');
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true);
  const [first, second] = controllers.map((owner) => `${owner.kind}/${owner.name}`);
  if (!isSet(second)) return;
  const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`;
  causes.invalid('metadata.ownerReferences', owners, detail);
}
