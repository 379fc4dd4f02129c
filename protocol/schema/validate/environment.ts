import type { Causes } from '../causes.ts';
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../types.generated.ts';
import { configMapKey, dns1123Subdomain, environmentName, qualifiedName } from './names.ts';

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const resources = ['limits', 'requests'].flatMap((list) =>
  ['cpu', 'ephemeral-storage', 'memory'].map((resource) => `${list}.${resource}`),
);
const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

export function validateEnvironment(causes: Causes, path: string, variables: readonly EnvVar[]): void {
  for (const [at, variable] of variables.entries()) {
    const item = `${path}[${at}]`;
    if (!variable.name) causes.required(`${item}.name`);
    else causes.invalidEach(`${item}.name`, variable.name, environmentName(variable.name));
    if (variable.valueFrom) validateSource(causes, `${item}.valueFrom`, variable, variable.valueFrom);
  }
}

function validateSource(causes: Causes, path: string, variable: EnvVar, source: EnvVarSource): void {
  const count = sources.filter((name) => source[name]).length;
  if (source.fieldRef) validateFieldRef(causes, `${path}.fieldRef`, source.fieldRef);
  if (source.resourceFieldRef)
    validateResourceRef(causes, `${path}.resourceFieldRef`, source.resourceFieldRef);
  if (source.configMapKeyRef) validateKeyRef(causes, `${path}.configMapKeyRef`, source.configMapKeyRef);
  if (source.secretKeyRef) validateKeyRef(causes, `${path}.secretKeyRef`, source.secretKeyRef);
  if (count === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    causes.invalid(path, '', detail);
  } else if (variable.value) {
    causes.invalid(path, '', 'may not be specified when `value` is not empty');
  } else if (count > 1) {
    causes.invalid(path, '', 'may not have more than one field specified at a time');
  }
}

/** Labels and annotations are named one by one: `metadata.labels['app']`. */
const subscripted = /^metadata\.(labels|annotations)\['([^']{1,317})'\]$/;

function validateFieldRef(
  causes: Causes,
  path: string,
  { apiVersion, fieldPath }: ObjectFieldSelector,
): void {
  if (apiVersion && apiVersion !== 'v1') {
    causes.invalid(`${path}.fieldPath`, fieldPath, `unsupported pod version: ${apiVersion}`);
  }
  const [, list, key = ''] = subscripted.exec(fieldPath ?? '') ?? [];
  if (!fieldPath) causes.required(`${path}.fieldPath`);
  else if (list) causes.invalidEach(path, key, qualifiedName(list === 'labels' ? key : key.toLowerCase()));
  else if (!fieldPaths.includes(fieldPath)) causes.notSupported(`${path}.fieldPath`, fieldPath, fieldPaths);
}

function validateResourceRef(causes: Causes, path: string, { resource }: ResourceFieldSelector): void {
  if (!resource) causes.required(`${path}.resource`);
  else if (!resources.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    causes.notSupported(`${path}.resource`, resource, resources);
  }
}

function validateKeyRef(
  causes: Causes,
  path: string,
  reference: { readonly name?: string | undefined; readonly key: string },
): void {
  if (!reference.name) causes.required(`${path}.name`);
  if (!reference.key) causes.required(`${path}.key`);
  else causes.invalidEach(`${path}.key`, reference.key, configMapKey(reference.key));
}

export function validateEnvironmentSources(
  causes: Causes,
  path: string,
  list: readonly EnvFromSource[],
): void {
  for (const [at, source] of list.entries()) {
    const item = `${path}[${at}]`;
    const { configMapRef, secretRef } = source;
    if (source.prefix) causes.invalidEach(`${item}.prefix`, source.prefix, environmentName(source.prefix));
    if (configMapRef) validateReference(causes, `${item}.configMapRef.name`, configMapRef.name);
    if (secretRef) validateReference(causes, `${item}.secretRef.name`, secretRef.name);
    if (!configMapRef && !secretRef)
      causes.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    if (configMapRef && secretRef)
      causes.invalid(path, '', 'may not have more than one field specified at a time');
  }
}

function validateReference(causes: Causes, field: string, name: string | null | undefined): void {
  if (!name) causes.required(field);
  else causes.invalidEach(field, name, dns1123Subdomain(name));
}
