import type { ActorContext } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Acks, PodReport } from '@bramble/protocol/messages/orders.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { StoredObject, Write } from '../store/types.ts';
import { nodeOfPod } from './desired.ts';
import { podNotes } from './pod-events.ts';
import { mergeStatus } from './pod-status.ts';
import type { SessionMessage, SessionPorts, SessionSettings, SessionState } from './session-types.ts';

/** Acks are gathered for this long into one message. */
const ackMs = 20;
const retryMs = 500;

type Context = ActorContext<SessionMessage>;

/** Takes a report: once it is on disk (or has nothing to change) it is acknowledged. */
export function report(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  entry: PodReport,
  ctx: Context,
): void {
  if (entry.unclaimed) return;
  if (entry.boot !== state.birth?.boot) return;
  if (entry.sequence <= (state.taken.get(entry.uid) ?? -1)) return ackLater(state, entry, ctx);
  if (state.underWay.has(entry.uid)) {
    state.waiting.set(entry.uid, entry);
    return;
  }
  const stored = podOf(ports, settings, entry);
  if (!stored) return taken(state, entry, ctx);
  ports.onStages(entry, stored, settings.node);
  const write = writeOf(entry, stored);
  if (!write) return taken(state, entry, ctx);
  state.underWay.add(entry.uid);
  tell(ports, settings, entry, stored, write);
  ctx.pipe(
    ports.store.commit({ conditions: [{ key: stored.key, revision: stored.revision }], writes: [write] }),
    (result) => ({
      type: 'committed',
      report: entry,
      outcome: result.ok ? 'stored' : result.reason === 'conflict' ? 'conflict' : 'failed',
    }),
    () => ({ type: 'committed', report: entry, outcome: 'failed' }),
  );
}

export function committed(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  { report: entry, outcome }: Extract<SessionMessage, { type: 'committed' }>,
  ctx: Context,
): void {
  state.underWay.delete(entry.uid);
  if (outcome === 'stored') taken(state, entry, ctx);
  const next = state.waiting.get(entry.uid) ?? (outcome === 'stored' ? undefined : entry);
  state.waiting.delete(entry.uid);
  if (!next) return;
  if (outcome !== 'failed') return report(ports, settings, state, next, ctx);
  // The agent repeats what is not acknowledged; a disk that is full is not asked again at once.
  ctx.log('warn', 'a status could not be stored', { pod: `${entry.namespace}/${entry.name}`, retryMs });
}

function taken(state: SessionState, entry: PodReport, ctx: Context): void {
  state.taken.set(entry.uid, entry.sequence);
  ackLater(state, entry, ctx);
}

export function ackLater(state: SessionState, { uid, sequence }: PodReport, ctx: Context): void {
  state.acks[uid] = Math.max(sequence, state.acks[uid] ?? 0);
  ctx.setTimer('acks', ackMs, { type: 'timer', timer: 'acks' });
}

export function sendAcks(ports: SessionPorts, { node }: SessionSettings, state: SessionState): void {
  if (!state.birth || Object.keys(state.acks).length === 0) return;
  const fence = { storeId: ports.store.storeId, epoch: ports.epoch, sequence: state.sequence };
  const acks: Acks = { fence, boot: state.birth.boot, reports: state.acks };
  state.acks = {};
  const topic = topics.acks(node);
  ports.link()?.send({
    type: 'publish',
    message: { topic, payload: ports.signer.sign(topic, acks), qos: 1, retain: false },
  });
}

/** The pod that a report is about, if this board is the one that runs it (G7: a board changes only what is its own). */
function podOf(
  { store }: SessionPorts,
  { node }: SessionSettings,
  entry: PodReport,
): StoredObject | undefined {
  const stored = store.get(`/registry/pods/${entry.namespace}/${entry.name}`);
  if (!stored || stored.object.metadata.uid !== entry.uid) return undefined;
  return nodeOfPod(stored) === node ? stored : undefined;
}

function writeOf(entry: PodReport, stored: StoredObject): Write | undefined {
  const { metadata } = stored.object;
  if (entry.gone && metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length)
    return { type: 'delete', key: stored.key };
  const object = mergeStatus(stored.object, entry.status);
  return object === stored.object ? undefined : { type: 'put', key: stored.key, object };
}

function tell(
  { events }: SessionPorts,
  { node }: SessionSettings,
  entry: PodReport,
  stored: StoredObject,
  write: Write,
): void {
  const after: KubeObject = write.type === 'put' ? write.object : { ...stored.object, status: entry.status };
  for (const note of podNotes(stored.object, after, node)) events.send({ type: 'note', note });
}
