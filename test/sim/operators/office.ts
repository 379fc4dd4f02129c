import type { MqttConnection } from '@bramble/adapters/mqtt/port.ts';
import type { ApiResponse } from '@bramble/controller/apiserver/request.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { result } from '@bramble/protocol/messages/results.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBroker } from '../broker/broker.ts';
import type { DurableHistory } from '../checks/durable-history.ts';
import type { Verdict } from '../checks/verdict.ts';
import type { Trace } from '../trace.ts';
import { type ControllerProcess, operator } from '../world/controller-process.ts';
import { type Ask, prefixOf, requestOf } from './requests.ts';

/** How operators ask, by the API and by MQTT; what they were answered is held against the disk (G1). */
export class Office {
  answered = 0;
  #connection: MqttConnection | undefined;
  readonly #controller: ControllerProcess;
  readonly #broker: SimBroker;
  readonly #history: DurableHistory;
  readonly #verdict: Verdict;
  readonly #trace: Trace;
  /** Does something after a while, unless the faults have ended by then. */
  readonly later: (delayMs: number, act: () => void) => void;

  constructor(
    controller: ControllerProcess,
    broker: SimBroker,
    history: DurableHistory,
    verdict: Verdict,
    trace: Trace,
    later: (delayMs: number, act: () => void) => void,
  ) {
    this.#controller = controller;
    this.#broker = broker;
    this.#history = history;
    this.#verdict = verdict;
    this.#trace = trace;
    this.later = later;
  }

  /** The names of what there is, as the disk has it. */
  names(resource: string): string[] {
    const prefix = prefixOf(resource);
    const keys = [...this.#history.disk.objects.keys()].filter((key) => key.startsWith(prefix));
    return keys.map((key) => key.slice(prefix.length)).sort();
  }

  get(resource: string, name: string): StoredObject | undefined {
    return this.#history.disk.objects.get(`${prefixOf(resource)}${name}`);
  }

  ask(asked: Ask, onMade: (name: string) => void = () => {}): void {
    const { life } = this.#controller;
    if (life?.disk !== this.#history.disk) return;
    const { verb, resource, subresource } = asked;
    const name = asked.name ?? (asked.body as { metadata: { name: string } }).metadata.name;
    const what = `${subresource ?? verb} ${resource}/${name}`;
    this.#trace.note(`operator ${what}`);
    const since = this.#history.events.length;
    const key = `${prefixOf(resource)}${name}`;
    const ends = verb === 'delete' || subresource === 'eviction';
    void life.controller.api.handle(requestOf(asked, life.process.now())).then((answer) => {
      if (!life.process.alive) return;
      this.#hear(what, key, since, answer, ends);
      if (answer.type === 'object' && verb === 'create') onMade(name);
    });
  }

  publish(topic: string, payload: string): void {
    if (this.#controller.life?.disk !== this.#history.disk) return;
    this.#trace.note(`operator publishes ${topic}`);
    this.#connection ??= this.#dial();
    this.#connection.publish({ topic, payload, qos: 1, retain: false });
  }

  #hear(what: string, key: string, since: number, answer: ApiResponse, ends: boolean): void {
    this.answered += 1;
    if (answer.type === 'object') {
      this.#trace.note(`answered ${what}: ${answer.code}`);
      this.#history.checkAnswered(what, key, Number(answer.object.metadata.resourceVersion));
    } else if (answer.type === 'status') {
      const { status, code, message = '' } = answer.status;
      this.#trace.note(`answered ${what}: ${code} ${message}`);
      // A full disk is answered, and nothing is promised.
      const isFull = code === 507 || message.includes('BRAMBLE_STORE_FULL');
      if (code >= 500 && !isFull) this.#verdict.broken('G1', `${what} failed with ${code}: ${message}`);
      if (ends && status === 'Success') this.#history.checkDeleted(what, key, since);
    }
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
      this.#history.checkAnswered(what, `${prefixOf('pods')}${item.name}`, Number(item.resourceVersion));
    }
  }
}
