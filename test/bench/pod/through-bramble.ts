import type { IncomingMessage } from 'node:http';
import { jsonLines } from '@bramble/agent/runtime/podman/json-lines.ts';
import { call, open, type Target, targetOf } from '@bramble/cli/client.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Bramble } from '../../e2e/fixture/bramble.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';

export interface PodTimes {
  /** From the start of kubectl's process. */
  readonly totalMs: number;
  readonly kubectlMs: number;
  readonly fromRequestMs: number;
  /** What each step of the trace took, in their order. */
  readonly stages: readonly (readonly [string, number])[];
}

interface PodTrace {
  readonly steps: readonly { readonly step: string; readonly what: string; readonly at: number }[];
}

interface WatchEvent {
  readonly type: string;
  readonly object: Pod;
}

const path = '/api/v1/namespaces/default/pods';

/** A watch that is open all the time, and pods made beside it by kubectl. */
export class PodWatch {
  readonly #bramble: Bramble;
  readonly #target: Target;
  readonly #stream: IncomingMessage;
  /** When each pod was first seen Running with an address: milliseconds since the epoch, in fractions. */
  readonly #runningAt = new Map<string, number>();
  readonly #gone = new Set<string>();

  static async open(bramble: Bramble): Promise<PodWatch> {
    const target = await targetOf(bramble.dataDir);
    return new PodWatch(bramble, target, await open(target, 'GET', `${path}?watch=true`));
  }

  private constructor(bramble: Bramble, target: Target, stream: IncomingMessage) {
    this.#bramble = bramble;
    this.#target = target;
    this.#stream = stream;
    // It ends with an error when it is closed.
    this.#follow().catch(() => {});
  }

  async makePod(name: string): Promise<PodTimes> {
    const { stdout: example } = await this.#bramble.client('cat', ['examples/hello.yaml']);
    const input = example.replace(/^ {2}name: hello$/m, `  name: ${name}`);
    const began = now();
    await this.#bramble.kubectl('create -f -', { input });
    const ended = await eventually(`${name} Running`, () => this.#runningAt.get(name), { everyMs: 5 });
    const { steps } = await call<PodTrace>(this.#target, 'GET', `/bramble/v1/trace/default/${name}`);
    await call(this.#target, 'DELETE', `${path}/${name}`);
    await eventually(`the end of ${name}`, () => this.#gone.has(name) || undefined, { everyMs: 5 });
    const requested = steps.find(({ step }) => step === 'client')?.at ?? Number.NaN;
    return {
      totalMs: ended - began,
      kubectlMs: requested - began,
      fromRequestMs: ended - requested,
      stages: [...stagesOf(steps), ['watch: the client saw it', ended - lastOf(steps)]],
    };
  }

  close(): void {
    this.#stream.destroy();
  }

  async #follow(): Promise<void> {
    for await (const value of jsonLines(this.#stream)) {
      const { type, object } = value as WatchEvent;
      const name = object.metadata?.name ?? '';
      if (type === 'DELETED') this.#gone.add(name);
      const runs = object.status?.phase === 'Running' && object.status.podIP;
      if (runs && !this.#runningAt.has(name)) this.#runningAt.set(name, now());
    }
  }
}

/** The clock of the trace, with fractions. */
const now = (): number => performance.timeOrigin + performance.now();

const lastOf = (steps: PodTrace['steps']): number => Math.max(...steps.map(({ at }) => at));

function stagesOf(steps: PodTrace['steps']): [string, number][] {
  const sorted = [...steps].sort((a, b) => a.at - b.at);
  return sorted.map(({ step, what, at }, index) => [
    `${step}: ${what.replace(/ \d+$| to \S+$/, '')}`,
    at - (sorted[index - 1]?.at ?? at),
  ]);
}

/** The times of each stage over all pods. */
export function takenBy(pods: readonly PodTimes[]): Map<string, number[]> {
  const stages = new Map<string, number[]>();
  for (const { stages: each } of pods)
    for (const [stage, tookMs] of each) stages.set(stage, [...(stages.get(stage) ?? []), tookMs]);
  return stages;
}
