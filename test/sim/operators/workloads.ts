import type { KubeObject } from '@bramble/protocol/kube.ts';
import { imageOf } from '../board/images.ts';
import { isMarked } from '../checks/pod-history.ts';
import type { Dice } from '../dice.ts';
import type { Office } from './office.ts';
import { namespace, tolerations } from './pods.ts';

const mostDeployments = 3;
const mostReplicas = 6;

/** Operators whose pods are made for them: Deployments, and a DaemonSet. */
export class Workloads {
  readonly #office: Office;
  readonly #dice: Dice;
  #made = 0;
  #version = 1;

  constructor(office: Office, dice: Dice) {
    this.#office = office;
    this.#dice = dice;
  }

  create(): void {
    const isDaemon = this.#dice.chance(0.25);
    const resource = isDaemon ? 'daemonsets' : 'deployments';
    if (this.#office.names(resource).length >= (isDaemon ? 1 : mostDeployments)) return;
    this.#made += 1;
    const name = `${isDaemon ? 'daemon' : 'web'}-${this.#made}`;
    const body = isDaemon ? daemonSet(name) : deployment(name, this.#replicas(), this.#dice);
    this.#office.ask({ verb: 'create', resource, body });
  }

  scale(): void {
    const name = this.#any('deployments');
    if (name === undefined) return;
    const body = { spec: { replicas: this.#replicas() } };
    this.#office.ask({ verb: 'patch', resource: 'deployments', name, subresource: 'scale', body });
  }

  rollOut(): void {
    const resource = this.#dice.chance(0.2) ? 'daemonsets' : 'deployments';
    const name = this.#any(resource);
    if (name === undefined) return;
    this.#version += 1;
    const image = imageOf('serves', this.#version);
    const body = { spec: { template: { spec: { containers: [{ name: 'c0', image }] } } } };
    this.#office.ask({ verb: 'patch', resource, name, body });
  }

  remove(): void {
    const resource = this.#dice.chance(0.2) ? 'daemonsets' : 'deployments';
    const name = this.#any(resource);
    if (name !== undefined) this.#office.ask({ verb: 'delete', resource, name });
  }

  #replicas(): number {
    return this.#dice.below(mostReplicas);
  }

  #any(resource: string): string | undefined {
    const names = this.#office.names(resource).filter((name) => {
      const stored = this.#office.get(resource, name);
      return stored && !isMarked(stored);
    });
    return names.length > 0 ? this.#dice.pick(names) : undefined;
  }
}

function deployment(name: string, replicas: number, dice: Dice): KubeObject {
  const strategy = dice.chance(0.3) ? { strategy: { type: 'Recreate' } } : {};
  const spec = { replicas, ...strategy, ...selected(name, dice.pick([undefined, 5, 30])) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec };
}

function daemonSet(name: string): KubeObject {
  const metadata = { name, namespace };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: selected(name, undefined) };
}

/** @param tolerated seconds for which its pods bear a board that is lost; five minutes where nothing is said */
function selected(name: string, tolerated: number | undefined): Record<string, unknown> {
  const container = { name: 'c0', image: imageOf('serves'), resources: { requests: { cpu: '50m' } } };
  const spec = {
    terminationGracePeriodSeconds: 5,
    ...(tolerated === undefined ? {} : { tolerations: tolerations(tolerated) }),
    containers: [container],
  };
  return {
    selector: { matchLabels: { web: name } },
    template: { metadata: { labels: { web: name, app: 'all' } }, spec },
  };
}
