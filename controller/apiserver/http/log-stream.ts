import type { IncomingMessage, ServerResponse } from 'node:http';
import { logTarget } from '../log-target.ts';
import type { Options } from '../options.ts';
import type { Status } from '../request.ts';
import { unavailable } from '../status.ts';
import type { HandlerPorts } from './ports.ts';
import { respond, respondStatus } from './respond.ts';

/** GET pods/{name}/log: checks what is asked, and sends what the board sends. Throws a StatusError before that. */
export function serveLog(
  ports: HandlerPorts,
  request: IncomingMessage,
  response: ServerResponse,
  pod: { readonly namespace: string; readonly name: string },
  options: Options,
): void {
  const target = logTarget(ports.store, pod, options);
  // A pod that runs nowhere has said nothing yet.
  if (!target) return respond(request, response, { code: 200, contentType: 'text/plain', body: '' });
  if (!ports.logs) throw unavailable('logs cannot be had: no way to the boards is configured');
  const cancel = ports.logs.open(target.pod, target.container, target.options, {
    onData: (chunk, taken) => send(response, chunk, taken),
    onEnd: (status) => finish(request, response, status),
  });
  response.on('close', cancel);
}

function send(response: ServerResponse, chunk: Uint8Array, taken: () => void): void {
  if (response.destroyed) return;
  if (!response.headersSent) {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
  }
  response.write(chunk, () => taken());
}

/** After the first data, an answer can only be cut short; before that it can be an error. */
function finish(request: IncomingMessage, response: ServerResponse, status: Status | undefined): void {
  if (!response.headersSent) {
    if (status) respondStatus(request, response, status);
    else respond(request, response, { code: 200, contentType: 'text/plain', body: '' });
  } else if (status) response.destroy();
  else response.end();
}
