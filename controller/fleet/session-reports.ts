import type { ActorContext } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Acks, PodReport } from '@bramble/protocol/messages/orders.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { StoredObject, Write } from '../store/types.ts';
import { nodeOfPod } from './desired.ts';
import { type Noted, podNotes } from './pod-events.ts';
import { mergeStatus } from './pod-status.ts';
import type { SessionMessage, SessionPorts, SessionSettings, SessionState } from './session-types.ts';

/** Acks are gathered for this long into one message. */
const ackMs = 20;

type Context = ActorContext<SessionMessage>;

/** Takes a report: once it is on disk (or has nothing to change) it is acknowledged. */
export function report(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  entry: PodReport,
  ctx: Context,
): void {
  const { uid } = entry;
  if (entry.boot !== state.birth?.boot) return;
  if (entry.unclaimed) return reportUnclaimed(ports, settings, entry);
  ports.unclaimed?.forget(settings.node, uid);
  if (entry.sequence <= (state.taken.get(uid) ?? -1)) return ackLater(state, entry, ctx);
  if (state.underWay.has(uid)) {
    if (entry.sequence > (state.waiting.get(uid)?.sequence ?? -1)) state.waiting.set(uid, entry);
    return;
  }
  const stored = podOf(ports, entry);
  // G7: a board changes only what is its own. Nothing is remembered: it may name as many pods as it likes.
  if (!stored || nodeOfPod(stored) !== settings.node) {
    if (stored) ports.onRefused('foreign');
    return ackLater(state, entry, ctx);
  }
  ports.onStages(entry, stored, settings.node);
  const write = writeOf(entry, stored);
  if (!write) {
    tell(ports, state, entry, podNotes(stored.object, stored.object, entry, settings.node));
    return taken(state, entry, ctx);
  }
  state.underWay.add(uid);
  const notes = notesOf(settings, entry, stored, write);
  ctx.pipe(
    ports.store.commit({ conditions: [{ key: stored.key, revision: stored.revision }], writes: [write] }),
    (result) => {
      if (result.ok) tell(ports, state, entry, notes);
      const outcome = result.ok ? 'stored' : result.reason === 'conflict' ? 'conflict' : 'failed';
      return { type: 'committed', report: entry, outcome };
    },
    () => ({ type: 'committed', report: entry, outcome: 'failed' }),
  );
}

/** Passes on what was not told before: a note comes again with each report until one that held it is acknowledged. */
function tell(
  { events }: SessionPorts,
  state: SessionState,
  entry: PodReport,
  notes: readonly Noted[],
): void {
  const before = state.notesTaken.get(entry.uid) ?? -1;
  for (const { number, note } of notes)
    if (number === undefined || number > before) events.send({ type: 'note', note });
  const newest = Math.max(before, ...notes.map(({ number }) => number ?? before));
  if (newest > before) state.notesTaken.set(entry.uid, newest);
}

/** Of one that its own store was ending, its board says once that it is gone, and nothing of it after that. */
function reportUnclaimed(ports: SessionPorts, settings: SessionSettings, entry: PodReport): void {
  if (entry.gone) return ports.unclaimed?.forget(settings.node, entry.uid);
  ports.unclaimed?.note(settings.node, entry);
  tellUnclaimed(ports, settings, entry);
}

/** A pod of another store runs there, and no controller stops it by itself (G5): a person must know, and decide. */
function tellUnclaimed({ store, events }: SessionPorts, { node }: SessionSettings, entry: PodReport): void {
  const about = store.get(`/registry/nodes/${node}`)?.object;
  if (!about) return;
  const pod = `${entry.namespace}/${entry.name}`;
  const message = `Pod ${pod} of another store runs on ${node}, and goes on: it is not in this store, so nothing here stops it. \`bramble unclaimed claim\` takes it in, \`bramble unclaimed release\` ends it`;
  const note = {
    type: 'Warning',
    reason: 'UnclaimedPod',
    message,
    source: 'bramble-agent',
    node,
    about,
  } as const;
  events.send({ type: 'note', note });
}

export function committed(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  { report: entry, outcome }: Extract<SessionMessage, { type: 'committed' }>,
  ctx: Context,
): void {
  const { uid, namespace, name, boot } = entry;
  state.underWay.delete(uid);
  const newer = state.waiting.get(uid);
  state.waiting.delete(uid);
  if (outcome === 'stored' && boot === state.birth?.boot) taken(state, entry, ctx);
  // The agent repeats what is not acknowledged; a disk that is full is not asked again at once.
  if (outcome === 'failed')
    return ctx.log('warn', 'a status could not be stored', { pod: `${namespace}/${name}` });
  const next = newer ?? (outcome === 'conflict' ? entry : undefined);
  if (next) report(ports, settings, state, next, ctx);
}

/** Forgets what was taken from pods that this board has no longer to do with. */
export function forgetReports(state: SessionState): void {
  const desired = new Set(state.desired.map(({ key }) => key));
  for (const uid of state.taken.keys()) if (!desired.has(`pods/${uid}`)) state.taken.delete(uid);
  for (const uid of state.notesTaken.keys()) if (!desired.has(`pods/${uid}`)) state.notesTaken.delete(uid);
}

function taken(state: SessionState, entry: PodReport, ctx: Context): void {
  state.taken.set(entry.uid, entry.sequence);
  ackLater(state, entry, ctx);
}

function ackLater(state: SessionState, { uid, sequence }: PodReport, ctx: Context): void {
  // Never put off by the next one: a board that reports without a pause is acknowledged, too.
  if (state.acks.size === 0) ctx.setTimer('acks', ackMs, { type: 'timer', timer: 'acks' });
  state.acks.set(uid, Math.max(sequence, state.acks.get(uid) ?? 0));
}

export function sendAcks(ports: SessionPorts, { node }: SessionSettings, state: SessionState): void {
  if (!state.birth || state.acks.size === 0) return;
  const fence = { storeId: ports.store.storeId, epoch: ports.epoch, sequence: state.sequence };
  const acks: Acks = { fence, boot: state.birth.boot, reports: Object.fromEntries(state.acks) };
  state.acks.clear();
  const topic = topics.acks(node);
  ports.link()?.send({
    type: 'publish',
    message: { topic, payload: ports.signer.sign(topic, acks), qos: 1, retain: false },
  });
}

/** The pod that a report is about. */
function podOf({ store }: SessionPorts, entry: PodReport): StoredObject | undefined {
  const stored = store.get(`/registry/pods/${entry.namespace}/${entry.name}`);
  if (!stored || stored.object.metadata.uid !== entry.uid) return undefined;
  return stored;
}

function writeOf(entry: PodReport, stored: StoredObject): Write | undefined {
  const { key, object } = stored;
  const { metadata } = object;
  const ends = entry.gone && metadata.deletionTimestamp !== undefined;
  const held = (metadata.finalizers ?? []).length > 0;
  if (ends && !held) return { type: 'delete', key };
  const merged = mergeStatus(object, entry.status);
  if (!ends || metadata.deletionGracePeriodSeconds === 0)
    return merged === object ? undefined : { type: 'put', key, object: merged };
  // No grace is left to wait for: whoever takes the last finalizer off removes the pod.
  return {
    type: 'put',
    key,
    object: { ...merged, metadata: { ...metadata, deletionGracePeriodSeconds: 0 } },
  };
}

function notesOf({ node }: SessionSettings, entry: PodReport, stored: StoredObject, write: Write): Noted[] {
  const after: KubeObject = write.type === 'put' ? write.object : { ...stored.object, status: entry.status };
  return podNotes(stored.object, after, entry, node);
}
