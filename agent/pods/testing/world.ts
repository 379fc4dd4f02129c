import assert from 'node:assert/strict';
import type { JournalRecord } from '../../journal/port.ts';
import type { Answer, HttpCheck, PodHealth } from '../../probes/port.ts';
import type { ContainerSpec, ContainerView, ExecResult, LogChunk, RuntimeEvent } from '../../runtime/port.ts';
import { RuntimeError } from '../../runtime/port.ts';
import { identityOf } from '../labels.ts';

export interface WorldContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  state: ContainerView['state'];
  exitCode: number | undefined;
  outOfMemory: boolean;
  startedAtMs: number | undefined;
  finishedAtMs: number | undefined;
  starts: number;
  stops: number;
}

/** A board as it outlives its agent: containers, namespaces, volumes and journal. Checks that no copy runs twice. */
export class World {
  readonly containers = new Map<string, WorldContainer>();
  readonly networks = new Map<string, readonly string[]>();
  readonly volumes = new Map<string, ReadonlyMap<string, string>>();
  readonly images = new Set<string>();
  /** What every container has said. */
  logs: readonly LogChunk[] = [];
  readonly journal = new Map<string, unknown>();
  readonly listeners = new Set<(event: RuntimeEvent) => void>();
  /** What every effect was, in order. */
  readonly effects: string[] = [];
  /** What was remembered of health, by pod; gone with the power. */
  readonly health = new Map<string, PodHealth>();
  /** What a command in a container comes to. */
  exec: (command: readonly string[], container: WorldContainer) => ExecResult | Promise<ExecResult> = () => ({
    exitCode: 0,
    output: '',
  });
  /** What an HTTP, TCP or gRPC check comes to. */
  answer: (check: Pick<HttpCheck, 'host' | 'port'> & Partial<HttpCheck>) => Answer = () => ({
    outcome: 'success',
    output: '',
  });
  /** Says of its end what a container is made to say. */
  lastWords: string | undefined;
  pullFailure: string | undefined;
  /** What is said of a container's memory limit by a kernel that has none. */
  unappliedLimit: string | undefined;
  startFailure: string | undefined;
  /** A place in a volume that leads out of it. */
  wayOut: string | undefined;
  boots = 0;
  /** Another one after each `losePower`. */
  bootId = 'boot-1';
  /** Lines of the journal could not be read at this start. */
  journalIsDamaged = false;
  /** Asking for the containers fails, or for the namespaces. */
  containersAreHidden = false;
  networksAreHidden = false;
  now: () => number;
  #ids = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  create(spec: ContainerSpec): string {
    const named = [...this.containers.values()].find((each) => each.spec.name === spec.name);
    if (named) throw new RuntimeError('spec', `the name ${spec.name} is in use`);
    this.#ids += 1;
    const id = `c${String(this.#ids).padStart(4, '0')}`;
    const container: WorldContainer = {
      id,
      spec,
      state: 'created',
      exitCode: undefined,
      outOfMemory: false,
      startedAtMs: undefined,
      finishedAtMs: undefined,
      starts: 0,
      stops: 0,
    };
    this.containers.set(id, container);
    return id;
  }

  start(id: string): void {
    const container = this.#get(id);
    if (this.startFailure) throw new RuntimeError('spec', this.startFailure);
    if (container.state === 'running') return;
    container.state = 'running';
    container.starts += 1;
    container.startedAtMs = this.now();
    this.checkNoCopies();
  }

  exit(id: string, exitCode: number, options: { outOfMemory?: boolean; silently?: boolean } = {}): void {
    const container = this.#get(id);
    if (container.state !== 'running') return;
    container.state = 'exited';
    container.exitCode = exitCode;
    container.outOfMemory = options.outOfMemory ?? false;
    container.finishedAtMs = this.now();
    if (options.silently) return;
    const { labels } = container.spec;
    for (const listener of [...this.listeners]) listener({ type: 'exited', id, labels });
  }

  run(id: string, command: readonly string[]): ExecResult | Promise<ExecResult> {
    const container = this.#get(id);
    if (container.state !== 'running') throw new RuntimeError('gone', `container ${id} does not run`);
    return this.exec(command, container);
  }

  stop(id: string): void | Promise<void> {
    const container = this.#get(id);
    container.stops += 1;
    this.exit(id, 143);
  }

  write(records: readonly JournalRecord[]): void {
    for (const { key, value } of records) {
      if (value === undefined) this.journal.delete(key);
      else this.journal.set(key, JSON.parse(JSON.stringify(value)));
    }
  }

  view({ id, spec, state, exitCode, outOfMemory, startedAtMs, finishedAtMs }: WorldContainer): ContainerView {
    const text = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());
    return {
      id,
      name: spec.name,
      image: spec.image,
      imageId: `sha256:${spec.image}`,
      labels: spec.labels,
      state,
      pid: state === 'running' ? 1_000 : 0,
      exitCode: state === 'exited' ? exitCode : undefined,
      outOfMemory,
      error: '',
      ...(state === 'exited' && this.lastWords ? { terminationMessage: this.lastWords } : {}),
      startedAt: text(startedAtMs),
      finishedAt: text(finishedAtMs),
    };
  }

  running(): WorldContainer[] {
    return [...this.containers.values()].filter(({ state }) => state === 'running');
  }

  /** `pod/container` of all that runs, sorted. */
  runningNames(): string[] {
    return this.running()
      .map(({ spec }) => identityOf(spec.labels))
      .map((identity) => `${identity?.pod}/${identity?.container}`)
      .sort();
  }

  checkNoCopies(): void {
    const names = this.running().map(({ spec }) => {
      const identity = identityOf(spec.labels);
      return `${identity?.uid}/${identity?.container}`;
    });
    assert.equal(new Set(names).size, names.length, `two copies run: ${names.join(', ')}`);
  }

  /** The power goes: what ran is stopped with no event, namespaces vanish, the card stays. */
  losePower(): void {
    for (const container of this.containers.values()) {
      if (container.state !== 'running') continue;
      container.state = 'exited';
      container.exitCode = 255;
      container.finishedAtMs = undefined;
    }
    this.networks.clear();
    this.health.clear();
    this.listeners.clear();
    this.bootId = `boot-${Number(this.bootId.slice('boot-'.length)) + 1}`;
  }

  #get(id: string): WorldContainer {
    const container = this.containers.get(id);
    if (!container) throw new RuntimeError('gone', `no container ${id}`);
    return container;
  }
}
