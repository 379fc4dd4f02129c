import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from '@bramble/actors/host.ts';
import { bounds } from '../bounds.ts';
import { decodeBody, patchTypeOf } from '../decode/body.ts';
import type { Options } from '../options.ts';
import { answerParts, includeOf } from '../printers/answer-text.ts';
import type { ApiRequest, UserInfo } from '../request.ts';
import { gatherInSlices } from '../slices.ts';
import { badRequest, unknownResource } from '../status.ts';
import { isServed, refusePlanned } from '../target.ts';
import { reviewOf } from '../verbs/reviews.ts';
import { chooseForm, contentTypeOf } from './accept.ts';
import type { Share } from './budget.ts';
import type { Gates } from './gate.ts';
import type { HandlerPorts } from './ports.ts';
import { largest, readBody } from './read-body.ts';
import { bytesOf, pretty, respond, respondStatus, setWarnings } from './respond.ts';
import type { ResourceRoute } from './route.ts';
import { WatchEncoder } from './watch-encoder.ts';
import { serveWatch } from './watch-stream.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: Options;
}

/** A request for objects: decoded, handed to the pipeline, and its answer sent in the form that was asked for. */
export async function serveResource(
  ports: HandlerPorts,
  gates: Gates,
  exchange: Exchange,
  user: UserInfo,
  route: ResourceRoute,
): Promise<void> {
  const { request, response, options } = exchange;
  const form = chooseForm(request.headers.accept, ['Table', 'PartialObjectMetadata']);
  const include = includeOf(options);
  refuseEarly(ports, user, route);
  const answer = await ports.pipeline.handle(await readRequest(ports, gates, exchange, user, route));
  if (answer.type === 'watch') {
    setWarnings(response, answer.warnings);
    response.on('close', gates.streams.enter());
    response.on('close', gates.userWatches.enter(user.name));
    response.on(
      'close',
      gates.open.add(user, () => response.destroy()),
    );
    const encoder = new WatchEncoder(answer.watch.kind, form, include, gates.lines);
    const { answers, counts, prompt, due } = gates;
    const bounding = { share: answers.of(user.name), counts, prompt, due };
    return serveWatch(ports.host, response, answer.watch, encoder, form, bounding);
  }
  if (answer.type === 'status') return respondStatus(request, response, answer.status, answer.warnings);
  const parts = answerParts(answer, route, form, { include, nowMs: ports.host.now() });
  const gathered = await gatherInSlices(grouped(parts), ports.host);
  const body = gathered.length === 1 ? (gathered[0] ?? '') : gathered;
  const bytes = bytesOf(body);
  const share = gates.answers.of(user.name);
  // What was written is written: its answer, about as large as the request was, is not refused any more.
  if (isRead(route)) share.takeOne(bytes);
  else share.owe(bytes);
  giveBack(ports.host, response, share, bytes);
  const isPretty = ['true', '1'].includes(options['pretty'] ?? '') && bytes <= bounds.prettyBytes;
  respond(request, response, {
    code: answer.type === 'list' ? 200 : answer.code,
    contentType: contentTypeOf(form),
    body: isPretty ? pretty(gathered.join('')) : body,
    warnings: answer.warnings,
  });
}

/** Enough for one write; what is shorter is sent in one go with its head. */
const charactersInPart = 65_536;

function* grouped(texts: Iterable<string>): Generator<string, void> {
  let group: string[] = [];
  let characters = 0;
  for (const text of texts) {
    group.push(text);
    characters += text.length;
    if (characters < charactersInPart) continue;
    yield group.join('');
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group.join('');
}

/** What waits for its reader takes memory, until it was read or its reader has had time enough. */
function giveBack(host: Pick<Host, 'timer'>, response: ServerResponse, share: Share, bytes: number): void {
  // Whoever went away meanwhile has said so already, and says it once.
  if (response.destroyed) return share.give(bytes);
  const patienceMs = bounds.readerTimeoutMs + (1_000 * bytes) / bounds.readerBytesPerSecond;
  const cancel = host.timer(patienceMs, () => response.destroy());
  response.once('close', () => {
    cancel();
    share.give(bytes);
  });
}

/** Before the body is read: nobody sends megabytes to learn that he may not. */
function refuseEarly(ports: HandlerPorts, user: UserInfo, route: ResourceRoute): void {
  ports.pipeline.authorize(user, route);
  if (!isServed(route) && !reviewOf(route)) throw unknownResource();
  refusePlanned(route);
}

const isRead = ({ verb }: ResourceRoute): boolean => verb === 'get' || verb === 'list' || verb === 'watch';

async function readRequest(
  ports: HandlerPorts,
  gates: Gates,
  { request, response, options }: Exchange,
  user: UserInfo,
  route: ResourceRoute,
): Promise<ApiRequest> {
  const receivedAt = ports.host.now();
  const base = { user, ...route, options, receivedAt };
  if (isRead(route)) return { ...base, body: undefined };
  const contentType = request.headers['content-type'];
  const patchType = route.verb === 'patch' ? patchTypeOf(contentType) : undefined;
  const bytes = await readBody(request, response, gates.bodies.of(user.name), largest, ports.host);
  if (bytes.length === 0) {
    if (!route.verb.startsWith('delete')) throw badRequest('the body of the request is empty');
    return { ...base, body: undefined };
  }
  // Server-side apply is refused by the pipeline, whatever its body.
  if (patchType === 'apply') return { ...base, patchType, body: undefined };
  const { value, duplicateFields } = decodeBody(contentType, bytes);
  return { ...base, body: value, duplicateFields, ...(patchType ? { patchType } : {}) };
}
