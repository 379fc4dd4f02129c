import type {
  DialOptions,
  LinkEvent,
  MqttConnection,
  MqttDialer,
  OutgoingMessage,
} from '@bramble/adapters/mqtt/port.ts';

/** The broker's end of the controller's connection, in the hands of a test. */
export class ScriptedBroker implements MqttDialer {
  readonly dials: DialOptions[] = [];
  /** All that was published, oldest first; a test may empty it. */
  published: OutgoingMessage[] = [];
  closes = 0;
  /** Messages that were handed over and are done with. */
  done = 0;
  /** Accepts each dialling at once. */
  accepts = true;
  #onEvent: ((event: LinkEvent) => void) | undefined;

  dial(options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
    this.dials.push(options);
    this.#onEvent = onEvent;
    if (this.accepts) onEvent({ type: 'connected' });
    else onEvent({ type: 'closed', reason: 'refused' });
    return {
      publish: (message) => this.published.push(message),
      subscribe: (_filters, settled) => settled?.(undefined),
      unsubscribe: () => {},
      close: () => {
        this.closes += 1;
      },
    };
  }

  /** The connection is lost. */
  drop(): void {
    this.#onEvent?.({ type: 'closed', reason: 'reset' });
  }

  /** Delivers a message: bytes, text, or what becomes JSON. */
  say(topic: string, payload: unknown, retained = false): void {
    const bytes =
      payload instanceof Uint8Array
        ? payload
        : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    const done = (): void => {
      this.done += 1;
    };
    this.#onEvent?.({ type: 'message', topic, payload: bytes, retained, done });
  }

  on(topic: string): OutgoingMessage[] {
    return this.published.filter((message) => message.topic === topic);
  }
}
