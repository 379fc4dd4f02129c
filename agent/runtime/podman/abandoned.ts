import type { Duplex } from 'node:stream';

/** Commands that may be waited for at once, after their clients have gone. */
const mostWaiting = 64;

/**
 * What becomes of a command whose client has gone: what would become of it in a pipe or at a terminal. conmon reads what it
 * says for ever, so the signals that the kernel would send are sent here. A command that says nothing more runs on, as by
 * the kubelet.
 */
export class AbandonedCommands {
  readonly #waiting = new Set<Duplex>();

  /** @param signal reaches the command and its children */
  add(connection: Duplex, tty: boolean, signal: (name: NodeJS.Signals) => Promise<void>): void {
    // Whatever comes of it, nobody is there to be told.
    const send = (name: NodeJS.Signals): void => void signal(name).catch(() => undefined);
    if (tty) {
      send('SIGHUP');
      connection.destroy();
      return;
    }
    connection.end();
    if (this.#waiting.size >= mostWaiting) return void connection.destroy();
    this.#waiting.add(connection);
    connection.once('close', () => this.#waiting.delete(connection));
    connection.once('end', () => connection.destroy());
    connection.once('data', () => {
      send('SIGPIPE');
      connection.destroy();
    });
    connection.resume();
  }

  close(): void {
    for (const connection of this.#waiting) connection.destroy();
  }
}
