import type { IncomingMessage } from 'node:http';
import { failure, StatusError } from '../../status.ts';

export interface Choice {
  readonly transport: 'websocket' | 'spdy';
  readonly protocol: string;
}

/** The first of `spoken` that the client offers. @throws StatusError 400 or 403, as Kubernetes refuses */
export function chooseProtocol({ headers }: IncomingMessage, spoken: readonly string[]): Choice {
  const upgrade = headers.upgrade?.toLowerCase() ?? '';
  const transport = upgrade === 'websocket' ? 'websocket' : upgrade === 'spdy/3.1' ? 'spdy' : undefined;
  if (!transport)
    throw new StatusError(failure(400, 'BadRequest', 'unable to upgrade: neither a WebSocket nor SPDY/3.1'));
  const header = transport === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version';
  const offered = String(headers[header] ?? '')
    .split(',')
    .map((name) => name.trim());
  const protocol = spoken.find((name) => offered.includes(name));
  if (protocol !== undefined) return { transport, protocol };
  const message = `unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server supports ${JSON.stringify(spoken)}`;
  throw new StatusError(failure(403, 'Forbidden', message));
}
