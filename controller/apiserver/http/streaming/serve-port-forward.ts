import type { Host } from '@bramble/actors/host.ts';
import { acceptWebSocket } from '@bramble/adapters/websocket/server.ts';
import type { OpenChannel } from './byte-channel.ts';
import { socketChannel, tunnel } from './channels.ts';
import { anyRunning } from './command-request.ts';
import { chooseProtocol } from './negotiate.ts';
import { patientConnection } from './patient-connection.ts';
import { forwardPorts, portForwardProtocol, tunnelProtocol } from './port-forward.ts';
import type { BoardStreams } from './ports.ts';
import { switchProtocols } from './raw-response.ts';
import type { StreamingRequest } from './upgrade.ts';

/** SPDY's data frames are cut into messages by the client's buffers, of 32 KiB or so. */
const largestMessageBytes = 1_048_576;

/** `portforward`: which ports, each connection says for itself. */
export function servePortForward(
  asked: StreamingRequest,
  streams: BoardStreams,
  host: Pick<Host, 'timer'>,
): void {
  const { request, socket, head, pod, node, enter } = asked;
  const target = { node, uid: pod.metadata.uid ?? '', container: anyRunning(pod) };
  const choice = chooseProtocol(request, [tunnelProtocol, portForwardProtocol]);
  const forward = (open: OpenChannel): void => forwardPorts(open, streams, target, enter);
  if (choice.transport === 'websocket') {
    acceptWebSocket(
      { request, socket, head },
      { protocol: choice.protocol, largestMessageBytes },
      (opened) => {
        const connection = patientConnection(opened, host);
        socket.once('close', connection.stop);
        return tunnel(connection, forward);
      },
    );
    return;
  }
  switchProtocols(socket, {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': choice.protocol,
  });
  forward(socketChannel(socket, head));
}
