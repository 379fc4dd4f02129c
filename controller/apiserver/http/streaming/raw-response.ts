import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ServerResponse } from '@bramble/adapters/host/node-http.ts';
import type { Status } from '../../request.ts';
import { respondStatus } from '../respond.ts';

/** Answers a request that asked for an upgrade and does not get it: as any other, and for the last time. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, status: Status): void {
  if (socket.destroyed) return;
  const response = new ServerResponse(request);
  response.assignSocket(socket as Socket);
  response.shouldKeepAlive = false;
  response.on('finish', () => socket.end());
  respondStatus(request, response, status);
}

/** The head of 101 Switching Protocols (RFC 9110 §15.2.2). */
export function switchProtocols(socket: Duplex, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${['HTTP/1.1 101 Switching Protocols', ...lines].join('\r\n')}\r\n\r\n`);
}
