import type { Socket } from 'node:net';
import type { Received } from './packet-reader.ts';
import { acknowledgement } from './packets.ts';
import type { LinkEvent } from './port.ts';

type Message = Extract<Received, { type: 'publish' }>;

/** Of what has come and waits; with more, nothing is read until it is handled, and the broker has to wait. */
const most = { messages: 64, bytes: 262_144 };

/** Hands over one message after the other, each when the one before it is done, and acknowledges it then. */
export class Inbound {
  readonly #socket: Pick<Socket, 'pause' | 'resume'>;
  readonly #onEvent: (event: LinkEvent) => void;
  readonly #write: (bytes: Buffer) => void;
  #waiting: Message[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  /** Of QoS 2, taken and not yet released, and whether they are done. aedes sends them to who subscribed with QoS 1, too. */
  readonly #taken = new Map<number, boolean>();
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
      const isDone = this.#taken.get(id);
      // MQTT-4.3.3-2: acknowledged again, and not told again.
      if (isDone === true) this.#write(acknowledgement('pubrec', id));
      if (isDone !== undefined) return;
      this.#taken.set(id, false);
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.payload.length;
    this.#next();
    this.#regulate();
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
      this.#waitingBytes -= message.payload.length;
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
    if (id !== undefined && qos === 2) this.#taken.set(id, true);
    this.#regulate();
  }

  #regulate(): void {
    const isFull = this.#waiting.length >= most.messages || this.#waitingBytes >= most.bytes;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }
}
