import type { MqttConnection } from '@bramble/adapters/mqtt/port.ts';
import type { ApiRequest, ApiResponse, Verb } from '@bramble/controller/apiserver/request.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { result } from '@bramble/protocol/messages/results.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { imageOf } from '../board/images.ts';
import type { SimBroker } from '../broker.ts';
import type { DurableHistory } from '../checks/durable-history.ts';
import { isMarked } from '../checks/pod-history.ts';
import type { Verdict } from '../checks/verdict.ts';
import type { Dice } from '../dice.ts';
import type { Trace } from '../trace.ts';
import { type ControllerProcess, operator } from './controller-process.ts';
import { configMap, configNames, namespace, randomPod, secret, secretName } from './pods.ts';

const prefixes: Readonly<Record<string, string>> = {
  pods: '/registry/pods/default/',
  configmaps: '/registry/configmaps/default/',
  secrets: '/registry/secrets/default/',
  nodes: '/registry/nodes/',
};

/** People at work: they ask for things, by the API and by MQTT, and remember what they were answered (G1). */
export class Operators {
  answered = 0;
  #made = 0;
  #version = 0;
  #connection: MqttConnection | undefined;
  readonly #controller: ControllerProcess;
  readonly #broker: SimBroker;
  readonly #history: DurableHistory;
  readonly #verdict: Verdict;
  readonly #dice: Dice;
  readonly #trace: Trace;

  constructor(
    controller: ControllerProcess,
    broker: SimBroker,
    history: DurableHistory,
    verdict: Verdict,
    dice: Dice,
    trace: Trace,
  ) {
    this.#controller = controller;
    this.#broker = broker;
    this.#history = history;
    this.#verdict = verdict;
    this.#dice = dice;
    this.#trace = trace;
  }

  /** Names come back, with other uids. */
  createPod(): void {
    const name = `pod-${this.#dice.chance(0.7) ? this.#made : this.#dice.below(this.#made + 1)}`;
    this.#made += 1;
    const pod = randomPod(name, this.#dice);
    if (this.#dice.chance(0.2)) this.#publish(topics.apply(operator.name, name), JSON.stringify(pod));
    else this.#ask('create', 'pods', undefined, pod);
  }

  deletePod(): void {
    const names = this.#names('pods');
    if (names.length > 0) this.#deleteOne(this.#dice.pick(names));
  }

  #deleteOne(name: string): void {
    const grace = this.#dice.pick([undefined, undefined, 0, 1, 10]);
    if (this.#dice.chance(0.2)) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
      this.#publish(topics.delete(operator.name, name), JSON.stringify(pod));
    } else this.#ask('delete', 'pods', name, grace === undefined ? undefined : deleteOptions(grace));
  }

  /** Creates or replaces one of the objects that the pods name. */
  configure(): void {
    this.#version += 1;
    const isSecret = this.#dice.chance(0.4);
    const resource = isSecret ? 'secrets' : 'configmaps';
    const name = isSecret ? secretName : this.#dice.pick(configNames);
    const object = isSecret ? secret(name, this.#version) : configMap(name, this.#version);
    const exists = this.#names(resource).includes(name);
    if (exists) this.#ask('update', resource, name, object);
    else this.#ask('create', resource, undefined, object);
  }

  /** Everything that the pods name is there. */
  completeConfiguration(): void {
    for (const name of configNames)
      if (!this.#names('configmaps').includes(name))
        this.#ask('create', 'configmaps', undefined, configMap(name, 0));
    if (!this.#names('secrets').includes(secretName))
      this.#ask('create', 'secrets', undefined, secret(secretName, 0));
  }

  /** Gives a container that is always restarted another image: one that may work. */
  updateImage(): void {
    const pods = this.#names('pods').map((name) =>
      this.#history.disk.objects.get(`${prefixes['pods']}${name}`),
    );
    const mine = pods.filter((stored) => stored && isUpdatable(stored));
    const pod = mine.length > 0 ? (this.#dice.pick(mine)?.object as unknown as Pod) : undefined;
    if (!pod?.spec) return;
    this.#version += 1;
    const image = imageOf(this.#dice.pick(['serves', 'serves', 'stubborn', 'crashes']), this.#version);
    const { name } = this.#dice.pick(pod.spec.containers);
    this.#ask('patch', 'pods', pod.metadata?.name, { spec: { containers: [{ name, image }] } });
  }

  cordon(node: string, unschedulable: boolean): void {
    this.#ask('patch', 'nodes', node, { spec: { unschedulable } });
  }

  #names(resource: string): string[] {
    const prefix = prefixes[resource] ?? '';
    const keys = [...this.#history.disk.objects.keys()].filter((key) => key.startsWith(prefix));
    return keys.map((key) => key.slice(prefix.length)).sort();
  }

  #ask(verb: Verb, resource: string, name: string | undefined, body: unknown): void {
    const { life } = this.#controller;
    if (life?.disk !== this.#history.disk) return;
    const request: ApiRequest = {
      user: operator,
      verb,
      group: '',
      version: 'v1',
      resource,
      subresource: undefined,
      namespace: resource === 'nodes' ? undefined : namespace,
      name,
      options: {},
      body,
      ...(verb === 'patch' ? { patchType: 'strategic' as const } : {}),
      receivedAt: life.process.now(),
    };
    const shownName = name ?? (body as { metadata: { name: string } }).metadata.name;
    const what = `${verb} ${resource}/${shownName}`;
    this.#trace.note(`operator ${what}`);
    const since = this.#history.events.length;
    void life.controller.api.handle(request).then((answer) => {
      if (life.process.alive) this.#hear(what, verb, `${prefixes[resource]}${shownName}`, since, answer);
    });
  }

  #hear(what: string, verb: Verb, key: string, since: number, answer: ApiResponse): void {
    this.answered += 1;
    if (answer.type === 'object') {
      this.#trace.note(`answered ${what}: ${answer.code}`);
      this.#history.checkAnswered(what, key, Number(answer.object.metadata.resourceVersion));
      if (what.startsWith('create pods/') && this.#dice.chance(0.2))
        this.#regret(answer.object.metadata.name);
    } else if (answer.type === 'status') {
      const { status, code, message = '' } = answer.status;
      this.#trace.note(`answered ${what}: ${code} ${message}`);
      // A full disk is answered, and nothing is promised.
      const isFull = code === 507 || message.includes('BRAMBLE_STORE_FULL');
      if (code >= 500 && !isFull) this.#verdict.broken('G1', `${what} failed with ${code}: ${message}`);
      if (verb === 'delete' && status === 'Success') this.#history.checkDeleted(what, key, since);
    }
  }

  /** Deletes a pod while it is being placed, sent and started. */
  #regret(name: string): void {
    this.#broker.host.timer(this.#dice.pick([20, 200, 5_000]) * this.#dice.share(), () =>
      this.#deleteOne(name),
    );
  }

  #publish(topic: string, payload: string): void {
    if (this.#controller.life?.disk !== this.#history.disk) return;
    this.#trace.note(`operator publishes ${topic}`);
    this.#connection ??= this.#dial();
    this.#connection.publish({ topic, payload, qos: 1, retain: false });
  }

  #dial(): MqttConnection {
    const filters = [topics.results(operator.name, '+')];
    const options = { clientId: 'operator', keepaliveSeconds: 30, will: undefined, filters };
    return this.#broker.dialer('operator').dial(options, (event) => {
      if (event.type === 'closed') this.#connection = undefined;
      if (event.type !== 'message') return;
      this.#hearResult(event.payload);
      event.done();
    });
  }

  /** The same promise by MQTT: what is called created is on the disk. */
  #hearResult(payload: Uint8Array): void {
    const decoded = decodeJson(result, payload);
    if (!decoded.ok) return this.#verdict.broken('G1', `a result cannot be read: ${decoded.message}`);
    for (const item of decoded.value.items) {
      if (!('action' in item) || item.action === 'deleted') continue;
      this.answered += 1;
      const what = `${item.action} ${item.name} by MQTT`;
      this.#history.checkAnswered(what, `${prefixes['pods']}${item.name}`, Number(item.resourceVersion));
    }
  }
}

function isUpdatable(stored: StoredObject): boolean {
  const { spec } = stored.object as unknown as Pod;
  return spec?.restartPolicy === 'Always' && !isMarked(stored);
}

function deleteOptions(gracePeriodSeconds: number): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds };
}
