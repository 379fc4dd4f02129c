import type { Host } from '@bramble/actors/host.ts';
import { acceptWebSocket, type WebSocketReader } from '@bramble/adapters/websocket/server.ts';
import { connectBoard, type ReadyStream } from './board-connection.ts';
import { socketChannel } from './channels.ts';
import { runCommand } from './command.ts';
import { readCommand } from './command-request.ts';
import { chooseProtocol } from './negotiate.ts';
import { patientConnection } from './patient-connection.ts';
import type { BoardStreams } from './ports.ts';
import { switchProtocols } from './raw-response.ts';
import { acceptSpdyClient, type SpdyChannels } from './spdy-client.ts';
import type { StreamingRequest } from './upgrade.ts';
import { commandProtocols, webSocketClient, webSocketReader } from './websocket-client.ts';

/** One piece of input; kubectl sends 32 KiB at most. */
const largestMessageBytes = 1_048_576;

/** `exec` and `attach`. What is wrong with the request, or on the board, is answered before the connection changes. */
export async function serveCommand(
  subresource: 'exec' | 'attach',
  asked: StreamingRequest,
  streams: BoardStreams,
  host: Pick<Host, 'timer'>,
): Promise<void> {
  const request = readCommand(subresource, asked.query, asked.pod);
  const choice = chooseProtocol(asked.request, commandProtocols);
  const leave = asked.enter();
  asked.socket.once('close', leave);
  const ready = await connectBoard(streams, asked.node, request, (close) => {
    asked.socket.once('close', close);
  });
  if (asked.socket.destroyed) return ready.board.close();
  if (choice.transport === 'websocket') return acceptCommand(asked, choice.protocol, ready, host);
  switchProtocols(asked.socket, {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': choice.protocol,
  });
  const channels: SpdyChannels = request;
  const channel = socketChannel(asked.socket, asked.head);
  acceptSpdyClient(channel, channels, host, (client) => runCommand(ready, client), ready.board.close);
}

function acceptCommand(
  { request, socket, head }: StreamingRequest,
  protocol: string,
  ready: ReadyStream,
  host: Pick<Host, 'timer'>,
): void {
  acceptWebSocket({ request, socket, head }, { protocol, largestMessageBytes }, (opened): WebSocketReader => {
    const connection = patientConnection(opened, host);
    socket.once('close', connection.stop);
    // As the kubelet does: an empty message tells the client that all is connected.
    connection.send(Buffer.from([1]));
    return webSocketReader(runCommand(ready, webSocketClient(connection)));
  });
}
