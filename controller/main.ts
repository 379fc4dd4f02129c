import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import { collectAfterStart } from '@bramble/adapters/host/garbage.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { portInUse } from '@bramble/adapters/host/port-holder.ts';
import { end, runProcess } from '@bramble/adapters/host/process.ts';
import { keepPoolsSmall } from '@bramble/adapters/host/small-pools.ts';
import { createLog } from '@bramble/adapters/log/logger.ts';
import { ownClientId } from '@bramble/adapters/mqtt/client-id.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import { brokerServerName } from '@bramble/protocol/join.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { apiTls } from './api-tls.ts';
import { createGates } from './apiserver/http/gate.ts';
import { createHandler } from './apiserver/http/handler.ts';
import { type ListeningServer, listen } from './apiserver/http/listen.ts';
import type { HandlerPorts } from './apiserver/http/ports.ts';
import { createUpgradeHandler, type UpgradeHandler } from './apiserver/http/streaming/upgrade.ts';
import { collectAfterRushes } from './collect-after-rushes.ts';
import { mqttBridge, mqttPath } from './dashboard/mqtt-bridge.ts';
import { dashboardRoutes } from './dashboard/routes.ts';
import { StoredBoards } from './fleet/boards.ts';
import { brokerUrl, type FleetBroker, placeForBoards } from './fleet/broker/fleet-broker.ts';
import { type OutsideBroker, outsideBroker } from './fleet/broker/outside-broker.ts';
import { startBroker } from './fleet/broker/start-broker.ts';
import { apiVersionPrefix } from './fleet/node-object.ts';
import type { OrderSigner } from './fleet/session-types.ts';
import { tokenAuthenticator, userByName } from './management/authenticator.ts';
import { backupRoute } from './management/backup.ts';
import { boardStreams } from './management/board-streams.ts';
import { authTable, followAuth } from './management/broker-auth.ts';
import { endChangedUsers } from './management/ended-users.ts';
import { writeLocalFiles } from './management/local-files.ts';
import { logsOverStreams } from './management/logs.ts';
import { renewRoute } from './management/renew.ts';
import { managementRoutes } from './management/routes.ts';
import { metricsRoute } from './metrics/route.ts';
import { machineAddress } from './network/machine-address.ts';
import { apiServerNames } from './network/settings.ts';
import { randomUuid } from './random-id.ts';
import { type ControllerArguments, parseArguments } from './settings.ts';
import { setAside } from './store/backup/restore.ts';
import { LevelEngine } from './store/level/level-engine.ts';
import { openStore, type StoreCache } from './store/store-cache.ts';
import { type Controller, startController } from './supervision.ts';
import { createJoin } from './trust/join.ts';
import { machineNames } from './trust/machine-names.ts';
import { createRenew } from './trust/renew.ts';
import { openTrust, type Trust } from './trust/trust.ts';

/**
 * What a new link is told at once, three facts a board, waits for a broker that is busy greeting the boards themselves. There
 * are 65,535 numbers for such messages (MQTT 3.1.1 §2.3.1).
 */
const unsettledMessages = 60_000;
/** Addresses of this machine change (DHCP, a bridge made by the agent): certificates follow within this time. */
const certificateCheckMs = 60_000;

async function start(): Promise<() => Promise<void>> {
  keepPoolsSmall();
  const settings = parseArguments(process.argv.slice(2));
  const host = createHost(createLog({ level: settings['log-level'] }));
  const dataDir = settings['data-dir'];
  const storePath = join(dataDir, 'controller', 'store');
  if (settings['new-store'] && existsSync(storePath)) setAside(storePath);
  const engine = new LevelEngine({ directory: storePath });
  const cache = await openStore(engine);
  const trust = await openTrust(dataDir, host, settings['board-certificate-ms']);
  const broker = await openBroker(settings, trust, cache, host);
  const system = new ActorSystem(host, { onRootFailure: (error) => end('controller', error) });
  let listening: { readonly port: number } | undefined;
  const controller = startController(
    system,
    {
      engine,
      cache,
      dialer: await dialerTo(brokerUrl(broker.address), broker.serverName, trust),
      ...(broker.keeper && { brokerAccess: broker.keeper }),
      signer: signerOf(trust),
      userByName: (name) => userByName(trust, name),
      apiServer: () => apiServerAt(listening?.port),
    },
    { clusterCIDR: settings['cluster-cidr'], serviceCIDR: settings['service-cidr'] },
  );
  const api = await openApi(settings, trust, host, { ...controller, cache }, broker, system);
  listening = api;
  await writeLocalFiles(dataDir, trust);
  followAddresses(settings, host, trust, api, broker);
  process.send?.({ type: 'ready', httpsPort: api.port, mqttPort: broker.address.port });
  collectAfterStart(host);
  const endWatch = collectAfterRushes(host, cache);
  return async () => {
    endWatch();
    system.stop();
    await Promise.all([api.close(), broker.close()]);
    await engine.close();
  };
}

/** All that this machine's certificate says it is called, by pods too. */
function namesOf(settings: ControllerArguments): string[] {
  return machineNames(apiServerNames(settings['service-cidr']));
}

/** Before the API listens, pods are told of no endpoint. */
function apiServerAt(port: number | undefined): { address: string; port: number } | undefined {
  const address = machineAddress();
  return address === undefined || port === undefined ? undefined : { address, port };
}

async function openBroker(
  settings: ControllerArguments,
  trust: Trust,
  cache: StoreCache,
  host: Host,
): Promise<FleetBroker> {
  if (settings.broker !== undefined) return openOutsideBroker(settings.broker, settings, trust, cache);
  const { key, certificate } = await trust.certificates.server(namesOf(settings));
  const broker = await startBroker({
    system: host,
    port: settings['mqtt-port'],
    tls: { certificate, key, clientAuthority: trust.clientCaPem },
    auth: authTable(trust, cache),
  });
  followAuth(trust, cache, {
    all: (table) => broker.updateAuth(table),
    board: (change) => broker.updateBoard(change),
  });
  return broker;
}

async function openOutsideBroker(
  url: string,
  settings: ControllerArguments,
  trust: Trust,
  cache: StoreCache,
): Promise<OutsideBroker> {
  const dialer = await dialerTo(url, brokerServerName, trust);
  const broker = outsideBroker({
    url,
    usersPort: settings['broker-users-port'],
    dialer,
    auth: authTable(trust, cache),
  });
  trust.users.onToken((name, token) => broker.hearToken(name, token));
  followAuth(trust, cache, {
    all: (table) => broker.updateAuth(table),
    board: (_change, table) => broker.updateAuth(table),
  });
  return broker;
}

/** Shows the controller's own certificate, and client ids that nobody else can guess: not every broker asks whose they are. */
async function dialerTo(url: string, serverName: string, trust: Trust): Promise<MqttDialer> {
  let own = await trust.certificates.controllerClient();
  return {
    dial(options, onEvent) {
      // For the next time: a controller may run for longer than one certificate. What is wrong with the files is told
      // where the API's certificate is looked after.
      trust.certificates.controllerClient().then(
        (newest) => (own = newest),
        () => {},
      );
      const dialer = createMqttDialer(
        { url, ca: trust.caPem, cert: own.certificate, key: own.key, serverName },
        { unsettledMessages },
      );
      return dialer.dial({ ...options, clientId: ownClientId(options.clientId, own.key) }, onEvent);
    },
  };
}

function signerOf(trust: Trust): OrderSigner {
  return {
    sign: (topic, order) => signOrder(trust.clusterKey, topic, order),
    seal: (sealingKey, context, plain) => {
      const key = createPublicKey({ key: Buffer.from(sealingKey, 'base64'), format: 'der', type: 'spki' });
      return seal(key, context, plain);
    },
  };
}

async function openApi(
  settings: ControllerArguments,
  trust: Trust,
  host: Host,
  controller: Controller & { readonly cache: StoreCache },
  broker: FleetBroker,
  system: ActorSystem,
): Promise<ListeningServer> {
  const { store, api, trace, measurements, refusals, streams, cache, unclaimed } = controller;
  const clusterCIDR = settings['cluster-cidr'];
  const serviceCIDR = settings['service-cidr'];
  const { storeId } = store;
  const settled = (): Promise<void> => broker.settled();
  const place = { ...placeForBoards(broker), settled };
  const boards = new StoredBoards(store);
  const join = createJoin({ trust, boards, host, storeId, broker: place, clusterCIDR, serviceCIDR });
  const renew = createRenew({ trust, boards, broker: place });
  const gates = createGates();
  endChangedUsers(trust.users, gates.open);
  const handlerPorts: HandlerPorts = {
    pipeline: api,
    store,
    authenticator: tokenAuthenticator(trust),
    host,
    version: apiVersionPrefix,
    logs: logsOverStreams(streams, () => randomUuid(host)),
    streams: boardStreams(streams, () => randomUuid(host)),
    extraRoutes: [
      ...managementRoutes({ trust, trace, store, join, unclaimed, host, settled }),
      backupRoute(cache, host),
      renewRoute(renew),
      ...dashboardRoutes(),
      metricsRoute({
        version: apiVersionPrefix,
        store,
        measurements,
        counts: () => system.counts,
        http: gates.counts,
        fleet: refusals,
        broker: broker.counts?.bind(broker),
        host,
      }),
    ],
  };
  const tls = await apiTls(trust, namesOf(settings));
  const port = settings['https-port'];
  try {
    const upgrade = withBridge(createUpgradeHandler(handlerPorts, gates), broker, trust);
    return await listenEverywhere(createHandler(handlerPorts, gates), {
      ...tls,
      port,
      upgrade,
      counts: gates.counts,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw await portInUse(port, '--https-port', error);
  }
}

/** Browsers speak MQTT to the broker over WebSocket, on the port that the dashboard came from. */
function withBridge(
  streams: UpgradeHandler,
  { usersAddress, serverName }: FleetBroker,
  trust: Trust,
): UpgradeHandler {
  const bridge = mqttBridge({ ...usersAddress, ca: trust.caPem, serverName });
  return (request, socket, head) =>
    (request.url?.split('?')[0] === mqttPath ? bridge : streams)(request, socket, head);
}

/** Dual stack; IPv4 alone where the kernel has no IPv6. */
async function listenEverywhere(
  handler: Parameters<typeof listen>[0],
  options: Omit<Parameters<typeof listen>[1], 'host'>,
): Promise<ListeningServer> {
  try {
    return await listen(handler, { ...options, host: '::' });
  } catch (error) {
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return listen(handler, { ...options, host: '0.0.0.0' });
  }
}

function followAddresses(
  settings: ControllerArguments,
  host: Host,
  trust: Trust,
  api: ListeningServer,
  broker: FleetBroker,
): void {
  const look = async (): Promise<void> => {
    const names = namesOf(settings);
    api.renew(await apiTls(trust, names));
    const { key, certificate } = await trust.certificates.server(names);
    broker.updateTls({ certificate, key, clientAuthority: trust.clientCaPem });
  };
  const again = (): void => {
    host.timer(certificateCheckMs, () => {
      look()
        .catch((error) =>
          host.log({ level: 'error', from: 'certificates', message: 'not renewed', fields: { error } }),
        )
        .finally(again);
    });
  };
  again();
}

await runProcess('controller', start);
