import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { acceptWebSocket, type WebSocketConnection } from '@bramble/adapters/websocket/server.ts';

/** Where browsers find the broker: MQTT over WebSocket (MQTT 3.1.1 §6), on the port that the page came from. */
export const mqttPath = '/mqtt';

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** PEM: who signed its certificate. */
  readonly ca: string;
  /** The name that its certificate must carry. */
  readonly serverName: string;
}

const protocol = 'mqtt';
/** Browsers at once; each is one connection of the broker, whose own bounds hold for it as well. */
const mostBridges = 200;
const largestMessageBytes = 2_097_152;
/** Bytes that may wait for a browser before the broker is not read any further. */
const behindBytes = 262_144;
const tryLaterCode = 1_013;
const goneCode = 1_011;
const wrongRequestCode = 1_002;

/** What ends the connections that the broker has not answered yet, the oldest first. */
type Mute = Set<() => void>;

/**
 * Carries bytes between a browser's WebSocket and the broker, whichever that is. Who the browser speaks for is proved to
 * the broker, in CONNECT; this knows nothing of it.
 */
export function mqttBridge(broker: Broker): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  let open = 0;
  const mute: Mute = new Set();
  return (request, socket, head) => {
    socket.on('error', () => {});
    const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
    acceptWebSocket({ request, socket, head }, { protocol, largestMessageBytes }, (browser) => {
      if (!offered.includes(protocol)) return refused(browser, wrongRequestCode, 'the subprotocol is mqtt');
      if (open >= mostBridges && !giveWay(mute))
        return refused(browser, tryLaterCode, 'too many dashboards are open');
      open += 1;
      return bridge(browser, broker, mute, () => {
        open -= 1;
      });
    });
  };
}

/** Who has not logged in for longest is least likely a dashboard, and gives way to a newcomer (guarantee G8). */
function giveWay(mute: Mute): boolean {
  const [oldest] = mute;
  if (!oldest) return false;
  mute.delete(oldest);
  oldest();
  return true;
}

function refused(browser: WebSocketConnection, code: number, why: string) {
  browser.close(code, why);
  return { onMessage: () => {}, onClose: () => {} };
}

function bridge(
  browser: WebSocketConnection,
  { host, port, ca, serverName }: Broker,
  mute: Mute,
  ended: () => void,
) {
  const upstream = connect({ host, port, ca, servername: serverName });
  const end = (): void => void upstream.destroy();
  mute.add(end);
  let behind = 0;
  upstream.setNoDelay(true);
  upstream.once('data', () => mute.delete(end));
  upstream.on('data', (bytes) => {
    behind += bytes.length;
    // A browser that does not keep up makes the broker wait, which has its own measures against that.
    if (behind > behindBytes) upstream.pause();
    browser.send(bytes, () => {
      behind -= bytes.length;
      if (behind <= behindBytes) upstream.resume();
    });
  });
  upstream.on('drain', () => browser.resume());
  upstream.on('error', () => {});
  upstream.on('close', () => {
    mute.delete(end);
    ended();
    browser.close(goneCode, 'the broker ended the connection');
  });
  return {
    onMessage: (bytes: Uint8Array) => {
      if (!upstream.write(bytes)) browser.pause();
    },
    onClose: end,
  };
}
