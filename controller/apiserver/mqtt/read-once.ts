import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { ObjectStore } from '../../store/types.ts';
import { chooseForm, type Form } from '../http/accept.ts';
import { parseResourceRoute, type ResourceRoute } from '../http/route.ts';
import { type LogTarget, logTarget } from '../log-target.ts';
import { type Options, optionsOf } from '../options.ts';
import type { ApiPipeline } from '../pipeline.ts';
import { answerParts, includeOf } from '../printers/answer-text.ts';
import type { IncludeObject } from '../printers/table.ts';
import type { Status, UserInfo, WatchAnswer } from '../request.ts';
import { gatherInSlices } from '../slices.ts';
import { badRequest, failure, StatusError, unknownResource } from '../status.ts';

/** Reads of Bramble's own, such as traces: JSON, or `undefined` for a path that is none of them. */
export type OwnReads = (
  path: string,
  user: UserInfo,
) => { readonly code: number; readonly json: string } | undefined;

export interface ReadPorts {
  readonly api: Pick<ApiPipeline, 'handle' | 'authorize'>;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly own: OwnReads;
  readonly host: Pick<Host, 'now' | 'monotonic' | 'defer'>;
}

/** What a read comes to: a whole answer, or something that goes on. */
export type Outcome =
  | { readonly type: 'whole'; readonly code: number; readonly json: string }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'log'; readonly log: LogTarget | undefined }
  | {
      readonly type: 'watch';
      readonly watch: WatchAnswer;
      readonly form: Form;
      readonly include: IncludeObject;
    };

/** Carries out one read, through the pipeline that serves HTTPS. @throws StatusError */
export async function readOnce(
  ports: ReadPorts,
  user: UserInfo,
  read: { readonly path: string; readonly accept?: string | undefined },
): Promise<Outcome> {
  const [path = '/', query = ''] = read.path.split(/\?(.*)/s, 2);
  const own = ports.own(path, user);
  if (own) return { type: 'whole', ...own };
  const options = optionsOf(new URLSearchParams(query));
  const route = parseResourceRoute('GET', path, ['true', '1', ''].includes(options['watch'] ?? 'no'));
  if (route === undefined || route === 'method') throw unknownResource();
  const form = chooseForm(read.accept, ['Table', 'PartialObjectMetadata']);
  if (route.resource === 'pods' && route.subresource === 'log') return logOf(ports, user, route, options);
  return objectsOf(ports, user, route, options, form);
}

function logOf(ports: ReadPorts, user: UserInfo, route: ResourceRoute, options: Options): Outcome {
  ports.api.authorize(user, route);
  const { namespace, name } = route;
  if (namespace === undefined || name === undefined) throw badRequest('a log needs a namespace and a pod');
  return { type: 'log', log: logTarget(ports.store, { namespace, name }, options) };
}

async function objectsOf(
  ports: ReadPorts,
  user: UserInfo,
  route: ResourceRoute,
  options: Options,
  form: Form,
): Promise<Outcome> {
  const include = includeIn(route, options, form);
  const nowMs = ports.host.now();
  const answer = await ports.api.handle({ user, ...route, options, body: undefined, receivedAt: nowMs });
  if (answer.type === 'status') return { type: 'status', status: answer.status };
  if (answer.type === 'watch') return { type: 'watch', watch: answer.watch, form, include };
  const code = answer.type === 'list' ? 200 : answer.code;
  const parts = answerParts(answer, route, form, { include, nowMs });
  return { type: 'whole', code, json: (await gatherInSlices(fitting(parts), ports.host)).join('') };
}

/** No more is made of an answer than shows that it is too long for one message. */
function* fitting(parts: Iterable<string>): Generator<string, void> {
  let characters = 0;
  for (const part of parts) {
    yield part;
    characters += part.length;
    if (characters > limits.objectBytes) return;
  }
}

/**
 * A broker could read along: of Secrets only the columns of a table pass, without the metadata whose annotations may
 * repeat what was applied.
 */
function includeIn(route: ResourceRoute, options: Options, form: Form): IncludeObject {
  if (route.group !== '' || route.resource !== 'secrets') return includeOf(options);
  if (form === 'Table') return 'None';
  const message = 'secrets are forbidden here: they do not travel through the broker; read them over HTTPS';
  throw new StatusError(failure(403, 'Forbidden', message, { kind: 'secrets' }));
}
