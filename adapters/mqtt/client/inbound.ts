import type { Socket } from 'node:net';
import type { LinkEvent } from '../port.ts';
import type { Received } from './packet-reader.ts';
import { acknowledgement } from './packets.ts';

type Message = Extract<Received, { type: 'publish' }>;

/** Messages that have come and wait; with more, nothing is read until they are handled, and the broker has to wait. */
const waitingMost = 64;

/** Hands over one message after the other, each when the one before it is done, and acknowledges it then. */
export class Inbound {
  readonly #socket: Pick<Socket, 'pause' | 'resume'>;
  readonly #onEvent: (event: LinkEvent) => void;
  readonly #write: (bytes: Buffer) => void;
  #waiting: Message[] = [];
  /** Of QoS 2, taken and not yet released. aedes sends them to who subscribed with QoS 1, too. */
  readonly #taken = new Set<number>();
  #isHandling = false;
  #isStopped = false;

  constructor(
    socket: Pick<Socket, 'pause' | 'resume'>,
    onEvent: (event: LinkEvent) => void,
    write: (bytes: Buffer) => void,
  ) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    this.#write = write;
  }

  take(message: Message): void {
    const { qos, id } = message;
    if (qos === 2 && id !== undefined) {
      // MQTT-4.3.3-2: acknowledged again, and not told again.
      if (this.#taken.has(id)) return this.#write(acknowledgement('pubrec', id));
      this.#taken.add(id);
    }
    this.#waiting.push(message);
    if (this.#waiting.length >= waitingMost) this.#socket.pause();
    this.#next();
  }

  /** PUBREL. */
  released(id: number): void {
    this.#taken.delete(id);
    this.#write(acknowledgement('pubcomp', id));
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  /** In a loop, and not by calling itself: most messages are done before this returns. */
  #next(): void {
    while (!this.#isHandling) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#isHandling = true;
      const { topic, payload, retained } = message;
      let isOpen = true;
      let isNow = true;
      const done = (): void => {
        if (!isOpen) return;
        isOpen = false;
        this.#done(message);
        if (!isNow) this.#next();
      };
      this.#onEvent({ type: 'message', topic, payload, retained, done });
      isNow = false;
    }
  }

  #done({ qos, id }: Message): void {
    this.#isHandling = false;
    if (this.#isStopped) return;
    if (id !== undefined) this.#write(acknowledgement(qos === 2 ? 'pubrec' : 'puback', id));
    if (this.#waiting.length === waitingMost - 1) this.#socket.resume();
  }
}
