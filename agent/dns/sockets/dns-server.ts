import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Host } from '@bramble/actors/index.ts';
import type { Query } from '../message/types.ts';
import { responseCodes } from '../message/types.ts';
import { largestMessageBytes, udpRoom, writeReply } from '../message/write.ts';
import type { Dns } from '../port.ts';
import { failed, questionFor, type Response, recordsOf, replyOf, respond } from '../respond.ts';
import type { Zone } from '../zone.ts';
import { framed, MessageReader } from './framing.ts';
import { Upstream } from './upstream.ts';

export interface DnsServerOptions {
  readonly host: Pick<Host, 'timer' | 'monotonic' | 'random'>;
  readonly resolvConf?: string;
  /** Tried in this order: 53 may be another program's. */
  readonly ports?: readonly number[];
  readonly upstreamPort?: number;
}

interface Listening {
  readonly address: string;
  readonly udp: UdpSocket;
  readonly tcp: Server;
}

const tcpIdleMs = 10_000;
const tcpConnections = 64;
const defaultPorts = [53, 10_053, 20_053];

/** DNS over UDP and TCP, in this process. */
export class DnsServer implements Dns {
  readonly #host: DnsServerOptions['host'];
  readonly #ports: readonly number[];
  readonly #upstream: Upstream;
  readonly #connections = new Set<Socket>();
  #listening: Listening | undefined;
  #zone: Zone | undefined;
  #turn = 0;

  constructor(options: DnsServerOptions) {
    this.#host = options.host;
    this.#ports = options.ports ?? defaultPorts;
    this.#upstream = new Upstream({
      host: options.host,
      resolvConf: options.resolvConf ?? '/etc/resolv.conf',
      ...(options.upstreamPort !== undefined && { port: options.upstreamPort }),
    });
  }

  update(zone: Zone | undefined): void {
    this.#zone = zone;
  }

  async listen(address: string): Promise<{ readonly port: number }> {
    this.close();
    let refusal: unknown;
    for (const port of this.#ports) {
      try {
        return { port: await this.#open(address, port) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  close(): void {
    const { udp, tcp } = this.#listening ?? {};
    this.#listening = undefined;
    udp?.close();
    tcp?.close();
    for (const socket of this.#connections) socket.destroy();
  }

  async #open(address: string, port: number): Promise<number> {
    const tcp = createServer((socket) => this.#accept(socket, address));
    tcp.maxConnections = tcpConnections;
    await listening(tcp, () => tcp.listen({ host: address, port }));
    const chosen = (tcp.address() as { port: number }).port;
    const udp = createSocket('udp4');
    try {
      await listening(udp, () => udp.bind({ address, port: chosen }));
    } catch (error) {
      tcp.close();
      throw error;
    }
    udp.on('message', (bytes, from) => void this.#datagram(udp, address, bytes, from));
    // Such as a client's closed port, told by ICMP: nobody's concern.
    udp.on('error', () => {});
    tcp.on('error', () => {});
    this.#listening = { address, udp, tcp };
    return chosen;
  }

  async #datagram(udp: UdpSocket, address: string, bytes: Buffer, from: RemoteInfo): Promise<void> {
    const answer = await this.#answer(bytes, 'udp', address);
    if (answer && this.#listening?.udp === udp) udp.send(answer, from.port, from.address, () => {});
  }

  #accept(socket: Socket, address: string): void {
    const reader = new MessageReader();
    this.#connections.add(socket);
    let cancel = this.#host.timer(tcpIdleMs, () => socket.destroy());
    socket.on('close', () => {
      cancel();
      this.#connections.delete(socket);
    });
    socket.on('error', () => {});
    let last: Promise<void> = Promise.resolve();
    socket.on('data', (bytes) => {
      // One after the other, and no more is read meanwhile: a client cannot make work pile up.
      socket.pause();
      cancel();
      cancel = this.#host.timer(tcpIdleMs, () => socket.destroy());
      const messages = reader.take(bytes);
      last = last.then(async () => {
        for (const message of messages) {
          const answer = await this.#answer(message, 'tcp', address);
          if (answer && !socket.destroyed) socket.write(framed(answer));
        }
        socket.resume();
      });
    });
  }

  async #answer(bytes: Buffer, transport: 'udp' | 'tcp', address: string): Promise<Buffer | undefined> {
    this.#turn = (this.#turn + 1) % 0x1000000;
    const response = respond(this.#zone, bytes, this.#turn);
    switch (response.type) {
      case 'silence':
        return undefined;
      case 'error':
        return response.bytes;
      case 'reply':
        return written(response, transport);
      case 'forward':
        return (
          (await this.#upstream.ask(bytes, transport, address)) ??
          written(failed(response.query, responseCodes.failure), transport)
        );
      case 'follow':
        return this.#follow(response, transport, address);
    }
  }

  async #follow(
    { query, aliases, target }: Extract<Response, { type: 'follow' }>,
    transport: 'udp' | 'tcp',
    address: string,
  ): Promise<Buffer> {
    const id = Math.floor(this.#host.random() * 0x10000);
    const question = questionFor(target, query.question.type, id);
    const answer = await this.#upstream.ask(question, transport, address);
    const code = answer ? answer.readUInt16BE(2) & 0xf : responseCodes.failure;
    const reply = replyOf(code, [...aliases, ...(answer ? recordsOf(answer) : [])]);
    return written({ query, reply }, transport);
  }
}

function written(
  { query, reply }: { readonly query: Query; readonly reply: Parameters<typeof writeReply>[1] },
  transport: 'udp' | 'tcp',
): Buffer {
  return writeReply(query, reply, transport === 'udp' ? udpRoom(query) : largestMessageBytes);
}

function listening(
  server: {
    once(event: 'listening' | 'error', listener: (error?: unknown) => void): unknown;
    removeAllListeners(event: 'error'): unknown;
  },
  begin: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeAllListeners('error');
      resolve();
    });
    begin();
  });
}
