import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { Probe } from '@bramble/protocol/schema/types.generated.ts';
import { type HandlerPorts, type Subject, tryHandler } from './handlers.ts';
import { emptyRow, judge, type ProbeKind, type Row, timingOf } from './judge.ts';
import type { Answer } from './port.ts';

/** One probe of one running container, as long as it is to be tried. */
export interface ProbeTarget {
  readonly subject: Subject;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** It ran before this agent did: its first probe comes within a period, so that not all come at once. */
  readonly adopted: boolean;
}

export type ProberMessage =
  /** All that is to be probed: what is lacking is probed no longer. */
  | { readonly type: 'targets'; readonly targets: readonly ProbeTarget[] }
  | { readonly type: 'due'; readonly key: string }
  | { readonly type: 'answered'; readonly key: string; readonly serial: number; readonly answer: Answer };

/** What a prober tells of its pod. */
export type ProberNews =
  | { readonly type: 'prober-started' }
  | {
      readonly type: 'probed';
      readonly id: string;
      readonly kind: ProbeKind;
      /** `undefined`: too few of one kind in a row to mean anything. */
      readonly verdict: boolean | undefined;
      readonly answer: Answer;
    };

interface Probing {
  target: ProbeTarget;
  row: Row;
  /** Of the try that is under way, or was last. */
  serial: number;
  nextAtMs: number;
}

type Probings = Map<string, Probing>;
type Context = ActorContext<ProberMessage>;

/** Tries all probes of one pod in their time and tells what they come to; what follows from it is the worker's business. */
export function podProber(ports: HandlerPorts, worker: ActorRef<ProberNews>): Actor<Probings, ProberMessage> {
  return {
    inbox: { capacity: 256, conflate: (message) => (message.type === 'targets' ? 'targets' : undefined) },
    start() {
      worker.send({ type: 'prober-started' });
      return new Map();
    },
    receive(probings, message, ctx) {
      if (message.type === 'targets') takeTargets(probings, message.targets, ctx);
      else if (message.type === 'due') begin(probings.get(message.key), message.key, ports, ctx);
      else take(probings.get(message.key), message, worker, ctx);
      return probings;
    },
  };
}

export function keyOf({ subject, kind }: ProbeTarget): string {
  return `${kind} ${subject.id}`;
}

function takeTargets(probings: Probings, targets: readonly ProbeTarget[], ctx: Context): void {
  const wanted = new Map(targets.map((target) => [keyOf(target), target]));
  for (const key of probings.keys()) {
    if (wanted.has(key)) continue;
    probings.delete(key);
    ctx.cancelTimer(key);
  }
  for (const [key, target] of wanted) {
    const known = probings.get(key);
    if (known) {
      known.target = target;
      continue;
    }
    const delayMs = firstDelayMs(target, ctx);
    probings.set(key, { target, row: emptyRow, serial: 0, nextAtMs: ctx.host.monotonic() + delayMs });
    ctx.setTimer(key, delayMs, { type: 'due', key });
  }
}

function firstDelayMs({ probe, startedAtMs, adopted }: ProbeTarget, ctx: Context): number {
  const { initialDelaySeconds, periodSeconds } = timingOf(probe);
  if (adopted) return ctx.host.random() * periodSeconds * 1_000;
  const fullMs = initialDelaySeconds * 1_000;
  // Clamped: a clock that jumped must not put off a probe for ever.
  return Math.min(fullMs, Math.max(0, startedAtMs + fullMs - ctx.host.now()));
}

function begin(probing: Probing | undefined, key: string, ports: HandlerPorts, ctx: Context): void {
  if (!probing) return;
  const { probe, subject } = probing.target;
  probing.serial += 1;
  const { serial } = probing;
  const { periodSeconds, timeoutSeconds } = timingOf(probe);
  probing.nextAtMs += periodSeconds * 1_000;
  ctx.pipe(
    tryHandler(probe, subject, ports, timeoutSeconds * 1_000),
    (answer) => ({ type: 'answered', key, serial, answer }),
    (error) => ({ type: 'answered', key, serial, answer: { outcome: 'error', output: wordsOf(error) } }),
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function take(
  probing: Probing | undefined,
  { key, serial, answer }: Extract<ProberMessage, { type: 'answered' }>,
  worker: ActorRef<ProberNews>,
  ctx: Context,
): void {
  if (!probing || probing.serial !== serial) return;
  const { subject, kind, probe } = probing.target;
  const nowMs = ctx.host.monotonic();
  // One that took longer than its period is not caught up with.
  probing.nextAtMs = Math.max(probing.nextAtMs, nowMs);
  ctx.setTimer(key, probing.nextAtMs - nowMs, { type: 'due', key });
  let verdict: boolean | undefined;
  // What could not be tried says nothing of the container.
  if (answer.outcome !== 'error' && answer.outcome !== 'gone') {
    const judged = judge(probing.row, answer.outcome !== 'failure', probe);
    probing.row = judged.row;
    verdict = judged.verdict;
  }
  worker.send({ type: 'probed', id: subject.id, kind, verdict, answer });
}
