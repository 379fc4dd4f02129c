import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { AttachRequest, ExecRequest } from '@bramble/protocol/messages/streams.ts';
import { isObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { chooseContainer } from '../../log-request.ts';
import { flag, type Options } from '../../options.ts';
import { badRequest } from '../../status.ts';

/** PodExecOptions and PodAttachOptions (core/v1), checked against the pod that they are about. */
export function readCommand(
  subresource: 'exec' | 'attach',
  query: URLSearchParams,
  pod: KubeObject,
): ExecRequest | AttachRequest {
  const options: Options = Object.fromEntries([...query].reverse());
  const container = chooseContainer(pod, options['container'] || undefined);
  const uid = pod.metadata.uid ?? '';
  const channels = readChannels(subresource, options);
  requireRunning(pod, container);
  if (subresource === 'attach') return { type: 'attach', uid, container, ...channels };
  return { type: 'exec', uid, container, ...channels, command: readWords(query) };
}

/** What the client did not say is no, but that an attachment is heard. */
function readChannels(subresource: 'exec' | 'attach', options: Options) {
  const heard = subresource === 'attach';
  const stdin = flag(options, 'stdin') ?? false;
  const stdout = flag(options, 'stdout') ?? heard;
  const tty = flag(options, 'tty') ?? false;
  // A terminal has one output.
  const stderr = (flag(options, 'stderr') ?? heard) && !tty;
  if (!stdin && !stdout && !stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return { stdin, stdout, stderr, tty };
}

function readWords(query: URLSearchParams): string[] {
  const words = query.getAll('command');
  if (words.length === 0) throw badRequest('you must specify at least one command for the container');
  if (words.length > limits.commandWords)
    throw badRequest(`the command has ${words.length} words; at most ${limits.commandWords} are taken`);
  if (words.some((word) => word.length > limits.commandBytes))
    throw badRequest(`a word of the command is longer than ${limits.commandBytes} characters`);
  return words;
}

/** Throws 400 for a container in which nothing runs, as the kubelet words it. */
export function requireRunning(pod: KubeObject, container: string): void {
  const { name } = pod.metadata;
  const { phase } = objectAt(pod, 'status');
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const state = stateOf(pod, container);
  if (state['running'] !== undefined) return;
  const why = objectAt(state, 'waiting')['reason'] ?? objectAt(state, 'terminated')['reason'];
  const reason = why === undefined ? '' : `: ${String(why)}`;
  throw badRequest(`container "${container}" in pod "${name}" is not running${reason}`);
}

/** The container whose namespaces stand for the pod's. */
export function anyRunning(pod: KubeObject): string {
  const names = listAt(objectAt(pod, 'spec'), 'containers')
    .filter(isObject)
    .map((container) => String(container['name']));
  const running = names.find((name) => stateOf(pod, name)['running'] !== undefined);
  if (running !== undefined) return running;
  const { phase = 'Pending' } = objectAt(pod, 'status');
  throw badRequest(`unable to forward port because pod is not running. Current status=${String(phase)}`);
}

function stateOf(pod: KubeObject, container: string) {
  const status = objectAt(pod, 'status');
  const found = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => listAt(status, list))
    .find((one) => isObject(one) && one['name'] === container);
  return isObject(found) ? objectAt(found, 'state') : {};
}
