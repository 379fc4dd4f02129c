import { type Kind, kindByPlural, storeKey, storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import { podMetrics } from '@bramble/protocol/usage-kinds.ts';
import type { StoredObject } from '../../store/types.ts';
import { answerObject } from '../answers.ts';
import { decodeContinuation, encodeContinuation } from '../continue-token.ts';
import { integer } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, ListAnswer } from '../request.ts';
import { selectionOf } from '../selectors/selection.ts';
import { badRequest, methodNotSupported, notFound, unavailable, unknownResource } from '../status.ts';
import { nodeMetricsOf, podMetricsOf } from './usage-objects.ts';
import type { UsagePort } from './usage-port.ts';

/** Reads of `metrics.k8s.io`: what boards and pods use, by the objects of the same name. */
export async function answerUsage(
  ports: PipelinePorts,
  kind: Kind,
  request: ApiRequest,
): Promise<ApiResponse> {
  const { verb, subresource, namespace } = request;
  if (subresource !== undefined || (!kind.namespaced && namespace !== undefined)) throw unknownResource();
  if (!kind.verbs.includes(verb)) throw methodNotSupported(kind, verb);
  const { usage } = ports;
  if (!usage) throw unavailable('what pods use cannot be had: no way to the boards is configured');
  return verb === 'get' ? getUsage(ports, usage, kind, request) : listUsage(ports, usage, kind, request);
}

async function getUsage(
  { store }: PipelinePorts,
  usage: UsagePort,
  kind: Kind,
  { namespace, name = '' }: ApiRequest,
): Promise<ApiResponse> {
  if (kind.namespaced && namespace === undefined)
    throw badRequest('an empty namespace may not be set during get');
  const stored = store.get(storeKey(measuredKind(kind), namespace, name));
  const [found] = stored ? await measure(usage, kind, [stored]) : [];
  if (!found) throw notFound(kind, name);
  return answerObject(200, found);
}

/** In pages, as other lists. What has told nothing is left out, so that a page may be shorter than its limit. */
async function listUsage(
  { store }: PipelinePorts,
  usage: UsagePort,
  kind: Kind,
  { namespace, options }: ApiRequest,
): Promise<ApiResponse> {
  const stored = measuredKind(kind);
  const selection = selectionOf(stored, options);
  const limit = integer(options, 'limit') ?? 0;
  if (limit < 0) throw badRequest('limit must not be negative');
  const after = options['continue'] ? decodeContinuation(options['continue']).after : '';
  const candidates = store
    .list(storePrefix(stored, namespace))
    .filter(({ key, object }) => key > after && selection.matches(object));
  const page = limit > 0 ? candidates.slice(0, limit) : candidates;
  const found = await measure(usage, kind, page);
  const last = page.at(-1);
  const left = candidates.length - page.length;
  const list: ListAnswer = {
    kind,
    items: found.map((object) => ({ object, json: JSON.stringify(object) })),
    // There is nothing to be watched from here on.
    resourceVersion: '',
    continue: last && left > 0 ? encodeContinuation({ revision: 0, after: last.key }) : undefined,
    remaining: undefined,
  };
  return { type: 'list', list, warnings: [] };
}

/** The kind whose objects are measured: selectors are about those. */
function measuredKind(kind: Kind): Kind {
  const stored = kindByPlural('', kind.plural);
  if (!stored) throw unknownResource();
  return stored;
}

async function measure(
  usage: UsagePort,
  kind: Kind,
  stored: readonly StoredObject[],
): Promise<readonly KubeObject[]> {
  const objects = stored.map(({ object }) => object);
  if (kind !== podMetrics) return objects.flatMap((node) => nodeUse(usage, node));
  const running = objects.filter(mayRun);
  const uses = await usage.pods([...new Set(running.map(nodeOf))]);
  return running.flatMap((pod) => {
    const use = uses.get(pod.metadata.uid ?? '');
    return use && use.containers.length > 0 ? [podMetricsOf(pod, use)] : [];
  });
}

function nodeUse(usage: UsagePort, node: KubeObject): KubeObject[] {
  const use = usage.board(node.metadata.name);
  return use ? [nodeMetricsOf(node, use)] : [];
}

function nodeOf(pod: KubeObject): string {
  return String(objectAt(pod, 'spec')['nodeName'] ?? '');
}

function mayRun(pod: KubeObject): boolean {
  const { phase } = objectAt(pod, 'status');
  return nodeOf(pod) !== '' && phase !== 'Succeeded' && phase !== 'Failed';
}
