import type { ActorContext } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { boardView } from '@bramble/protocol/digest.ts';
import { endedStatus } from '@bramble/protocol/ended.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Fence, Manifest, ObjectOrder } from '@bramble/protocol/messages/orders.ts';
import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { DesiredObject } from './desired.ts';
import { fitManifest } from './manifest-limit.ts';
import type { SessionMessage, SessionPorts, SessionSettings, SessionState } from './session-types.ts';

/** A manifest that the board does not show after this long was lost. */
const unseenMs = 3_000;
/** So long it is waited for at first, and twice as long after each repetition. */
const firstRepeatMs = 10_000;
const maxRepeatMs = 300_000;
/** Changes are gathered for this long into one manifest. */
const gatherMs = 5;
/** Objects signed in one turn; each takes about a tenth of a millisecond, and more where it is sealed. */
const objectsATurn = 24;

type Context = ActorContext<SessionMessage>;

/** Sends what is desired after a short while; asked for again in the meantime, no later. */
export function sendSoon(state: SessionState, ctx: Context, delayMs: number = gatherMs): void {
  if (state.sendPending) return;
  state.sendPending = true;
  ctx.setTimer('send', delayMs, { type: 'timer', timer: 'send' });
}

/** Sends what the board lacks, then the manifest that names it all. Objects come first, so that few wait for another. */
export function sendDesired(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: Context,
): void {
  const { birth } = state;
  if (!birth || state.registeredBoot !== birth.boot || !state.linkUp) return;
  // Grows also over a crash of this actor, whose board refuses a lower one: the clock has moved on by then.
  const sequence = Math.max(state.sequence + 1, Math.floor(ctx.host.monotonic()));
  const fence = { storeId: ports.store.storeId, epoch: ports.epoch, sequence };
  const desired = fitting(ports, settings, state, ctx);
  const lacking = desired.filter(({ key, digest }) => state.held.get(key) !== digest);
  const messages: OutgoingMessage[] = [];
  for (const wanted of lacking.slice(0, objectsATurn)) {
    messages.push(objectMessage(ports, settings, fence, wanted));
    state.held.set(wanted.key, wanted.digest);
    state.unconfirmed.add(wanted.key);
  }
  if (lacking.length > objectsATurn) sendSoon(state, ctx, 0);
  else {
    messages.push(manifestMessage(ports, settings, fence, { birth, desired, released: state.released }));
    state.named = keysOf(desired);
    state.sequence = sequence;
    state.sentAtMs = ctx.host.monotonic();
    const repeatMs = Math.min(maxRepeatMs, firstRepeatMs * 2 ** Math.min(state.repeats, 20));
    ctx.setTimer('unseen', repeatMs, { type: 'timer', timer: 'unseen' });
    forgetUnwanted(state);
  }
  ports.link()?.send({ type: 'publish-all', messages });
}

/** As much of what is desired as a manifest may name; what it may not is told, once. */
function fitting(
  { events }: SessionPorts,
  { node }: SessionSettings,
  state: SessionState,
  ctx: Context,
): readonly DesiredObject[] {
  const isHeld = (key: string): boolean => state.held.has(key) || state.named.has(key);
  const { kept, leftOut } = fitManifest(state.desired, isHeld, limits.manifestObjects);
  const message = `Board ${node} holds ${kept.length} pods, ConfigMaps and Secrets; ${limits.manifestObjects} are the most that it is sent: this pod waits until others there are deleted`;
  for (const { key, stored } of leftOut) {
    if (state.leftOut.has(key)) continue;
    const note = { type: 'Warning', reason: 'ManifestFull', message, source: 'bramble-controller' } as const;
    events.send({ type: 'note', note: { ...note, about: stored.object } });
  }
  if (leftOut.length > state.leftOut.size)
    ctx.log('warn', 'more is desired of a board than a manifest may name', { node, leftOut: leftOut.length });
  state.leftOut = keysOf(leftOut);
  return kept;
}

/** What was sent up to the manifest that the board shows has arrived. */
export function noteSeen(ports: SessionPorts, state: SessionState, ctx: Context): void {
  if (!isSeen(ports, state)) return;
  state.unconfirmed.clear();
  state.repeats = 0;
  ctx.cancelTimer('unseen');
}

/** A board shows a manifest soon after it has come; one that cannot take it is not pressed. */
export function repeatUnseen(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: Context,
): void {
  if (state.silent || isSeen(ports, state)) return;
  state.repeats += 1;
  sendDesired(ports, settings, state, ctx);
}

/** Repeats the manifest when the board's sign of life shows an older one. */
export function sendIfUnseen(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: Context,
): void {
  if (state.sequence === 0 || ctx.host.monotonic() - state.sentAtMs < unseenMs) return;
  if (!isSeen(ports, state) && !state.sendPending) sendDesired(ports, settings, state, ctx);
}

function isSeen({ epoch }: SessionPorts, { metrics, sequence }: SessionState): boolean {
  const seen = metrics?.manifest;
  return seen?.epoch === epoch && seen.sequence === sequence;
}

function forgetUnwanted(state: SessionState): void {
  const wanted = new Set(state.desired.map(({ key }) => key));
  for (const key of state.held.keys()) if (!wanted.has(key)) state.held.delete(key);
  for (const key of state.unconfirmed) if (!wanted.has(key)) state.unconfirmed.delete(key);
}

function manifestMessage(
  { signer }: SessionPorts,
  { node, podCIDRs }: SessionSettings,
  fence: Fence,
  { birth, desired, released }: Pick<SessionState, 'desired' | 'released'> & { readonly birth: NodeBirth },
): OutgoingMessage {
  const objects = Object.fromEntries(desired.map(({ key, digest }) => [key, digest]));
  const ends = released.length === 0 ? {} : { released: [...released] };
  const answers = { boot: birth.boot, bootId: birth.machine.bootId };
  const manifest: Manifest = { fence, answers, objects, podCIDRs: [...podCIDRs], ...ends };
  const topic = topics.manifest(node);
  return { topic, payload: signer.sign(topic, manifest), qos: 1, retain: false };
}

function objectMessage(
  { signer }: SessionPorts,
  { node, sealingKey }: SessionSettings,
  fence: Fence,
  { plural, uid, digest, stored }: DesiredObject,
): OutgoingMessage {
  const topic = topics.object(node, plural, uid);
  const object = boardView(plural, stored.object);
  const order: ObjectOrder =
    plural === 'secrets'
      ? sealedOrder(signer, sealingKey, fence, uid, digest, object)
      : { fence, digest, object: { ...object }, ...endOf(plural, stored) };
  return { topic, payload: signer.sign(topic, order), qos: 1, retain: false };
}

/** Boards that run nothing share one. */
const noKeys: ReadonlySet<string> = new Set();

function keysOf(objects: readonly DesiredObject[]): ReadonlySet<string> {
  return objects.length === 0 ? noKeys : new Set(objects.map(({ key }) => key));
}

/** It is no part of the digest: only a board that lacks the pod is sent it. */
function endOf(plural: string, { object }: DesiredObject['stored']): Pick<ObjectOrder, 'ended'> {
  const status = endedStatus(plural, object);
  return status ? { ended: { ...status } } : {};
}

/** A Secret's data leaves the object and travels sealed, bound to uid and digest. */
function sealedOrder(
  signer: SessionPorts['signer'],
  sealingKey: string,
  fence: Fence,
  uid: string,
  digest: string,
  object: KubeObject,
): ObjectOrder {
  const { data, ...open } = object;
  const plain = Buffer.from(JSON.stringify(data ?? {}));
  return { fence, digest, object: open, sealed: signer.seal(sealingKey, `${uid}/${digest}`, plain) };
}
