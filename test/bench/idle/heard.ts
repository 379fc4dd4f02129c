import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { MqttConnection } from '@bramble/adapters/mqtt/port.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import { brokerServerNames } from '@bramble/protocol/join.ts';
import type { Bramble } from '../../e2e/fixture/bramble.ts';

export interface Topic {
  readonly messages: number;
  readonly bytes: number;
}

/** Listens to all that boards and controller say to each other, as only the controller may, on a connection of its own. */
export class Ear {
  readonly #connection: MqttConnection;
  readonly #heard = new Map<string, Topic>();

  static async open(bramble: Bramble): Promise<Ear> {
    const { certificates, caPem: ca } = await openTrust(
      bramble.dataDir,
      createHost(() => {}),
    );
    const { key, certificate: cert } = await certificates.controllerClient();
    const url = `mqtts://127.0.0.1:${bramble.place.boardsPort}`;
    const ear = new Ear(createMqttDialer({ url, ca, cert, key, serverName: brokerServerNames }));
    await ear.#connected.promise;
    return ear;
  }

  readonly #connected = Promise.withResolvers<void>();

  private constructor(dialer: ReturnType<typeof createMqttDialer>) {
    const filters = ['nodes/#', 'network/#', 'controller/session'].map((filter) => `bramble/v1/${filter}`);
    const options = { clientId: 'idle-bench', keepaliveSeconds: 30, will: undefined, filters };
    this.#connection = dialer.dial(options, (event) => {
      if (event.type === 'connected') this.#connected.resolve();
      if (event.type === 'closed') this.#connected.reject(new Error(event.reason));
      if (event.type !== 'message') return;
      if (!event.retained) this.#note(event.topic, event.payload.length);
      event.done();
    });
  }

  /** Since it was asked last, by the last words of the topic. */
  take(): ReadonlyMap<string, Topic> {
    const taken = new Map(this.#heard);
    this.#heard.clear();
    return taken;
  }

  close(): void {
    this.#connection.close();
  }

  #note(topic: string, bytes: number): void {
    const form = topic.replace('bramble/v1/', '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{uid}');
    const { messages, bytes: before } = this.#heard.get(form) ?? { messages: 0, bytes: 0 };
    this.#heard.set(form, { messages: messages + 1, bytes: before + bytes });
  }
}
