import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { StoredObject } from '../store/types.ts';

/** One of the steps in the life of a pod (ARCHITECTURE §1). */
export interface TraceStep {
  readonly step:
    | 'client'
    | 'api server'
    | 'store'
    | 'scheduler'
    | 'agent'
    | 'network'
    | 'runtime'
    | 'lifecycle';
  readonly who: string;
  readonly what: string;
  /** Milliseconds since the epoch at which the step was done. Boards' clocks are theirs: see `clock`. */
  readonly at: number;
  readonly clock: 'controller' | 'board';
}

export interface PodTrace {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly steps: readonly TraceStep[];
}

/** Pods whose traces are kept, the newest. */
const tracesKept = 2_000;

/** Remembers, for the newest pods, when each step of their lives was done. In memory only: it is a diagnosis, no state. */
export class TraceRecorder {
  readonly #traces = new Map<string, { namespace: string; name: string; steps: Map<string, TraceStep> }>();

  /** The first time that a step of a pod is told counts. */
  note(pod: { uid: string; namespace: string; name: string }, id: string, step: TraceStep): void {
    let trace = this.#traces.get(pod.uid);
    if (!trace) {
      trace = { namespace: pod.namespace, name: pod.name, steps: new Map() };
      this.#traces.set(pod.uid, trace);
      this.#forgetOldest();
    }
    if (!trace.steps.has(id)) trace.steps.set(id, step);
  }

  noteReport(report: PodReport, pod: StoredObject, node: string): void {
    const identity = { uid: report.uid, namespace: report.namespace, name: pod.object.metadata.name };
    for (const [stage, at] of Object.entries(report.stages ?? {})) {
      const meaning = stages.get(stage);
      if (meaning)
        this.note(identity, stage, { ...meaning, who: `${meaning.who} on ${node}`, at, clock: 'board' });
    }
  }

  get(uid: string): PodTrace | undefined {
    const trace = this.#traces.get(uid);
    if (!trace) return undefined;
    return { uid, namespace: trace.namespace, name: trace.name, steps: [...trace.steps.values()] };
  }

  #forgetOldest(): void {
    if (this.#traces.size <= tracesKept) return;
    const oldest = this.#traces.keys().next().value;
    if (oldest !== undefined) this.#traces.delete(oldest);
  }
}

const stages = new Map<string, Pick<TraceStep, 'step' | 'who' | 'what'>>([
  ['received', { step: 'agent', who: 'agent', what: 'received manifest and pod, checked the signature' }],
  ['journaled', { step: 'agent', who: 'agent', what: 'wrote them to the journal' }],
  ['network', { step: 'network', who: 'agent', what: 'made the network namespace and gave the address' }],
  ['pulled', { step: 'runtime', who: 'podman', what: 'has the images' }],
  ['created', { step: 'runtime', who: 'podman', what: 'created the containers' }],
  ['started', { step: 'runtime', who: 'podman', what: 'started the containers' }],
  ['running', { step: 'lifecycle', who: 'agent', what: 'saw every container running' }],
]);
