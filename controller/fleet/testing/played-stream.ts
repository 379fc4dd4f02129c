import type { KeyObject } from 'node:crypto';
import {
  type StreamEnd,
  type StreamFrame,
  type StreamOpen,
  type StreamRequest,
  streamOpen,
} from '@bramble/protocol/messages/streams.ts';
import { openStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { FrameReader, FrameWriter, isStreamFrame } from '@bramble/protocol/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { FleetWorld } from './fleet-world.ts';

type Action =
  | { readonly type: 'begin' | 'input-end' | 'close' }
  | { readonly type: 'input'; readonly bytes: Uint8Array; readonly taken: () => void }
  | { readonly type: 'resize'; readonly width: number; readonly height: number };

export interface PlayedOptions {
  readonly request: StreamRequest;
  readonly id?: string | undefined;
  readonly node?: string;
}

/** A stream with both its ends in the hands of a test: the client's in the controller, and the board's. */
export class PlayedStream {
  text = '';
  ready = 0;
  readonly channels: string[] = [];
  readonly ends: StreamEnd[] = [];
  readonly taken: (() => void)[] = [];
  readonly id: string;
  readonly node: string;
  readonly #world: FleetWorld;
  #writer: FrameWriter | undefined;

  constructor(world: FleetWorld, { request, id = 's1', node = 'pi-1' }: PlayedOptions) {
    this.#world = world;
    this.id = id;
    this.node = node;
    const sink = {
      onReady: () => {
        this.ready += 1;
      },
      onBytes: (bytes: Uint8Array, taken: () => void, channel: string) => {
        this.text += Buffer.from(bytes).toString();
        this.channels.push(channel);
        this.taken.push(taken);
      },
      onEnd: (end: StreamEnd) => void this.ends.push(end),
    };
    world.controller.streams()?.send({ type: 'open', id, node, request, sink });
  }

  /** Codes of the errors that it ended with. */
  get codes(): (number | undefined)[] {
    return this.ends.map(({ error }) => error?.code);
  }

  /** The signed order, as this board reads it. @throws when its key is not for the board */
  get order(): StreamOpen {
    return this.orderFor(this.#world.sealing.privateKey);
  }

  orderFor(privateKey: KeyObject): StreamOpen {
    const order = this.#sentOrder();
    const topic = topics.streamIn(this.node, this.id);
    if (!openStreamKey(privateKey, streamKeyContext(topic, order.boot), order.key))
      throw new Error('the key is not for this board');
    return order;
  }

  /** What the controller sent to the board after the order. */
  frames(): StreamFrame[] {
    const reader = new FrameReader(this.#key(), 'in');
    const topic = topics.streamIn(this.node, this.id);
    return this.#payloads(topic)
      .filter(isStreamFrame)
      .map((payload) => {
        const read = reader.read(payload);
        if (!read.ok) throw new Error(read.message);
        return read.value.frame;
      });
  }

  /** All input that reached the board. */
  get input(): string {
    return this.frames()
      .map((frame) => (frame.type === 'stdin' ? Buffer.from(frame.bytes).toString() : ''))
      .join('');
  }

  credits(): number {
    return this.frames().reduce((sum, frame) => sum + (frame.type === 'credit' ? frame.bytes : 0), 0);
  }

  async send(action: Action): Promise<void> {
    this.#world.controller.streams()?.send({ ...action, id: this.id });
    await this.#world.elapse(10);
  }

  /** The board says it. Resolves with the payload, which a test may send again. */
  async say(frame: StreamFrame, node = this.node): Promise<Uint8Array> {
    const payload = this.seal(frame);
    await this.sayPayload(payload, node);
    return payload;
  }

  async sayPayload(payload: Uint8Array, node = this.node): Promise<void> {
    this.#world.broker.say(topics.streamOut(node, this.id), payload);
    await this.#world.elapse(10);
  }

  /** A frame that never arrives. */
  lose(frame: StreamFrame): void {
    this.seal(frame);
  }

  seal(frame: StreamFrame): Uint8Array {
    this.#writer ??= new FrameWriter(this.#key(), 'out');
    return this.#writer.write(frame);
  }

  #key(): Uint8Array {
    const { boot, key } = this.#sentOrder();
    const context = streamKeyContext(topics.streamIn(this.node, this.id), boot);
    const opened = openStreamKey(this.#world.sealing.privateKey, context, key);
    if (!opened) throw new Error('the key is not for this board');
    return opened;
  }

  #sentOrder(): StreamOpen {
    const [first] = this.#payloads(topics.streamIn(this.node, this.id));
    const [, json = ''] = Buffer.from(first ?? [])
      .toString()
      .split('\n');
    return streamOpen.parse(JSON.parse(json));
  }

  #payloads(topic: string): Uint8Array[] {
    return this.#world.broker.on(topic).map(({ payload }) => Buffer.from(payload));
  }
}
