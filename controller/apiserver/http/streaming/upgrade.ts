import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { kindByPlural, storeKey } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { UserInfo } from '../../request.ts';
import {
  badRequest,
  internalError,
  notFound,
  StatusError,
  unavailable,
  unknownResource,
} from '../../status.ts';
import { refuseBoards, requireUser } from '../authenticate.ts';
import type { Gates } from '../gate.ts';
import type { HandlerPorts } from '../ports.ts';
import { parseResourceRoute, type ResourceRoute } from '../route.ts';
import { refuseUpgrade } from './raw-response.ts';
import { serveCommand } from './serve-command.ts';
import { servePortForward } from './serve-port-forward.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A request for a pod's streams that has been found to be allowed. */
export interface StreamingRequest extends Upgrade {
  readonly query: URLSearchParams;
  readonly pod: KubeObject;
  readonly node: string;
  /** Counts one stream of this user's. Throws 429 where there are too many. */
  readonly enter: () => () => void;
}

const subresources = ['exec', 'attach', 'portforward'] as const;
type Subresource = (typeof subresources)[number];
const keepAliveMs = 30_000;

/** `exec`, `attach` and `portforward` of pods, whose connections become streams. */
export function createUpgradeHandler(ports: HandlerPorts, gates: Gates): UpgradeHandler {
  return (request, socket, head) => {
    // What breaks is told by `close`; without a listener it would end the process.
    socket.on('error', () => {});
    (socket as Socket).setKeepAlive(true, keepAliveMs);
    serve(ports, gates, { request, socket, head }).catch((error: unknown) => {
      if (error instanceof StatusError) return refuseUpgrade(request, socket, error.status);
      const fields = { path: request.url, error: error instanceof Error ? error.stack : String(error) };
      ports.host.log({
        level: 'error',
        from: 'apiserver',
        message: 'an upgrade failed unexpectedly',
        fields,
      });
      refuseUpgrade(request, socket, internalError('the controller’s log says more'));
    });
  };
}

async function serve(ports: HandlerPorts, gates: Gates, upgrade: Upgrade): Promise<void> {
  const user = await requireUser(ports.authenticator, upgrade.request);
  refuseBoards(user);
  const [path = '/', queryText = ''] = (upgrade.request.url ?? '/').split(/\?(.*)/s, 2);
  const route = parseResourceRoute(upgrade.request.method ?? 'GET', path, false);
  const subresource = typeof route === 'object' ? subresourceOf(route) : undefined;
  if (typeof route !== 'object' || !subresource) throw badRequest('nothing is upgraded on this path');
  // A WebSocket begins with GET; what it does is to create.
  ports.pipeline.authorize(user, { ...route, verb: 'create' });
  const enter = streamGate(gates, user);
  const found = { ...upgrade, ...findPod(ports, route), query: new URLSearchParams(queryText), enter };
  if (!ports.streams) throw unavailable('no way to the boards is configured');
  upgrade.socket.once(
    'close',
    gates.open.add(user, () => upgrade.socket.destroy()),
  );
  if (subresource === 'portforward') servePortForward(found, ports.streams, ports.host);
  else await serveCommand(subresource, found, ports.streams, ports.host);
}

function subresourceOf(route: ResourceRoute): Subresource | undefined {
  const known = route.group === '' && route.version === 'v1' && route.resource === 'pods';
  return known ? subresources.find((name) => name === route.subresource) : undefined;
}

function streamGate(gates: Gates, { name }: UserInfo): () => () => void {
  return () => {
    const leave = gates.streams.enter();
    try {
      const leaveOwn = gates.userStreams.enter(name);
      return () => {
        leaveOwn();
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  };
}

function findPod(ports: HandlerPorts, { namespace, name = '' }: ResourceRoute) {
  const kind = kindByPlural('', 'pods');
  if (!kind) throw unknownResource();
  const pod = ports.store.get(storeKey(kind, namespace, name))?.object;
  if (!pod) throw notFound(kind, name);
  const node = objectAt(pod, 'spec')['nodeName'];
  if (typeof node !== 'string' || node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  return { pod, node };
}
