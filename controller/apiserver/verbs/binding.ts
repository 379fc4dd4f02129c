import type { KubeObject } from '@bramble/protocol/kube.ts';
import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { answerStatus } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { isDryRun } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest, conflict, invalid, modified, notFound, success } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { timeOf } from '../time.ts';

const maxAttempts = 10;

/** POST pods/{name}/binding: puts the pod on a node, once. */
export async function bind(ports: PipelinePorts, target: Target, request: ApiRequest): Promise<ApiResponse> {
  const name = request.name ?? '';
  const { node, uid } = readBinding(request.body);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const current = ports.store.get(keyOf(target, name));
    if (!current) throw notFound(target.kind, name);
    checkBindable(target, current.object, uid);
    if (isDryRun(request.options)) break;
    const { key, revision } = current;
    const object = boundTo(current.object, node, ports.host.now());
    const outcome = await commitWrite(ports, request, target, {
      conditions: [{ key, revision }],
      writes: [{ type: 'put', key, object }],
    });
    if (outcome.ok) break;
    if (attempt === maxAttempts) throw conflict(target.kind, name, modified, 'binding');
  }
  return answerStatus(success(201));
}

function readBinding(body: unknown): { node: string; uid: string | undefined } {
  if (!isObject(body)) throw badRequest('the body of the request must be a Binding');
  const { causes } = checkMessage(messageOf('core.v1.Binding'), body);
  if (causes.length > 0) throw invalid('Binding', '', causes);
  const { name, kind } = objectAt(body, 'target');
  const uid = objectAt(body, 'metadata')['uid'];
  if (typeof name === 'string' && name !== '' && (kind === undefined || kind === '' || kind === 'Node')) {
    return { node: name, uid: typeof uid === 'string' ? uid : undefined };
  }
  const wrong = name ? 'kind' : 'name';
  const message = name ? 'Unsupported value: supported values: "Node"' : 'Required value';
  throw invalid('Binding', '', [{ reason: 'FieldValueRequired', message, field: `target.${wrong}` }]);
}

function checkBindable({ kind }: Target, pod: KubeObject, uid: string | undefined): void {
  const { name, deletionTimestamp } = pod.metadata;
  const refuse = (why: string) => conflict(kind, name, why, 'binding');
  if (uid !== undefined && uid !== pod.metadata.uid) {
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
  }
  if (deletionTimestamp !== undefined)
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  const { nodeName } = objectAt(pod, 'spec');
  if (nodeName) throw refuse(`pod ${name} is already assigned to node "${String(nodeName)}"`);
}

function boundTo(pod: KubeObject, node: string, nowMs: number): KubeObject {
  const status = objectAt(pod, 'status');
  const conditions = listAt(status, 'conditions').filter(
    (condition) => isObject(condition) && condition['type'] !== 'PodScheduled',
  );
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: timeOf(nowMs) };
  return {
    ...pod,
    spec: { ...objectAt(pod, 'spec'), nodeName: node },
    status: { ...status, conditions: [...conditions, scheduled] },
  };
}
