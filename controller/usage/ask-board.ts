import type { Host } from '@bramble/actors/index.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { type BoardUsage, boardUsage } from '@bramble/protocol/messages/usage.ts';
import type { FleetStreams } from '../fleet/streams.ts';

export interface AskPorts {
  readonly streams: () => Pick<FleetStreams, 'send'> | undefined;
  readonly streamId: () => string;
  readonly host: Pick<Host, 'timer'>;
}

/** A person waits for it, and the other boards' answers with him. */
const patienceMs = 3_000;

/** Asks one board what its containers use. `undefined` where it does not answer soon, or in no form that is known. */
export function askBoard(
  { streams, streamId, host }: AskPorts,
  node: string,
): Promise<BoardUsage | undefined> {
  const { promise, resolve } = Promise.withResolvers<BoardUsage | undefined>();
  const id = streamId();
  const close = (): void => void streams()?.send({ type: 'close', id });
  const pieces: Uint8Array[] = [];
  let size = 0;
  const cancel = host.timer(patienceMs, () => {
    close();
    resolve(undefined);
  });
  const settle = (usage: BoardUsage | undefined): void => {
    cancel();
    resolve(usage);
  };
  const sink = {
    onReady: () => void streams()?.send({ type: 'begin', id }),
    onBytes: (bytes: Uint8Array, taken: () => void) => {
      size += bytes.length;
      if (size > limits.usageBytes) {
        close();
        return settle(undefined);
      }
      pieces.push(bytes);
      taken();
    },
    onEnd: ({ error }: { readonly error?: unknown }) => settle(error ? undefined : read(pieces)),
  };
  if (!streams()?.send({ type: 'open', id, node, request: { type: 'usage' }, sink })) settle(undefined);
  return promise;
}

function read(pieces: readonly Uint8Array[]): BoardUsage | undefined {
  const decoded = decodeJson(boardUsage, Buffer.concat(pieces));
  return decoded.ok ? decoded.value : undefined;
}
