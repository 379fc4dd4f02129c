import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { imageOf } from '../board/images.ts';
import { isMarked } from '../checks/pod-history.ts';
import type { Dice } from '../dice.ts';
import { operator } from '../world/controller-process.ts';
import { Jobs } from './jobs.ts';
import type { WorkKind } from './kinds.ts';
import type { Office } from './office.ts';
import { configMap, configNames, namespace, randomPod, secret, secretName } from './pods.ts';
import { Workloads } from './workloads.ts';

/** People at work: what they ask for, at random. */
export class Operators {
  readonly #work: Readonly<Record<WorkKind, () => void>>;
  readonly #office: Office;
  readonly #dice: Dice;
  #made = 0;
  #version = 0;

  /** @param boards their names */
  constructor(office: Office, dice: Dice, boards: readonly string[]) {
    this.#office = office;
    this.#dice = dice;
    const workloads = new Workloads(office, dice);
    const jobs = new Jobs(office, dice);
    this.#work = {
      'create-pod': () => this.#createPod(),
      'delete-pod': () => this.#deletePod(),
      'replace-pod': () => this.#replacePod(),
      configure: () => this.#configure(),
      'update-image': () => this.#updateImage(),
      cordon: () => this.#cordon(dice.pick(boards), dice.chance(0.3)),
      drain: () => this.#drain(dice.pick(boards)),
      'create-workload': () => workloads.create(),
      scale: () => workloads.scale(),
      'roll-out': () => workloads.rollOut(),
      'delete-workload': () => workloads.remove(),
      'create-job': () => jobs.create(),
      'change-job': () => jobs.change(),
      'delete-job': () => jobs.remove(),
    };
  }

  do(kind: WorkKind): void {
    this.#work[kind]();
  }

  /** Everything that the pods name is there. */
  completeConfiguration(): void {
    for (const name of configNames)
      if (!this.#office.get('configmaps', name)) this.#create('configmaps', configMap(name, 0));
    if (!this.#office.get('secrets', secretName)) this.#create('secrets', secret(secretName, 0));
  }

  /** Names come back, with other uids. */
  #createPod(): void {
    const name = `pod-${this.#dice.chance(0.7) ? this.#made : this.#dice.below(this.#made + 1)}`;
    this.#made += 1;
    const pod = randomPod(name, this.#dice);
    if (this.#dice.chance(0.2)) this.#office.publish(topics.apply(operator.name, name), JSON.stringify(pod));
    else this.#create('pods', pod, (made) => this.#dice.chance(0.2) && this.#regret(made));
  }

  #create(resource: string, body: unknown, onMade: (name: string) => void = () => {}): void {
    this.#office.ask({ verb: 'create', resource, body }, onMade);
  }

  #deletePod(): void {
    const names = this.#office.names('pods');
    if (names.length > 0) this.#deleteOne(this.#dice.pick(names));
  }

  #deleteOne(name: string): void {
    const grace = this.#dice.pick([undefined, undefined, 0, 1, 10]);
    if (this.#dice.chance(0.2)) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
      this.#office.publish(topics.delete(operator.name, name), JSON.stringify(pod));
    } else {
      const body = grace === undefined ? undefined : deleteOptions(grace);
      this.#office.ask({ verb: 'delete', resource: 'pods', name, body });
    }
  }

  /** As `kubectl replace --force` does: the old one may still end on its board while the new one begins there. */
  #replacePod(): void {
    const names = this.#office.names('pods').filter((each) => each.startsWith('pod-'));
    if (names.length === 0) return;
    const name = this.#dice.pick(names);
    this.#office.ask({ verb: 'delete', resource: 'pods', name, body: deleteOptions(0) });
    const pod = randomPod(name, this.#dice);
    this.#office.later(this.#dice.pick([50, 1_000]) * this.#dice.share(), () => this.#create('pods', pod));
  }

  /** Deletes a pod while it is being placed, sent and started. */
  #regret(name: string): void {
    const delayMs = this.#dice.pick([20, 200, 5_000]) * this.#dice.share();
    this.#office.later(delayMs, () => this.#deleteOne(name));
  }

  /** Creates or replaces one of the objects that the pods name. */
  #configure(): void {
    this.#version += 1;
    const isSecret = this.#dice.chance(0.4);
    const resource = isSecret ? 'secrets' : 'configmaps';
    const name = isSecret ? secretName : this.#dice.pick(configNames);
    const body = isSecret ? secret(name, this.#version) : configMap(name, this.#version);
    if (this.#office.get(resource, name)) this.#office.ask({ verb: 'update', resource, name, body });
    else this.#create(resource, body);
  }

  /** Gives a container that is always restarted another image: one that may work. */
  #updateImage(): void {
    const pods = this.#office.names('pods').map((name) => this.#office.get('pods', name));
    const mine = pods.filter((stored) => stored && isUpdatable(stored));
    const pod = mine.length > 0 ? (this.#dice.pick(mine)?.object as unknown as Pod) : undefined;
    if (!pod?.spec) return;
    this.#version += 1;
    const image = imageOf(this.#dice.pick(['serves', 'serves', 'stubborn', 'crashes']), this.#version);
    const { name } = this.#dice.pick(pod.spec.containers);
    const body = { spec: { containers: [{ name, image }] } };
    this.#office.ask({ verb: 'patch', resource: 'pods', name: pod.metadata?.name, body });
  }

  #cordon(node: string, unschedulable: boolean): void {
    const body = { spec: { unschedulable } };
    this.#office.ask({ verb: 'patch', resource: 'nodes', name: node, body });
  }

  /** As `kubectl drain` does; the board may be used again some time later. */
  #drain(node: string): void {
    this.#cordon(node, true);
    for (const name of this.#office.names('pods')) {
      const pod = this.#office.get('pods', name)?.object as unknown as Pod | undefined;
      const isDaemon = pod?.metadata?.ownerReferences?.some(({ kind }) => kind === 'DaemonSet');
      if (pod?.spec?.nodeName === node && !isDaemon) this.#evict(name);
    }
    this.#office.later(this.#dice.share() * 60_000, () => this.#cordon(node, false));
  }

  #evict(name: string): void {
    const metadata = { name, namespace };
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata };
    this.#office.ask({ verb: 'create', resource: 'pods', name, subresource: 'eviction', body });
  }
}

function isUpdatable(stored: StoredObject): boolean {
  const { spec } = stored.object as unknown as Pod;
  return spec?.restartPolicy === 'Always' && !isMarked(stored) && !stored.object.metadata.ownerReferences;
}

function deleteOptions(gracePeriodSeconds: number): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds };
}
