import { setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { type Fields, pod, shell } from '../../e2e/fixture/objects.ts';
import { secondImage } from '../agent/pods.ts';
import { type Access, call } from '../api.ts';

const pods = '/api/v1/namespaces/default/pods';
const settings = '/api/v1/namespaces/default/configmaps/settings';
const mostPods = 6;
/** Between two changes, at most. */
const gapMs = 400;

const volumes = [
  { name: 'kept', emptyDir: {} },
  { name: 'settings', configMap: { name: 'settings' } },
];
const volumeMounts = [
  { name: 'kept', mountPath: '/kept' },
  { name: 'settings', mountPath: '/settings' },
];
const script = `trap 'exit 0' TERM; while :; do sleep 0.2; done`;

export function churnedPod(name: string): Fields {
  return pod(name, [shell('one', script, { volumeMounts }), shell('two', script)], {
    volumes,
    terminationGracePeriodSeconds: 2,
  });
}

/** A person who creates, changes and deletes pods of one board at random, and knows which there must be. */
export class Churn {
  readonly wanted = new Set<string>();
  readonly #access: Access;
  readonly #random: () => number;
  changes = 0;
  #made = 0;

  constructor(access: Access, random: () => number) {
    this.#access = access;
    this.#random = random;
  }

  async until(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      await this.#change();
      this.changes += 1;
      await pause(this.#random() * gapMs);
    }
  }

  async #change(): Promise<void> {
    const what = this.#random();
    const names = [...this.wanted];
    const name = names[Math.floor(this.#random() * names.length)];
    if (name === undefined || (what < 0.4 && names.length < mostPods)) return this.create();
    if (what < 0.7) return this.#remove(name);
    if (what < 0.9) return this.#update(name);
    await this.#write('PUT', settings, configMapOf(this.changes));
  }

  async create(): Promise<void> {
    this.#made += 1;
    const name = `churned-${this.#made}`;
    await this.#write('POST', pods, churnedPod(name));
    this.wanted.add(name);
  }

  async #remove(name: string): Promise<void> {
    await this.#write('DELETE', `${pods}/${name}`);
    this.wanted.delete(name);
  }

  /** A status that comes in between is no reason not to. */
  async #update(name: string): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      const { body } = await call(this.#access, 'GET', `${pods}/${name}`);
      const { spec, ...rest } = body as Pod;
      const containers = spec?.containers.map((each) => ({ ...each, image: secondImage }));
      const changed = { ...rest, spec: { ...spec, containers } };
      const { code } = await call(this.#access, 'PUT', `${pods}/${name}`, changed);
      if (code === 200) return;
      if (code !== 409) throw new Error(`PUT ${name} was answered ${code}`);
    }
  }

  async #write(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await call(this.#access, method, path, body);
    if (answer.code >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  }
}

function configMapOf(change: number): Fields {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { change: `${change}` },
  };
}
