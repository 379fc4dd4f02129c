import {
  type ActorRef,
  type ActorSystem,
  type ChildSpec,
  child,
  type Host,
  supervisor,
} from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { Topic } from '@bramble/protocol/topics.ts';
import { type MqttFront, mqttFront } from './apiserver/mqtt/front.ts';
import { type MqttReads, mqttReads } from './apiserver/mqtt/reads.ts';
import { ApiPipeline } from './apiserver/pipeline.ts';
import type { WriteTrace } from './apiserver/ports.ts';
import type { UserInfo } from './apiserver/request.ts';
import { type EventRecorder, eventRecorder } from './events/recorder.ts';
import { boardKey, boardRecord } from './fleet/boards.ts';
import { leasesOf } from './fleet/leases.ts';
import { type Arrival, type FleetLink, fleetLink } from './fleet/link.ts';
import { type FleetNodes, fleetNodes } from './fleet/nodes.ts';
import { type FleetPublisher, fleetPublisher } from './fleet/publisher.ts';
import { noRefusals, type OnRefused, type Refusals } from './fleet/refusals.ts';
import type { OrderSigner } from './fleet/session-types.ts';
import { type FleetStreams, fleetStreams } from './fleet/streams.ts';
import { UnclaimedPods } from './fleet/unclaimed.ts';
import { logsOverStreams } from './management/logs.ts';
import { ownReads } from './management/reads.ts';
import { Measurements } from './metrics/measurements.ts';
import { ownServices } from './network/own-services.ts';
import { type NetworkPublisher, type NetworkPublisherPorts, networkPublisher } from './network/publisher.ts';
import { clusterNetworkSettings, serviceAllocator } from './network/settings.ts';
import { randomUuid } from './random-id.ts';
import { reconcilers } from './reconcilers/supervisor.ts';
import { scheduler } from './scheduler/scheduler.ts';
import type { StoreEngine } from './store/engine.ts';
import { eventExpiry } from './store/event-expiry.ts';
import { Store } from './store/store.ts';
import { type StoreMessage, storeActor } from './store/store-actor.ts';
import type { StoreCache } from './store/store-cache.ts';
import type { ObjectStore } from './store/types.ts';
import { TraceRecorder } from './trace/recorder.ts';
import { traceBinding, traceReport, traceWrites } from './trace/writes.ts';
import { askBoard } from './usage/ask-board.ts';
import { FleetUsage } from './usage/fleet-usage.ts';

/** What the controller needs from the outside. */
export interface ControllerPorts {
  readonly engine: StoreEngine;
  /** The engine's content, opened by the caller: a store that cannot be opened is no matter for supervision. */
  readonly cache: StoreCache;
  readonly dialer: MqttDialer;
  readonly signer: OrderSigner;
  readonly userByName: (name: string) => UserInfo | undefined;
  /** Tells a broker that is not the embedded one whom to let in. */
  readonly brokerAccess?: ChildSpec;
  /** Where boards reach the API server now. */
  readonly apiServer?: () => { readonly address: string; readonly port: number } | undefined;
}

export interface ControllerSettings {
  readonly clusterCIDR: string;
  /** Addresses of Services. Absent: Services are objects without meaning to boards, as in some tests. */
  readonly serviceCIDR?: string;
}

/** What stands in front of the actors: HTTPS, the command line, a simulation's operators. */
export interface Controller {
  readonly unclaimed: UnclaimedPods;
  readonly store: ObjectStore;
  readonly api: ApiPipeline;
  readonly trace: TraceRecorder;
  readonly measurements: Measurements;
  /** What came over MQTT and was not taken. */
  readonly refusals: Refusals;
  readonly streams: () => FleetStreams | undefined;
}

/** Starts the controller's supervision tree in `system`. Read it top to bottom: a failure restarts what stands below it. */
export function startController(
  system: ActorSystem,
  ports: ControllerPorts,
  settings: ControllerSettings,
): Controller {
  const { engine, cache, dialer, signer } = ports;
  const { storeId, epoch } = cache;
  const { serviceCIDR } = settings;
  const trace = new TraceRecorder();
  const unclaimed = new UnclaimedPods();
  const refusals = noRefusals();
  const onRefused: OnRefused = (reason) => {
    refusals[reason] += 1;
  };
  const refs: Refs = {};
  const measurements = new Measurements(() => refs.link?.send({ type: 'watched' }), system.host);
  const store = new Store(
    system,
    late('store', () => refs.store),
    cache,
  );
  const events: EventRecorder = late('events', () => refs.events);
  const link = (): FleetLink | undefined => refs.link;
  const sealingKeyOf = (node: string): string | undefined => {
    const board = store.get(boardKey(node));
    return board && boardRecord(board.object).sealingKey;
  };
  let streamNumber = 0;
  const nextNumber = (): number => {
    streamNumber += 1;
    return streamNumber;
  };
  const api = new ApiPipeline({
    store,
    host: system.host,
    uid: () => randomUuid(system.host),
    leases: leasesOf(store, system.host),
    usage: fleetUsage(refs, measurements, system.host),
    ...(serviceCIDR !== undefined && { services: serviceAllocator(store, serviceCIDR, system.host) }),
    onWrite: (write: WriteTrace) => traceWrites(trace, write),
  });

  system.run(
    'controller',
    supervisor(
      () => [
        child('store', storeActor(engine, cache), { started: (ref) => (refs.store = ref) }),
        child('event-expiry', eventExpiry(store)),
        child('events', eventRecorder(store), { started: (ref) => (refs.events = ref) }),
        // Before those that make pods and tell of them: who waits for a pod waits for this.
        child(
          'scheduler',
          scheduler({
            store,
            events,
            unclaimed,
            onBound: (pod, node) => traceBinding(trace, pod, node, system.host),
          }),
        ),
        child(
          'reconcilers',
          reconcilers({ store, api, events, hearing: { since: () => refs.linkUpSinceMs } }),
        ),
        child(
          'nodes',
          fleetNodes({
            store,
            events,
            unclaimed,
            link,
            signer,
            epoch,
            onRefused,
            clusterCIDR: settings.clusterCIDR,
            onStages: (report, pod, node) => traceReport(trace, report, pod, node, system.host),
            onReplaced: (node) => refs.streams?.send({ type: 'replaced', node }),
            onMetrics: (node, metrics) => measurements.tell(node, metrics, system.host.now()),
          }),
          {
            started: (ref) => (refs.nodes = ref),
          },
        ),
        child(
          'streams',
          fleetStreams({ link, onRefused, signer, storeId, epoch, sealingKeyOf, nextNumber }),
          {
            started: (ref) => (refs.streams = ref),
          },
        ),
        child('publisher', fleetPublisher({ store, link }), { started: (ref) => (refs.publisher = ref) }),
        ...(serviceCIDR === undefined
          ? []
          : networkChildren({ store, link, signer, epoch }, serviceCIDR, ports, refs)),
        child(
          'mqtt-front',
          mqttFront({
            api,
            userByName: ports.userByName,
            publish: (message) => link()?.send({ type: 'publish', message }),
          }),
          { started: (ref) => (refs.front = ref) },
        ),
        child(
          'mqtt-reads',
          mqttReads({
            api,
            store,
            host: system.host,
            own: ownReads({ trace, store }),
            logs: logsOverStreams(
              () => refs.streams,
              () => randomUuid(system.host),
            ),
            userByName: ports.userByName,
            publish: (message) => link()?.send({ type: 'publish', message }),
          }),
          { started: (ref) => (refs.reads = ref) },
        ),
        child(
          'link',
          fleetLink({
            dialer,
            storeId,
            epoch,
            onArrival: router(refs, onRefused),
            onRefused,
            onUp: () => linkChanged(refs, system.host.monotonic()),
            onDown: () => linkChanged(refs, undefined),
          }),
          {
            started: (ref) => (refs.link = ref),
          },
        ),
        ...(ports.brokerAccess ? [ports.brokerAccess] : []),
      ],
      {
        strategy: 'rest-for-one',
        budget: { restarts: 10, withinMs: 60_000 },
        backoff: { firstMs: 50, maxMs: 5_000 },
      },
    ),
  );
  return { store, api, trace, measurements, refusals, unclaimed, streams: () => refs.streams };
}

function fleetUsage(refs: Refs, measurements: Measurements, host: Host): FleetUsage {
  const ports = { streams: () => refs.streams, streamId: () => randomUuid(host), host };
  return new FleetUsage({ measurements, host, ask: (node) => askBoard(ports, node) });
}

/** What makes Services more than objects: boards hear of them. */
function networkChildren(
  own: Pick<NetworkPublisherPorts, 'store' | 'link' | 'signer' | 'epoch'>,
  serviceCIDR: string,
  { apiServer = () => undefined }: ControllerPorts,
  refs: Refs,
): ReturnType<typeof child>[] {
  const { store } = own;
  const network = clusterNetworkSettings(serviceCIDR);
  return [
    child('own-services', ownServices({ store, serviceCIDR, apiServer })),
    child('network', networkPublisher({ ...own, network }), { started: (ref) => (refs.network = ref) }),
  ];
}

interface Refs {
  network?: NetworkPublisher;
  store?: ActorRef<StoreMessage>;
  events?: EventRecorder;
  nodes?: FleetNodes;
  streams?: FleetStreams;
  publisher?: FleetPublisher;
  front?: MqttFront;
  reads?: MqttReads;
  link?: FleetLink;
  /** Monotonic milliseconds; absent while the link is down. */
  linkUpSinceMs?: number | undefined;
}

/** Which actor each topic is for. */
function router(refs: Refs, onRefused: OnRefused): (arrival: Arrival) => void {
  return (arrival) => {
    const { topic, payload, retained } = arrival;
    // Nobody asks a broker to keep these; one that does tells what was, perhaps of a board that is gone, or what was
    // carried out then, or is no longer wanted.
    if (retained && momentary.has(topic.type)) return onRefused('retained');
    switch (topic.type) {
      case 'node-session':
        refs.nodes?.send({ type: 'arrival', arrival });
        refs.streams?.send({ type: 'arrival', arrival });
        return;
      case 'metrics':
      case 'status':
        refs.nodes?.send({ type: 'arrival', arrival });
        return;
      case 'stream-out':
        refs.streams?.send({ type: 'arrival', arrival });
        return;
      case 'apply':
      case 'delete':
        refs.front?.send({ type: 'handed', topic, payload });
        return;
      case 'get':
        refs.reads?.send({ type: 'handed', reader: topic, payload });
        return;
      case 'fleet-node':
      case 'fleet-pod':
        if (retained && payload.length > 0) refs.publisher?.send({ type: 'retained', topic });
        return;
      case 'network-membership':
      case 'network-index':
      case 'network-boards':
      case 'network-service':
        if (retained && payload.length > 0) refs.network?.send({ type: 'retained', topic });
    }
  };
}

const momentary = new Set<Topic['type']>(['metrics', 'status', 'stream-out', 'apply', 'delete', 'get']);

function linkChanged(refs: Refs, upSinceMs: number | undefined): void {
  const up = upSinceMs !== undefined;
  refs.linkUpSinceMs = upSinceMs;
  refs.nodes?.send({ type: 'link', up });
  refs.streams?.send({ type: 'link', up });
  refs.publisher?.send({ type: 'link', up });
  refs.network?.send({ type: 'link', up });
}

/** A ref to an actor that starts later, or anew. */
function late<Message>(path: string, ref: () => ActorRef<Message> | undefined): ActorRef<Message> {
  return { path, send: (message) => ref()?.send(message) ?? false };
}
