import { createHash } from 'node:crypto';
import { canonicalJson } from '@bramble/protocol/digest.ts';
import { apiVersionOf, type Kind, kindByPlural } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodTemplateSpec } from '@bramble/protocol/schema/types.generated.ts';
import { controllerReference } from '../workloads/owners.ts';

/** The label by which pods of one version of a template are told from those of another. */
export const templateHashLabel = 'pod-template-hash';

/** Kubernetes' alphabet for names: no vowels, and no digits that look like letters. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const hashCharacters = 10;

/** A short name for what the template says; `collisions` gives another one where two templates had the same. */
export function templateHash(template: PodTemplateSpec, collisions = 0): string {
  const text = `${collisions} ${canonicalJson(withoutHash(template))}`;
  const bytes = createHash('sha256').update(text).digest();
  return Array.from(bytes.subarray(0, hashCharacters), (byte) =>
    nameAlphabet.charAt(byte % nameAlphabet.length),
  ).join('');
}

/** Whether pods of both would be the same but for the hash in their labels. */
export function sameTemplate(one: PodTemplateSpec | undefined, other: PodTemplateSpec | undefined): boolean {
  return canonicalJson(withoutHash(one ?? {})) === canonicalJson(withoutHash(other ?? {}));
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [templateHashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  const { labels: __, ...metadata } = template.metadata ?? {};
  const kept = Object.keys(labels).length > 0 ? { ...metadata, labels } : metadata;
  const { creationTimestamp: ___, ...plain } = kept as Record<string, unknown>;
  return { metadata: plain, spec: template.spec } as PodTemplateSpec;
}

/** What a pod of this template begins as; its name is given by the API server. */
export function podOfTemplate(
  kind: Kind,
  owner: KubeObject,
  template: PodTemplateSpec | undefined,
): KubeObject {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const metadata = {
    generateName: `${owner.metadata.name}-`,
    namespace: owner.metadata.namespace,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
    ownerReferences: [controllerReference(kind, owner)],
  };
  const spec = template?.spec ?? {};
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as unknown as KubeObject;
}

/** A kind that is in the table for sure. */
export function knownKind(group: string, plural: string): Kind {
  const kind = kindByPlural(group, plural);
  if (!kind) throw new Error(`the table of kinds lacks ${plural}`);
  return kind;
}

/** Whether an object's owner reference names an object of this kind. */
export function isOfKind(
  reference: { readonly apiVersion: string; readonly kind: string },
  kind: Kind,
): boolean {
  return (
    reference.kind === kind.kind && reference.apiVersion.split('/')[0] === apiVersionOf(kind).split('/')[0]
  );
}
