import { limits } from '@bramble/protocol/limits.ts';
import type { StreamEnd } from '@bramble/protocol/messages/streams.ts';
import { creditCost } from '@bramble/protocol/streams.ts';
import type { Status } from '../../request.ts';
import { failure, success } from '../../status.ts';
import { streamFailure } from '../../stream-failure.ts';
import type { ReadyStream } from './board-connection.ts';
import type { CommandClient, CommandReader } from './command-client.ts';

/** Joins a client with its command in the container, until either ends. @returns who hears what the client says */
export function runCommand({ board, listen }: ReadyStream, client: CommandClient): CommandReader {
  const input = new InputRoom(client);
  listen({
    onBytes: (bytes, taken, channel) => client.output(channel, bytes, taken),
    onEnd: (end) => client.finish(statusOf(end)),
  });
  board.begin();
  return {
    onInput(bytes) {
      const cost = creditCost(bytes.length);
      input.add(cost);
      board.write(bytes, () => input.add(-cost));
    },
    onInputEnd: () => board.endInput(),
    onResize: (size) => board.resize(size),
    onClose: () => board.close(),
  };
}

/** Bounds what a client wrote and the board has not taken: a client that writes faster is not read meanwhile. */
class InputRoom {
  readonly #client: Pick<CommandClient, 'pause' | 'resume'>;
  #waiting = 0;
  #paused = false;

  constructor(client: Pick<CommandClient, 'pause' | 'resume'>) {
    this.#client = client;
  }

  add(cost: number): void {
    this.#waiting += cost;
    if (!this.#paused && this.#waiting > 2 * limits.streamCreditBytes) this.#client.pause();
    else if (this.#paused && this.#waiting <= limits.streamCreditBytes) this.#client.resume();
    else return;
    this.#paused = !this.#paused;
  }
}

/** As the fourth version of Kubernetes' channel protocol tells the end of a command. */
function statusOf({ error, exitCode = 0 }: StreamEnd): Status {
  if (error) return streamFailure(error);
  if (exitCode === 0) return success(200);
  const message = `command terminated with non-zero exit code: exit status ${exitCode}`;
  const causes = [{ reason: 'ExitCode', message: String(exitCode), field: '' }];
  return failure(500, 'NonZeroExitCode', message, { causes });
}
