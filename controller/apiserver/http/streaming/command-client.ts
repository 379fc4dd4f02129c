import type { Status } from '../../request.ts';
import type { TerminalSize } from './ports.ts';

/** The client of a command, whichever protocol it speaks. */
export interface CommandClient {
  /** `sent` is called when the client has had the bytes, or never will. */
  output(channel: 'stdout' | 'stderr', bytes: Uint8Array, sent: () => void): void;
  /** How it ended; then the connection is closed. */
  finish(status: Status): void;
  /** The client should send no more input until `resume`. */
  pause(): void;
  resume(): void;
}

/** What a client says. */
export interface CommandReader {
  readonly onInput: (bytes: Uint8Array) => void;
  readonly onInputEnd: () => void;
  readonly onResize: (size: TerminalSize) => void;
  /** Once, last: nobody is there any more. */
  readonly onClose: () => void;
}

const largestSide = 65_535;

/** A client's JSON `{"Width":80,"Height":24}`; `undefined` for anything else. */
export function readSize(text: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text);
    const whole = [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= largestSide);
    return whole ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
