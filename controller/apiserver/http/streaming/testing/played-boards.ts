import type { ContainerRequest, StreamEnd } from '@bramble/protocol/messages/streams.ts';
import type { BoardStream, BoardStreamSink, BoardStreams, TerminalSize } from '../ports.ts';

/** A stream to a board whose part a test plays. */
export class PlayedBoard implements BoardStream {
  begun = false;
  written = '';
  inputEnded = false;
  closed = false;
  readonly sizes: TerminalSize[] = [];
  /** Whether it takes what is written at once. */
  takes = true;
  readonly held: (() => void)[] = [];
  readonly node: string;
  readonly request: ContainerRequest;
  readonly sink: BoardStreamSink;

  constructor(node: string, request: ContainerRequest, sink: BoardStreamSink) {
    this.node = node;
    this.request = request;
    this.sink = sink;
  }

  begin = (): void => {
    this.begun = true;
  };

  write = (bytes: Uint8Array, taken: () => void): void => {
    this.written += Buffer.from(bytes).toString('latin1');
    if (this.takes) taken();
    else this.held.push(taken);
  };

  endInput = (): void => {
    this.inputEnded = true;
  };

  resize = (size: TerminalSize): void => {
    this.sizes.push(size);
  };

  close = (): void => {
    this.closed = true;
  };

  say(text: string, channel: 'stdout' | 'stderr' = 'stdout', taken: () => void = () => {}): void {
    this.sink.onBytes(Buffer.from(text), taken, channel);
  }

  finish(end: StreamEnd): void {
    this.sink.onEnd(end);
  }
}

export class PlayedBoards implements BoardStreams {
  readonly opened: PlayedBoard[] = [];
  /** What each does as soon as it is opened: it is ready unless told. */
  answer: (board: PlayedBoard) => void = (board) => board.sink.onReady();

  open(node: string, request: ContainerRequest, sink: BoardStreamSink): BoardStream {
    const board = new PlayedBoard(node, request, sink);
    this.opened.push(board);
    this.answer(board);
    return board;
  }

  get last(): PlayedBoard | undefined {
    return this.opened.at(-1);
  }
}
