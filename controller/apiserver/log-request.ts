import type { KubeObject } from '@bramble/protocol/kube.ts';
import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { flag, integer, type Options } from './options.ts';
import type { StatusCause } from './request.ts';
import { badRequest, invalid } from './status.ts';
import { millisecondsOf } from './time.ts';

/** PodLogOptions (core/v1) of the query; 422 for values that make no sense. */
export function readLogOptions(options: Options) {
  const read = {
    follow: flag(options, 'follow') ?? false,
    previous: flag(options, 'previous') ?? false,
    timestamps: flag(options, 'timestamps') ?? false,
    tailLines: integer(options, 'tailLines'),
    sinceSeconds: integer(options, 'sinceSeconds'),
    sinceTime: options['sinceTime'] || undefined,
    limitBytes: integer(options, 'limitBytes'),
  };
  const causes: StatusCause[] = [];
  const refuse = (field: string, message: string) =>
    causes.push({ reason: 'FieldValueInvalid', message, field });
  const atLeast = (field: 'tailLines' | 'sinceSeconds' | 'limitBytes', least: number) => {
    const value = read[field];
    if (value !== undefined && value < least) {
      refuse(field, `Invalid value: ${value}: must be greater than ${least === 0 ? 'or equal to 0' : '0'}`);
    }
  };
  atLeast('tailLines', 0);
  atLeast('sinceSeconds', 1);
  atLeast('limitBytes', 1);
  if (read.sinceTime !== undefined && millisecondsOf(read.sinceTime) === undefined) {
    refuse('sinceTime', `Invalid value: ${JSON.stringify(read.sinceTime)}: must be a time of RFC 3339`);
  }
  if (read.sinceTime !== undefined && read.sinceSeconds !== undefined) {
    causes.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      field: '',
    });
  }
  if (causes.length > 0) throw invalid('PodLogOptions', '', causes);
  return read;
}

/** The container whose log is meant: the one named, or the only one. */
export function chooseContainer(pod: KubeObject, named: string | undefined): string {
  const spec = objectAt(pod, 'spec');
  const { name } = pod.metadata;
  const containers = namesIn(spec, 'containers');
  const init = namesIn(spec, 'initContainers');
  const known = [...containers, ...init, ...namesIn(spec, 'ephemeralContainers')];
  if (named) {
    if (known.includes(named)) return named;
    throw badRequest(`container ${named} is not valid for pod ${name}`);
  }
  const [only, ...more] = containers;
  if (only !== undefined && more.length === 0) return only;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${others}`,
  );
}

function namesIn(spec: JsonObject, list: string): string[] {
  return listAt(spec, list).map((container) => (isObject(container) ? String(container['name']) : ''));
}

/** 400 for a container that has no log yet, worded as the kubelet does. */
export function requireStarted(pod: KubeObject, container: string, previous: boolean): void {
  const status = objectAt(pod, 'status');
  const found = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => listAt(status, list))
    .find((one) => isObject(one) && one['name'] === container);
  const subject = `container "${container}" in pod "${pod.metadata.name}"`;
  const state = isObject(found) ? objectAt(found, 'state') : {};
  const last = isObject(found) ? objectAt(found, 'lastState') : {};
  if (previous) {
    if (last['terminated'] !== undefined) return;
    throw badRequest(`previous terminated ${subject} not found`);
  }
  const started = state['running'] ?? state['terminated'] ?? last['terminated'];
  if (started !== undefined) return;
  const reason = objectAt(state, 'waiting')['reason'] ?? 'ContainerCreating';
  if (reason === 'ImagePullBackOff' || reason === 'ErrImagePull') {
    throw badRequest(`${subject} is waiting to start: trying and failing to pull image`);
  }
  throw badRequest(`${subject} is waiting to start: ${String(reason)}`);
}
