import type { ActorContext } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import type { NodeStatus } from '@bramble/protocol/schema/types.generated.ts';
import { withMemoryCondition, withReadiness } from './node-conditions.ts';
import { nodeOfBirth } from './node-object.ts';
import { sendSoon } from './session-orders.ts';
import type {
  NodeWrite,
  SessionMessage,
  SessionPorts,
  SessionSettings,
  SessionState,
} from './session-types.ts';

type Context = ActorContext<SessionMessage>;

const retryMs = 1_000;

/**
 * Makes the Node say what is known of the board. One write at a time, each on the newest object, so that neither a
 * label set meanwhile nor a change of mind while the disk was busy is lost.
 */
export function writeNode(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: Context,
): void {
  if (state.nodeWrite !== 'none') {
    state.nodeWrite = 'again';
    return;
  }
  const key = `/registry/nodes/${settings.node}`;
  const current = ports.store.get(key);
  const node = described(settings, state, current?.object, ctx);
  if (!node) return;
  const ready = !state.silent;
  const boot = state.silent ? undefined : state.birth?.boot;
  const turned = readyOf(node) === readyOf(current?.object) ? undefined : node;
  const written: NodeWrite = { boot, turned, ready };
  if (current && jsonEqual(current.object, node)) return registered(state, boot, ctx);
  state.nodeWrite = 'under-way';
  ctx.pipe(
    ports.store.commit({
      conditions: [{ key, revision: current?.revision ?? 0 }],
      writes: [{ type: 'put', key, object: node }],
    }),
    (result) => ({
      type: 'node-written',
      written,
      outcome: result.ok ? 'stored' : result.reason === 'conflict' ? 'conflict' : 'failed',
    }),
    () => ({ type: 'node-written', written, outcome: 'failed' }),
  );
}

export function nodeWritten(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  { written, outcome }: Extract<SessionMessage, { type: 'node-written' }>,
  ctx: Context,
): void {
  const again = state.nodeWrite === 'again' || outcome === 'conflict';
  state.nodeWrite = 'none';
  if (outcome === 'stored') {
    if (written.turned) tellReadiness(ports, settings, written.turned, written.ready);
    registered(state, written.boot, ctx);
  }
  if (outcome === 'failed') ctx.setTimer('node', retryMs, { type: 'timer', timer: 'node' });
  else if (again) writeNode(ports, settings, state, ctx);
}

/** Orders follow once the board's birth is on disk. */
function registered(state: SessionState, boot: number | undefined, ctx: Context): void {
  if (boot === undefined || state.registeredBoot === boot) return;
  state.registeredBoot = boot;
  sendSoon(state, ctx, 0);
}

/** `undefined` where there is nothing to say: a Node that was deleted comes back with its board, and not before. */
function described(
  settings: SessionSettings,
  { birth, silent, heardAtMs }: SessionState,
  current: KubeObject | undefined,
  ctx: Context,
): KubeObject | undefined {
  const silentMs = ctx.host.monotonic() - heardAtMs;
  if (silent) return current && withReadiness(current, { ready: false, silentMs }, ctx.host);
  if (!birth) return undefined;
  const node = withMemoryCondition(nodeOfBirth(settings, birth, current, ctx.host), birth, ctx.host);
  return withReadiness(node, { ready: true, silentMs: 0 }, ctx.host);
}

function readyOf(node: KubeObject | undefined): string | undefined {
  const status = node?.['status'] as NodeStatus | undefined;
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

function tellReadiness(
  { events }: SessionPorts,
  { node }: SessionSettings,
  about: KubeObject,
  ready: boolean,
): void {
  const reason = ready ? 'NodeReady' : 'NodeNotReady';
  const type = ready ? 'Normal' : 'Warning';
  const message = `Node ${node} status is now: ${reason}`;
  events.send({ type: 'note', note: { type, reason, message, source: 'bramble-controller', about } });
}
