import { type Kind, kindByPlural } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import {
  applyDefaults,
  type Cause,
  unhonouredFields,
  validateObject,
  validateUpdate,
} from '@bramble/protocol/schema/index.ts';
import { isObject, jsonEqual, objectAt } from '@bramble/protocol/schema/json.ts';
import { generatedName, metadataForCreate, metadataForUpdate } from './metadata.ts';
import type { PipelinePorts } from './ports.ts';
import { badRequest, conflict, invalidObject, tooLarge } from './status.ts';
import { strategyOf } from './strategies.ts';
import type { Target } from './target.ts';

type Given = Pick<PipelinePorts, 'host' | 'uid'>;

/** A new object, complete and valid. Throws a StatusError with a cause for each wrong field. */
export function admitNew(target: Target, given: KubeObject, { host, uid }: Given): KubeObject {
  const { kind, namespace } = target;
  if (given.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const strategy = strategyOf(kind);
  const metadata = metadataForCreate(given.metadata, {
    name: nameFor(given, () => host.random()),
    namespace: kind.namespaced ? namespace : undefined,
    uid: uid(),
    nowMs: host.now(),
    generation: strategy.countsGenerations ? 1 : undefined,
  });
  const whole = applyDefaults(kind, { ...given, metadata }) as KubeObject;
  const started = strategy.startStatus(whole);
  refuseIf(target, started, validateObject(kind, started));
  return fitting(started);
}

function nameFor(given: KubeObject, random: () => number): string {
  const { name, generateName } = given.metadata;
  if (name) return name;
  return typeof generateName === 'string' && generateName !== '' ? generatedName(generateName, random) : '';
}

/** A changed object: what the client may not touch is as it was. */
export function admitChange(target: Target, current: KubeObject, given: KubeObject): KubeObject {
  const { kind, subresource } = target;
  checkIdentity(target, current, given);
  const metadata =
    subresource === undefined ? metadataForUpdate(current.metadata, given.metadata) : current.metadata;
  const changed = { ...partsFor(target, current, given), metadata } as KubeObject;
  const merged = subresource === undefined ? strategyOf(kind).keep(changed, current) : changed;
  const next = subresource === undefined ? settled(target, current, merged) : merged;
  refuseIf(target, next, [...validateObject(kind, next), ...validateUpdate(kind, current, next)]);
  return fitting(next);
}

function checkIdentity({ kind }: Target, current: KubeObject, given: KubeObject): void {
  const { name, uid } = given.metadata;
  if (name && name !== current.metadata.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${current.metadata.name})`,
    );
  }
  if (uid && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(kind, current.metadata.name, why);
  }
}

/** The status is written by its subresource alone, and its subresource writes nothing else. */
function partsFor(target: Target, current: KubeObject, given: KubeObject): KubeObject {
  const { subresource, kind } = target;
  if (subresource === undefined)
    return kind.hasStatus ? withField(given, 'status', current['status']) : given;
  const part = subresource === 'finalize' ? 'spec' : 'status';
  return withField(current, part, given[part]);
}

function withField(object: KubeObject, field: string, value: unknown): KubeObject {
  const { [field]: _, ...rest } = object;
  return (value === undefined ? rest : { ...rest, [field]: value }) as KubeObject;
}

/**
 * Defaults only where the client changed something beside the metadata: a newer version's defaults must not change
 * the spec of what runs because somebody set a label.
 */
function settled({ kind }: Target, current: KubeObject, next: KubeObject): KubeObject {
  if (sameContent(current, next)) return next;
  const whole = applyDefaults(kind, next) as KubeObject;
  const { generation } = current.metadata;
  if (generation === undefined || sameContent(current, whole)) return whole;
  return { ...whole, metadata: { ...whole.metadata, generation: generation + 1 } };
}

function sameContent(one: KubeObject, other: KubeObject): boolean {
  return jsonEqual({ ...one, metadata: null }, { ...other, metadata: null });
}

function refuseIf({ kind }: Target, object: KubeObject, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalidObject(kind, object.metadata.name, causes);
}

function fitting(object: KubeObject): KubeObject {
  if (Buffer.byteLength(JSON.stringify(object)) > limits.objectBytes) throw tooLarge(limits.objectBytes);
  return object;
}

/**
 * One warning for each field that is kept but not honoured yet. On a change, only for what is new: who sets a label is
 * not told again what was told at the creation.
 */
export function honestWarnings(
  { kind, subresource }: Target,
  next: KubeObject,
  current?: KubeObject,
): string[] {
  if (subresource !== undefined) return [];
  const known = new Set(current ? unhonouredOf(kind, current) : []);
  return unhonouredOf(kind, next).filter((warning) => !known.has(warning));
}

/** Of what makes pods, also what its pods will ask for in vain. */
function unhonouredOf(kind: Kind, object: KubeObject): string[] {
  const template = objectAt(objectAt(object, 'spec'), 'template');
  const pods = kindByPlural('', 'pods');
  const inTemplate = pods && isObject(template['spec']) ? unhonouredFields(pods, template) : [];
  return [...unhonouredFields(kind, object), ...inTemplate.map((warning) => `spec.template.${warning}`)];
}
