import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type ActorRef, ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type {
  LogsRequest,
  StreamFrame,
  StreamOpen,
  StreamRequest,
} from '@bramble/protocol/messages/streams.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { newStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { FrameReader, FrameWriter } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../../pods/manager-messages.ts';
import type { FoundContainer } from '../../pods/worker-state.ts';
import type { ContainerView, LogChunk, LogOptions } from '../../runtime/port.ts';
import type { UsageMeter } from '../../usage/port.ts';
import type { StreamsMessage } from '../messages.ts';
import { boardStreams } from '../streams.ts';
import { PlayedSession } from './played-session.ts';

const fenced = { storeId: '11111111-1111-4111-8111-111111111111', epoch: 1 };
const topic = 'topic';
export const boot = 3;
export const logsRequest: LogsRequest = {
  type: 'logs',
  uid: 'u',
  container: 'web',
  follow: false,
  previous: false,
  timestamps: false,
};

export function view(id: string, state: ContainerView['state']): ContainerView {
  const empty = { name: '', image: '', imageId: '', labels: {}, error: '', startedAt: '', finishedAt: '' };
  return { id, state, pid: 77, exitCode: undefined, outOfMemory: false, ...empty };
}

export const found: FoundContainer = {
  pod: 'a',
  known: true,
  current: view('now', 'running'),
  previous: undefined,
  waiting: 'ContainerCreating',
};

interface Ends {
  readonly key: Uint8Array;
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
  readonly frames: StreamFrame[];
}

export interface BenchOptions {
  readonly chunks?: () => Iterable<LogChunk> | AsyncIterable<LogChunk>;
  /** `undefined`: there is no such pod. */
  readonly found?: FoundContainer | undefined;
  readonly running?: readonly ContainerView[];
  readonly usage?: UsageMeter;
  /** Whether the link has room. */
  readonly takes?: () => boolean;
}

/** The agent's streams under a virtual clock, with the controller's ends in the hands of a test. */
export class Bench {
  readonly host = new VirtualHost();
  readonly asked: { id: string; options: LogOptions }[] = [];
  readonly signals: AbortSignal[] = [];
  /** What was begun beside logs, and with what. */
  readonly sessions: { readonly what: string; readonly session: PlayedSession }[] = [];
  chunksRead = 0;
  readonly #sealing = generateKeyPairSync('x25519');
  readonly #streams: ActorRef<StreamsMessage>;
  readonly #ends = new Map<string, Ends>();
  readonly #options: BenchOptions;
  #numbers = 0;

  constructor(options: BenchOptions = {}) {
    this.#options = options;
    const system = new ActorSystem(this.host, { onRootFailure: (error) => assert.fail(String(error)) });
    const answer = 'found' in options ? options.found : found;
    const pods: ActorRef<PodsMessage> = {
      path: 'pods',
      send: (message) => {
        if (message.type === 'find-running') return message.replyTo.send(options.running ?? []);
        return message.type === 'find-container' && message.replyTo.send(answer);
      },
    };
    this.#streams = system.run(
      'streams',
      boardStreams({
        runtime: {
          logs: (id, logOptions, signal) => this.#logs(id, logOptions, signal),
          execSession: async (id, command, channels) =>
            this.#begin(`exec ${id} ${command.join(' ')}${channels.tty ? ' tty' : ''}`),
          attachSession: async (id) => this.#begin(`attach ${id}`),
        },
        portDialer: { dial: (pid, port) => this.#begin(`dial ${pid} ${port}`) },
        usage: options.usage,
        ...{ pods, boot, sealingKey: this.#sealing.privateKey },
      }),
    );
    this.#streams.send({
      type: 'attach-link',
      link: { path: 'link', send: ({ stream, payload }) => this.#take(stream, payload) },
    });
  }

  /** Opens a stream and, unless told, begins it at once with this much credit. */
  open(
    request: StreamRequest = logsRequest,
    { stream = 's', credit = 65_536, openedBoot = boot } = {},
  ): StreamOpen {
    const key = newStreamKey();
    const ends = { key, writer: new FrameWriter(key, 'in'), reader: new FrameReader(key, 'out'), frames: [] };
    this.#ends.set(stream, ends);
    const sealed = seal(this.#sealing.publicKey, streamKeyContext(topic, openedBoot), key);
    this.#numbers += 1;
    const order = { ...fenced, boot: openedBoot, number: this.#numbers, key: sealed, request };
    this.order(order, stream);
    if (credit > 0) this.say({ type: 'credit', bytes: credit }, stream);
    return order;
  }

  order(order: StreamOpen, stream = 's'): void {
    this.#streams.send({ type: 'open', stream, topic, order });
  }

  say(frame: StreamFrame, stream = 's'): void {
    this.payload(this.seal(frame, stream), stream);
  }

  seal(frame: StreamFrame, stream = 's'): Uint8Array {
    return this.#endsOf(stream).writer.write(frame);
  }

  payload(payload: Uint8Array, stream = 's'): void {
    this.#streams.send({ type: 'frame', stream, payload });
  }

  linkDown(): void {
    this.#streams.send({ type: 'link-down' });
  }

  elapse(ms = 10): Promise<void> {
    return this.host.elapse(ms);
  }

  frames(stream = 's'): readonly StreamFrame[] {
    return this.#endsOf(stream).frames;
  }

  text(stream = 's'): string {
    return this.frames(stream)
      .map((frame) =>
        frame.type === 'stdout' || frame.type === 'stderr' ? Buffer.from(frame.bytes).toString() : '',
      )
      .join('');
  }

  get bytes(): number {
    return this.text().length;
  }

  /** How it ended; `open` when it has not. */
  end(stream = 's'): Extract<StreamFrame, { type: 'end' }>['end'] | 'open' {
    const last = this.frames(stream).at(-1);
    return last?.type === 'end' ? last.end : 'open';
  }

  endCode(stream = 's'): number | undefined {
    const end = this.end(stream);
    return end === 'open' ? undefined : end.error?.code;
  }

  async *#logs(id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogChunk> {
    this.asked.push({ id, options });
    this.signals.push(signal);
    for await (const chunk of this.#options.chunks?.() ?? []) {
      this.chunksRead += 1;
      yield chunk;
    }
  }

  #begin(what: string): PlayedSession {
    const session = new PlayedSession();
    this.sessions.push({ what, session });
    return session;
  }

  #take(stream: string, payload: Uint8Array): boolean {
    const { reader, frames } = this.#endsOf(stream);
    const read = reader.read(payload);
    assert.ok(read.ok);
    assert.equal(read.value.sequence, frames.length);
    frames.push(read.value.frame);
    return this.#options.takes?.() ?? true;
  }

  #endsOf(stream: string): Ends {
    const ends = this.#ends.get(stream);
    assert.ok(ends, `no stream ${stream}`);
    return ends;
  }
}

export const line = (text: string, stream: LogChunk['stream'] = 'stdout'): LogChunk => ({
  stream,
  bytes: Buffer.from(text),
});
