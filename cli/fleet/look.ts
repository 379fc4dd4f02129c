import type { FleetClient } from './client.ts';
import { describe } from './describe.ts';
import { listAll } from './get.ts';
import type { AnyObject, KubeEvent, NodeObject, PodObject } from './objects.ts';
import { dumped, type OutputFormat } from './output.ts';
import { type Named, parseResources, pathOf } from './resources.ts';
import { print } from './run.ts';
import { boardFact, explainNode } from './why-node.ts';
import { type Explanation, explainPod } from './why-pod.ts';

export interface LookOptions {
  readonly namespace: string;
  readonly output: OutputFormat;
}

/** `describe pod hello`: all that is known, for people. */
export async function describeAll(
  client: FleetClient,
  words: readonly string[],
  options: LookOptions,
): Promise<void> {
  const blocks: string[] = [];
  for (const resource of parseResources(words))
    for (const object of await objectsOf(client, resource, options))
      blocks.push(describe(object, await eventsOf(client, object), Date.now()));
  print(blocks.join('\n\n\n'));
}

/** `why pod/hello`: why it is as it is, and what to do. */
export async function why(
  client: FleetClient,
  words: readonly string[],
  options: LookOptions,
): Promise<void> {
  const told: Explanation[] = [];
  for (const resource of parseResources(words.some((word) => word.includes('/')) ? words : named(words)))
    for (const object of await objectsOf(client, resource, options))
      told.push(...(await explain(client, object)));
  if (options.output === 'json' || options.output === 'yaml') return print(dumped(told, options.output));
  print(told.map(explanationText).join('\n\n'));
}

/** `why hello` means the pod. */
function named(words: readonly string[]): readonly string[] {
  return words.length === 1 ? ['pod', ...words] : words;
}

async function explain(client: FleetClient, object: AnyObject): Promise<Explanation[]> {
  if (object.kind === 'Node') return [explainNode(object as NodeObject)];
  if (object.kind === 'Pod') return [await explainOne(client, object as PodObject)];
  const pods = await podsBelow(client, object);
  if (pods.length === 0)
    return [
      {
        verdict: `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name} has no pods.`,
        because: (await eventsOf(client, object)).flatMap(({ message }) => message ?? []),
        next: [],
      },
    ];
  return Promise.all(pods.slice(0, 5).map((pod) => explainOne(client, pod)));
}

async function explainOne(client: FleetClient, pod: PodObject): Promise<Explanation> {
  const node = pod.spec?.nodeName;
  const board =
    node === undefined
      ? undefined
      : await client.read<NodeObject>({ path: `/api/v1/nodes/${node}` }).catch(() => undefined);
  return explainPod(pod, await eventsOf(client, pod), board && boardFact(board));
}

/** Pods of a Deployment, a ReplicaSet, a Job, …: those that it owns, and those that what it owns owns. */
async function podsBelow(client: FleetClient, { metadata }: AnyObject): Promise<PodObject[]> {
  const inNamespace = { namespace: metadata.namespace ?? 'default' };
  const [pod] = parseResources(['pods']);
  const [set] = parseResources(['replicasets']);
  if (!pod || !set) return [];
  const sets = await listAll(client, set, inNamespace);
  const owners = new Set([
    metadata.uid,
    ...sets.filter((each) => ownedBy(each, new Set([metadata.uid]))).map((each) => each.metadata.uid),
  ]);
  return (await listAll(client, pod, inNamespace)).filter((each) => ownedBy(each, owners)) as PodObject[];
}

function ownedBy({ metadata }: AnyObject, owners: ReadonlySet<string | undefined>): boolean {
  return metadata.ownerReferences?.some(({ uid }) => owners.has(uid)) === true;
}

async function objectsOf(client: FleetClient, resource: Named, options: LookOptions): Promise<AnyObject[]> {
  if (resource.name === undefined) return listAll(client, resource, options);
  return [await client.read<AnyObject>({ path: pathOf(resource, { namespace: options.namespace }) })];
}

async function eventsOf(client: FleetClient, { kind, metadata }: AnyObject): Promise<KubeEvent[]> {
  const [events] = parseResources(['events']);
  if (!events) return [];
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${metadata.name}`;
  const found = await listAll(client, events, { namespace: metadata.namespace ?? 'default', fieldSelector });
  return found as KubeEvent[];
}

function explanationText({ verdict, because, next }: Explanation): string {
  return [verdict, ...because.map((line) => `  ${line}`), ...next.map((line) => `  → ${line}`)].join('\n');
}
