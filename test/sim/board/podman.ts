import type { PodHealth } from '@bramble/agent/probes/port.ts';
import {
  type ContainerSpec,
  type ContainerView,
  RuntimeError,
  type RuntimeEvent,
} from '@bramble/agent/runtime/port.ts';
import { behaviourOf } from './images.ts';
import type { Machine } from './machine.ts';

/** Told of what containers do, at the moment they do it. */
export interface ContainerObserver {
  started(board: string, container: SimContainer): void;
  /** Somebody asks a running container to end, or removes it. */
  ending(board: string, container: SimContainer, how: 'stop' | 'remove'): void;
  ended(board: string, container: SimContainer, why: string): void;
  removed(board: string, container: SimContainer): void;
  /** The pod's volumes are taken away, with what was written into them. */
  emptied(board: string, uid: string): void;
}

export interface SimContainer {
  readonly spec: ContainerSpec;
  view: ContainerView;
  cancelEnd: () => void;
}

interface Listener {
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly onLost: () => void;
}

export type RebootLeaves = 'nothing' | 'exited' | 'created';

/** Podman waits this long for what it has killed. */
const undyingMs = 10_000;

/** The machine's container runtime: it lives on when the agent dies. All takes effect at once; its port adds the delays. */
export class SimPodman {
  readonly containers = new Map<string, SimContainer>();
  readonly images = new Set<string>();
  readonly listeners = new Set<Listener>();
  /** What agents noted of containers' health, by pod: in memory, so that it ends with the boot. */
  readonly health = new Map<string, PodHealth>();
  /** Killed, and not dead yet. */
  readonly #undead = new Set<SimContainer>();
  readonly #board: string;
  readonly #machine: Machine;
  readonly #observer: ContainerObserver;
  #made = 0;

  constructor(board: string, machine: Machine, observer: ContainerObserver) {
    this.#board = board;
    this.#machine = machine;
    this.#observer = observer;
  }

  views(): ContainerView[] {
    return [...this.containers.values()].map(({ view }) => view);
  }

  pull(image: string): void {
    if (behaviourOf(image) === 'missing') throw new RuntimeError('image', `${image}: manifest unknown`);
    this.images.add(image);
  }

  create(spec: ContainerSpec): { id: string } {
    if (!this.images.has(spec.image)) throw new RuntimeError('image', `${spec.image} is not here`);
    const known = [...this.containers.values()].find(({ view }) => view.name === spec.name);
    if (known) return { id: known.view.id };
    this.#made += 1;
    const id = `${this.#board}-${this.#made}`;
    const { name, image, labels } = spec;
    const ended = {
      pid: 0,
      exitCode: undefined,
      outOfMemory: false,
      error: '',
      startedAt: '',
      finishedAt: '',
    };
    const view: ContainerView = {
      id,
      name,
      image,
      imageId: `${image}@sim`,
      labels,
      state: 'created',
      ...ended,
    };
    this.containers.set(id, { spec, view, cancelEnd: () => {} });
    this.#tell('created', view);
    return { id };
  }

  start(id: string): void {
    const container = this.#find(id);
    if (container.view.state === 'running') return;
    if (behaviourOf(container.view.image) === 'broken') {
      container.view = { ...container.view, error: 'no such file or directory' };
      throw new RuntimeError('spec', 'no such file or directory');
    }
    const running = { state: 'running', pid: 1_000, startedAt: this.#time(), finishedAt: '' } as const;
    container.view = { ...container.view, ...running, exitCode: undefined };
    this.#observer.started(this.#board, container);
    this.#tell('started', container.view);
    this.#liveOn(container);
  }

  /** Every command succeeds in what runs. */
  exec(id: string): { exitCode: number; output: string } {
    if (this.#find(id).view.state === 'running') return { exitCode: 0, output: '' };
    throw new RuntimeError('gone', `container ${id} does not run`);
  }

  /** Calls `done` when the container has ended, or when it does not die. */
  stop(id: string, graceSeconds: number, done: (error?: RuntimeError) => void): void {
    const container = this.containers.get(id);
    if (container?.view.state !== 'running') return done();
    this.#observer.ending(this.#board, container, 'stop');
    const graceMs = graceSeconds * 1_000;
    const hears = behaviourOf(container.view.image) !== 'stubborn';
    const neededMs = hears ? 20 + this.#machine.host.random() * 2_000 : Number.POSITIVE_INFINITY;
    const killed = neededMs > graceMs;
    this.#machine.host.timer(Math.min(neededMs, graceMs), () => {
      if (container.view.state !== 'running') return done();
      if (!this.#machine.undying) {
        this.#end(container, killed ? 137 : 143, 'stopped');
        return done();
      }
      this.#undead.add(container);
      this.#machine.host.timer(undyingMs, () => done(survived(id)));
    });
  }

  remove(id: string): void {
    const container = this.containers.get(id);
    if (!container) return;
    if (container.view.state === 'running' && this.#machine.undying) throw survived(id);
    if (container.view.state === 'running') {
      this.#observer.ending(this.#board, container, 'remove');
      this.#end(container, 137, 'removed');
    }
    this.containers.delete(id);
    this.#observer.removed(this.#board, container);
    this.#tell('removed', container.view);
  }

  /** What was killed meanwhile dies at last. */
  letDie(): void {
    for (const container of this.#undead)
      if (container.view.state === 'running') this.#end(container, 137, 'stopped');
    this.#undead.clear();
  }

  /** The service ends: whoever listens to its events hears no more of them. */
  dropListeners(): void {
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const { onLost } of listeners) onLost();
  }

  /** The machine starts anew: nothing runs. Nobody is left to be told. */
  reboot(leaves: RebootLeaves): void {
    this.health.clear();
    this.listeners.clear();
    this.#undead.clear();
    for (const [id, container] of this.containers) {
      container.cancelEnd();
      const { view } = container;
      if (view.state === 'running') this.#observer.ended(this.#board, container, 'reboot');
      if (leaves === 'nothing') this.containers.delete(id);
      else if (view.state === 'running' && leaves === 'created')
        container.view = { ...view, state: 'created', pid: 0, startedAt: '' };
      else if (view.state === 'running')
        container.view = { ...view, state: 'exited', pid: 0, exitCode: 255, finishedAt: this.#time() };
    }
  }

  #liveOn(container: SimContainer): void {
    const behaviour = behaviourOf(container.view.image);
    if (behaviour !== 'crashes' && behaviour !== 'finishes' && behaviour !== 'flaky') return;
    const { host } = this.#machine;
    const lifeMs = 200 + host.random() * 8_000;
    const fails = behaviour === 'crashes' || (behaviour === 'flaky' && host.random() < 0.5);
    container.cancelEnd = host.timer(lifeMs, () => {
      if (container.view.state === 'running') this.#end(container, fails ? 1 : 0, 'by itself');
    });
  }

  #end(container: SimContainer, exitCode: number, why: string): void {
    container.cancelEnd();
    container.view = { ...container.view, state: 'exited', pid: 0, exitCode, finishedAt: this.#time() };
    this.#observer.ended(this.#board, container, why);
    this.#tell('exited', container.view);
  }

  #find(id: string): SimContainer {
    const container = this.containers.get(id);
    if (!container) throw new RuntimeError('gone', `no container ${id}`);
    return container;
  }

  #time(): string {
    return new Date(this.#machine.host.now()).toISOString();
  }

  #tell(type: RuntimeEvent['type'], { id, labels }: ContainerView): void {
    for (const { onEvent } of [...this.listeners]) onEvent({ type, id, labels });
  }
}

function survived(id: string): RuntimeError {
  return new RuntimeError('unavailable', `container ${id} did not die of SIGKILL`);
}
