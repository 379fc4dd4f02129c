import { kindByPlural, storeKey } from '@bramble/protocol/kinds.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { ObjectStore } from '../store/types.ts';
import type { LogOptions } from './http/ports.ts';
import { chooseContainer, readLogOptions, requireStarted } from './log-request.ts';
import type { Options } from './options.ts';
import { notFound, unknownResource } from './status.ts';

/** Which container's log is asked for, and on which board it is. */
export interface LogTarget {
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly node: string;
  };
  readonly container: string;
  readonly options: LogOptions;
}

/**
 * Checks what a request for `pods/{name}/log` asks. `undefined` for a pod that is on no board yet, and so has said nothing.
 * @throws StatusError for what is not there, or makes no sense.
 */
export function logTarget(
  store: Pick<ObjectStore, 'get'>,
  place: { readonly namespace: string; readonly name: string },
  options: Options,
): LogTarget | undefined {
  const kind = kindByPlural('', 'pods');
  if (!kind) throw unknownResource();
  const stored = store.get(storeKey(kind, place.namespace, place.name));
  if (!stored) throw notFound(kind, place.name);
  const checked = readLogOptions(options);
  const container = chooseContainer(stored.object, options['container'] || undefined);
  const node = objectAt(stored.object, 'spec')['nodeName'];
  if (typeof node !== 'string' || node === '') return undefined;
  requireStarted(stored.object, container, checked.previous);
  return { pod: { ...place, uid: stored.object.metadata.uid ?? '', node }, container, options: checked };
}
