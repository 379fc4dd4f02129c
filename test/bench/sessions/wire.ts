import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';

export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

/** Opens the sockets of a process, and knows what went over the wire in all, TLS included. */
export class Wire {
  readonly #open = new Set<Socket>();
  #receivedBytes = 0;
  #sentBytes = 0;

  open(broker: Broker, secureContext: SecureContext, onError: (error: Error) => void): TLSSocket {
    const { host, port, serverName: servername } = broker;
    const socket = connectTcp({ host, port, noDelay: true });
    this.#open.add(socket);
    socket.on('error', onError);
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#receivedBytes += socket.bytesRead;
      this.#sentBytes += socket.bytesWritten;
    });
    return connect({ socket, servername, secureContext });
  }

  get bytes(): { readonly receivedBytes: number; readonly sentBytes: number } {
    let [receivedBytes, sentBytes] = [this.#receivedBytes, this.#sentBytes];
    for (const { bytesRead, bytesWritten } of this.#open) {
      receivedBytes += bytesRead;
      sentBytes += bytesWritten;
    }
    return { receivedBytes, sentBytes };
  }
}
