import type { ActorContext } from '@bramble/actors/index.ts';
import { keyOf, type ProberNews, podProber } from '../probes/prober.ts';
import type { ContainerView } from '../runtime/port.ts';
import { healthOf, isAsked, toRemember, withVerdict } from './health.ts';
import { identityOf } from './labels.ts';
import { specOf } from './plan-stop.ts';
import { probeTargets } from './probe-targets.ts';
import { tell } from './worker-notes.ts';
import type { WorkerMessage, WorkerPorts, WorkerState } from './worker-state.ts';

type Context = ActorContext<WorkerMessage>;

/** Containers were looked at: those that are new are well or not yet, those that are gone are forgotten. */
export function seeHealth(state: WorkerState, ports: WorkerPorts): void {
  const { desired, observed } = state;
  if (!desired) return;
  const remembered = ports.probes.memory.get(ports.uid);
  const health = healthOf(observed.containers, (view) => specOf(view, desired), observed.health, remembered);
  const ids = new Set(observed.containers.map(({ id }) => id));
  const preStops = new Map([...observed.preStops].filter(([id]) => ids.has(id)));
  state.observed = { ...observed, health, preStops };
  remember(state, ports);
}

/** A probe has said something of a container. Answers whether that changed anything. */
export function probed(
  state: WorkerState,
  news: Extract<ProberNews, { type: 'probed' }>,
  ports: WorkerPorts,
  ctx: Context,
): boolean {
  const { id, kind, verdict } = news;
  const view = state.observed.containers.find((each) => each.id === id);
  const health = state.observed.health.get(id);
  if (!view || !health) return false;
  tellOutcome(state, view, news, ports, ctx);
  const changed = verdict === undefined ? health : withVerdict(health, kind, verdict, ctx.host.now());
  if (changed === health) return false;
  state.observed = { ...state.observed, health: new Map(state.observed.health).set(id, changed) };
  remember(state, ports);
  return true;
}

const titles = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const;

function tellOutcome(
  state: WorkerState,
  view: ContainerView,
  { kind, answer }: Extract<ProberNews, { type: 'probed' }>,
  ports: WorkerPorts,
  ctx: Context,
): void {
  const { outcome, output } = answer;
  // What is being stopped, or has ended meanwhile, cannot be expected to answer.
  if (outcome === 'gone' || state.killing.has(view.id)) return;
  const container = identityOf(view.labels)?.container ?? '';
  const title = `${titles[kind]} probe`;
  const type = 'Warning';
  const atMs = ctx.host.now();
  if (outcome === 'failure')
    tell(state, ports, { type, reason: 'Unhealthy', message: `${title} failed: ${output}`, container }, atMs);
  if (outcome === 'error') {
    const message = `${title} errored and resulted in unknown state: ${output}`;
    tell(state, ports, { type, reason: 'Unhealthy', message, container }, atMs);
  }
  if (outcome === 'warning')
    tell(
      state,
      ports,
      { type, reason: 'ProbeWarning', message: `${title} warning: ${output}`, container },
      atMs,
    );
}

export function remember({ desired, observed }: WorkerState, { probes, uid }: WorkerPorts): void {
  const asked = (id: string): boolean => {
    const view = observed.containers.find((each) => each.id === id);
    const spec = view && desired && view.state === 'running' && specOf(view, desired);
    return spec ? isAsked(spec) : false;
  };
  probes.memory.set(uid, toRemember(observed.health, asked));
}

/** Lets the prober know what is to be probed now; it is started with the first probe. Answers whether it knows. */
export function probeWhatRuns(state: WorkerState, ports: WorkerPorts, ctx: Context): boolean {
  const { desired, observed } = state;
  if (!desired) return false;
  const targets = probeTargets(desired, observed);
  const text = targets.map(keyOf).join('\n');
  if (text === state.probing) return true;
  if (!state.prober) {
    const { runtime, probes } = ports;
    const handlers = { runtime, connections: probes.connections };
    state.prober = ctx.spawn('prober', podProber(handlers, ctx.self));
  }
  const known = state.prober.send({ type: 'targets', targets });
  if (known) state.probing = text;
  return known;
}
