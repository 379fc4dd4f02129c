import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Verb } from '../../apiserver/request.ts';
import { FleetWorld } from '../../fleet/testing/fleet-world.ts';
import type { PodObject } from '../../workloads/objects.ts';
import { isDeleting, isFinished } from '../../workloads/pod-facts.ts';
import { controllerUser } from '../queue/perform.ts';

const metricsEveryMs = 15_000;
const groups: Readonly<Record<string, string>> = {
  deployments: 'apps',
  replicasets: 'apps',
  daemonsets: 'apps',
  jobs: 'batch',
  poddisruptionbudgets: 'policy',
};

/** A controller with boards that run what they are told, and people who ask for workloads. */
export class WorkloadWorld {
  readonly fleet: FleetWorld;
  readonly #boards = new Set<string>();
  readonly #sequences = new Map<string, number>();

  private constructor(fleet: FleetWorld) {
    this.fleet = fleet;
  }

  static async start(...boards: readonly string[]): Promise<WorkloadWorld> {
    const world = new WorkloadWorld(await FleetWorld.start());
    for (const board of boards) {
      await world.fleet.board(board);
      world.#boards.add(board);
    }
    return world;
  }

  /** A request as an administrator makes it. @throws with the Status when it is refused. */
  async ask(verb: Verb, resource: string, name: string | undefined, more: object = {}): Promise<KubeObject> {
    const response = await this.fleet.settled(
      this.fleet.controller.api.handle({
        user: controllerUser,
        verb,
        group: groups[resource] ?? '',
        version: 'v1',
        resource,
        subresource: undefined,
        namespace: 'default',
        name,
        options: {},
        body: undefined,
        receivedAt: 0,
        ...more,
      }),
    );
    await this.fleet.elapse(50);
    if (response.type === 'object') return response.object;
    const status = response.type === 'status' ? response.status : undefined;
    if (status?.status === 'Success') return status as unknown as KubeObject;
    throw new Error(JSON.stringify(status));
  }

  create(resource: string, body: object): Promise<KubeObject> {
    return this.ask('create', resource, undefined, { body });
  }

  patch(resource: string, name: string, body: object): Promise<KubeObject> {
    return this.ask('patch', resource, name, { body, patchType: 'strategic' });
  }

  delete(resource: string, name: string, propagationPolicy = 'Background'): Promise<KubeObject> {
    return this.ask('delete', resource, name, { body: { propagationPolicy } });
  }

  list<Type extends KubeObject = KubeObject>(resource: string): Type[] {
    return this.fleet.store.list(`/registry/${resource}/default/`).map(({ object }) => object as Type);
  }

  get pods(): PodObject[] {
    return this.list<PodObject>('pods');
  }

  get(resource: string, name: string): KubeObject | undefined {
    return this.fleet.get(`/registry/${resource}/default/${name}`);
  }

  /** From now on the board says nothing. */
  async silence(board: string): Promise<void> {
    this.#boards.delete(board);
    await this.fleet.death(board);
  }

  async comeBack(board: string): Promise<void> {
    this.#boards.add(board);
    await this.fleet.birth(board);
  }

  /** Boards do what was asked of them, and say so; `phase` is what becomes of pods that were started. */
  async work(phase = 'Running'): Promise<void> {
    for (const pod of this.pods) {
      const { nodeName } = pod.spec;
      if (!nodeName || !this.#boards.has(nodeName)) continue;
      if (isDeleting(pod)) await this.#report(pod, { gone: true, status: { phase: 'Failed' } });
      else if (!isFinished(pod) && pod.status?.phase !== phase)
        await this.#report(pod, { status: { phase, conditions: [readiness(phase)] } });
    }
    await this.fleet.elapse(200);
  }

  /** Rounds of work until nothing is written any more. */
  async settle(phase?: string): Promise<void> {
    for (let round = 0; round < 60; round += 1) {
      const { revision } = this.fleet.store;
      await this.work(phase);
      if (this.fleet.store.revision === revision) return;
    }
    throw new Error('the workloads do not come to rest');
  }

  /** Time goes by; boards that live say so. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= metricsEveryMs) {
      for (const board of this.#boards) await this.fleet.metrics(board);
      await this.fleet.elapse(Math.min(left, metricsEveryMs));
    }
  }

  async #report(pod: PodObject, said: object): Promise<void> {
    const { uid = '', namespace = '', name } = pod.metadata;
    const sequence = (this.#sequences.get(uid) ?? 0) + 1;
    this.#sequences.set(uid, sequence);
    await this.fleet.report(uid, { namespace, name, sequence, ...said }, pod.spec.nodeName);
  }
}

function readiness(phase: string): object {
  return {
    type: 'Ready',
    status: phase === 'Running' ? 'True' : 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
}

/** What a workload's pods are made of. */
export function template(image = 'hello:1', spec: object = {}): object {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image }], ...spec },
  };
}

export function deployment(spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
  };
}
