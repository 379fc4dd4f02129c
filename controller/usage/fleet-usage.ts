import type { Host } from '@bramble/actors/index.ts';
import { metricsIntervalMs } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Metrics } from '@bramble/protocol/messages/session.ts';
import type { BoardUsage } from '@bramble/protocol/messages/usage.ts';
import type { BoardUse, ContainerUse, PodUse, UsagePort } from '../apiserver/virtual/usage-port.ts';
import type { Measurements } from '../metrics/measurements.ts';

export interface FleetUsagePorts {
  readonly measurements: Pick<Measurements, 'get'>;
  readonly ask: (node: string) => Promise<BoardUsage | undefined>;
  readonly host: Pick<Host, 'now' | 'monotonic'>;
}

type PodsOfBoard = ReadonlyMap<string, PodUse>;

interface Asked {
  readonly atMs: number;
  readonly answer: Promise<PodsOfBoard>;
}

/** An answer serves everybody who asks within this time, so that ten people at `top` cost a board no more than one. */
const freshMs = 10_000;
/** Boards that are asked at once. */
const atOnce = 64;
/** A board that has missed so many of its measurements may be gone: what it used then says nothing of now. */
const missed = 4;

/** What the fleet uses. Boards tell of themselves; of their pods they are asked only when somebody wants to know. */
export class FleetUsage implements UsagePort {
  readonly #ports: FleetUsagePorts;
  readonly #asked = new Map<string, Asked>();

  constructor(ports: FleetUsagePorts) {
    this.#ports = ports;
  }

  board(node: string): BoardUse | undefined {
    const { measurements, host } = this.#ports;
    const found = measurements.get(node);
    if (!found) return undefined;
    const windowMs = intervalMsOf(found.metrics);
    if (host.now() - found.atMs > missed * windowMs) return undefined;
    const { cpuShare, memoryUsedBytes: memoryBytes, temperatureCelsius } = found.metrics;
    return {
      ...{ cpuShare, memoryBytes, windowMs, atMs: found.atMs },
      temperatureCelsius: temperatureCelsius ?? undefined,
    };
  }

  async pods(nodes: readonly string[]): Promise<ReadonlyMap<string, PodUse>> {
    this.#forgetOld();
    const all = new Map<string, PodUse>();
    const next = nodes.values();
    const worker = async (): Promise<void> => {
      for (const node of next) for (const [uid, use] of await this.#ofBoard(node)) all.set(uid, use);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, nodes.length) }, worker));
    return all;
  }

  #ofBoard(node: string): Promise<PodsOfBoard> {
    const known = this.#asked.get(node);
    if (known) return known.answer;
    const { ask, host } = this.#ports;
    const answer = ask(node).then((usage) => podsOf(usage, host.now()));
    this.#asked.set(node, { atMs: host.monotonic(), answer });
    return answer;
  }

  #forgetOld(): void {
    const nowMs = this.#ports.host.monotonic();
    for (const [node, { atMs }] of this.#asked) if (nowMs - atMs > freshMs) this.#asked.delete(node);
  }
}

function intervalMsOf({ intervalSeconds }: Metrics): number {
  return intervalSeconds === undefined
    ? metricsIntervalMs(limits.mqttKeepaliveSeconds)
    : intervalSeconds * 1_000;
}

function podsOf(usage: BoardUsage | undefined, atMs: number): PodsOfBoard {
  const byPod = Map.groupBy(usage?.containers ?? [], ({ uid }) => uid);
  return new Map(
    [...byPod].map(([uid, containers]) => [uid, { atMs, containers: containers.map(withoutUid) }]),
  );
}

function withoutUid({ uid: _pod, ...use }: ContainerUse & { readonly uid: string }): ContainerUse {
  return use;
}
