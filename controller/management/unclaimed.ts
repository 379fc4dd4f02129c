import type { Host } from '@bramble/actors/index.ts';
import { kindByPlural, storeKey } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import { applyDefaults, checkStructure, prune, validateObject } from '@bramble/protocol/schema/index.ts';
import * as z from '@bramble/protocol/zod.ts';
import { boardKey, boardObject, boardRecord } from '../fleet/boards.ts';
import type { UnclaimedPod, UnclaimedPods } from '../fleet/unclaimed.ts';
import type { ObjectStore, TransactionResult } from '../store/types.ts';
import { timestamp } from '../time.ts';
import { type Answer, invalid, notAllowed, refusal } from './answer.ts';

export interface UnclaimedPorts {
  readonly store: ObjectStore;
  readonly unclaimed: UnclaimedPods;
  readonly host: Host;
}

const decision = z.object({
  action: z.enum(['claim', 'release']),
  /** A claim lets the board have the Secrets that the pod names, which a person must have thought of. */
  giveSecrets: z._default(z.boolean(), false),
});

/** `GET unclaimed`, `POST unclaimed/{uid}`: a person decides what becomes of pods that another store ordered. */
export async function unclaimed(
  ports: UnclaimedPorts,
  method: string,
  uid: string | undefined,
  body: unknown,
): Promise<Answer> {
  if (method === 'GET' && uid === undefined)
    return { code: 200, body: { pods: ports.unclaimed.all.map(shown) } };
  if (method !== 'POST' || uid === undefined) return notAllowed(method);
  const parsed = decision.safeParse(body);
  if (!parsed.success) return invalid(parsed.error);
  const pod = ports.unclaimed.all.find((each) => each.uid === uid);
  if (!pod)
    return refusal(404, 'NotFound', `no board says that it runs an unclaimed pod with the uid ${uid}`);
  return parsed.data.action === 'claim' ? claim(ports, pod, parsed.data.giveSecrets) : release(ports, pod);
}

function shown({ node, uid, namespace, name, status, pod }: UnclaimedPod): unknown {
  return { node, uid, namespace, name, phase: status['phase'] ?? 'Unknown', claimable: pod !== undefined };
}

/** The same pod, in this store: its board finds its uid in the manifest and goes on with the containers that it has. */
async function claim(
  { store, host }: UnclaimedPorts,
  found: UnclaimedPod,
  giveSecrets: boolean,
): Promise<Answer> {
  const { namespace, name, node } = found;
  const key = `/registry/pods/${namespace}/${name}`;
  if (store.get(key)) return taken(found);
  if (!store.get(`/registry/namespaces/${namespace}`))
    return refusal(409, 'Conflict', `there is no namespace ${namespace} here: create it first`);
  const object = claimedObject(found, timestamp(host));
  if (typeof object === 'string') return refusal(422, 'Invalid', `what ${node} says of the pod ${object}`);
  const secrets = presentSecrets(store, object);
  if (secrets.length > 0 && !giveSecrets)
    return refusal(
      409,
      'Conflict',
      `the pod names Secrets of this store (${secrets.join(', ')}), which ${node} would be given: say --give-secrets if it may have them`,
    );
  const result = await store.commit({
    conditions: [{ key, revision: 0 }],
    writes: [{ type: 'put', key, object }],
  });
  return result.ok
    ? { code: 200, body: { missing: missingReferences(store, object) } }
    : failed(result, found);
}

/** Complete and valid, or what is wrong with it: a board could say anything. */
function claimedObject(
  { node, uid, namespace, name, pod, status }: UnclaimedPod,
  now: string,
): KubeObject | string {
  const kind = kindByPlural('', 'pods');
  if (pod === undefined || !kind) return 'is too large to be reported: it can only be released';
  const { labels, annotations } = (pod['metadata'] ?? {}) as Pick<
    KubeObject['metadata'],
    'labels' | 'annotations'
  >;
  const metadata = { name, namespace, uid, creationTimestamp: now, labels, annotations };
  const given = JSON.parse(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod['spec'], status }),
  );
  const [fault] = checkStructure(kind, given).causes;
  if (fault) return `is malformed: ${fault.field}: ${fault.message}`;
  const object = applyDefaults(kind, prune(kind, given)) as unknown as KubeObject;
  const [cause] = validateObject(kind, object);
  if (cause) return `is not valid: ${cause.field}: ${cause.message}`;
  return { ...object, spec: { ...(object['spec'] as object), nodeName: node } };
}

function presentSecrets(store: ObjectStore, object: KubeObject): string[] {
  return referencesOf(object)
    .filter(({ plural, name }) => plural === 'secrets' && store.get(referenceKey(object, plural, name)))
    .map(({ name }) => name);
}

function missingReferences(store: ObjectStore, object: KubeObject): string[] {
  return referencesOf(object)
    .filter(({ plural, name, optional }) => !optional && !store.get(referenceKey(object, plural, name)))
    .map(({ plural, name }) => `${plural}/${name}`);
}

function referenceKey(object: KubeObject, plural: string, name: string): string {
  const kind = kindByPlural('', plural);
  return kind ? storeKey(kind, object.metadata.namespace, name) : '';
}

/** Its board is told that it may end it, whatever store ordered it. */
async function release(
  { store, unclaimed: pods }: UnclaimedPorts,
  { node, uid }: UnclaimedPod,
): Promise<Answer> {
  const stored = store.get(boardKey(node));
  if (!stored) return refusal(404, 'NotFound', `there is no board "${node}"`);
  const record = boardRecord(stored.object);
  // What was released before and is not told of any more has ended.
  const known = new Set(pods.on(node).map((pod) => pod.uid));
  const released = [...new Set([...(record.released ?? []).filter((each) => known.has(each)), uid])];
  const result = await store.commit({
    conditions: [{ key: stored.key, revision: stored.revision }],
    writes: [{ type: 'put', key: stored.key, object: boardObject({ ...record, released }) }],
  });
  return result.ok ? { code: 200, body: {} } : failed(result, undefined);
}

function failed(result: Extract<TransactionResult, { ok: false }>, pod: UnclaimedPod | undefined): Answer {
  if (result.reason === 'unavailable')
    return refusal(503, 'ServiceUnavailable', 'the store did not take it: try again');
  return pod ? taken(pod) : refusal(409, 'Conflict', 'the board changed at that moment: try again');
}

function taken({ namespace, name }: UnclaimedPod): Answer {
  const message = `a pod ${namespace}/${name} is in this store already: delete it first, or release the unclaimed one`;
  return refusal(409, 'AlreadyExists', message);
}
