import type { Host } from '@bramble/actors/host.ts';
import type { WebSocketConnection } from '@bramble/adapters/websocket/server.ts';

/** kubectl pings every 5 s, and takes a server for dead that has not answered for a minute. */
const pongMs = 10_000;

/** A connection that says from time to time, while it is paused and reads no pings, that it lives. */
export function patientConnection(
  connection: WebSocketConnection,
  host: Pick<Host, 'timer'>,
): WebSocketConnection & { readonly stop: () => void } {
  let cancel: (() => void) | undefined;
  const beat = (): void => {
    connection.pong();
    cancel = host.timer(pongMs, beat);
  };
  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };
  return {
    ...connection,
    stop,
    pause() {
      connection.pause();
      if (!cancel) beat();
    },
    resume() {
      stop();
      connection.resume();
    },
  };
}
