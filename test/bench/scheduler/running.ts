import { type ActorRef, ActorSystem, child, supervisor } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { type EventRecorder, eventRecorder } from '@bramble/controller/events/recorder.ts';
import { UnclaimedPods } from '@bramble/controller/fleet/unclaimed.ts';
import { scheduler } from '@bramble/controller/scheduler/scheduler.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import { eventExpiry } from '@bramble/controller/store/event-expiry.ts';
import { Store } from '@bramble/controller/store/store.ts';
import { type StoreMessage, storeActor } from '@bramble/controller/store/store-actor.ts';
import { openStore } from '@bramble/controller/store/store-cache.ts';
import type { ObjectStore } from '@bramble/controller/store/types.ts';
import { startController } from '@bramble/controller/supervision.ts';
import { TraceRecorder } from '@bramble/controller/trace/recorder.ts';
import { traceBinding } from '@bramble/controller/trace/writes.ts';

/** `parts`: store, events and scheduler alone. `controller`: the whole tree, as `bramble up` starts it, without a broker. */
export type Tree = 'parts' | 'controller';

export interface Running {
  readonly store: ObjectStore;
  readonly system: ActorSystem;
  stop(): Promise<void>;
}

/** @param watch called when the store can be read, before the scheduler has had a turn. */
export async function run(
  tree: Tree,
  engine: StoreEngine,
  watch: (store: ObjectStore) => void,
): Promise<Running> {
  const cache = await openStore(engine);
  const system = new ActorSystem(createHost(logProblems), {
    onRootFailure: (error) => {
      throw error;
    },
  });
  const store = tree === 'controller' ? startWhole(system, engine, cache) : startParts(system, engine, cache);
  watch(store);
  const stop = async (): Promise<void> => {
    system.stop();
    await engine.close();
  };
  return { store, system, stop };
}

function logProblems(entry: { level: string; from: string; message: string }): void {
  if (entry.level !== 'error' && entry.level !== 'warn') return;
  console.error(`${entry.from}: ${entry.message}`.slice(0, 300));
}

type Cache = Awaited<ReturnType<typeof openStore>>;

function startWhole(system: ActorSystem, engine: StoreEngine, cache: Cache): ObjectStore {
  const signer = { sign: () => Buffer.alloc(0), seal: () => Buffer.alloc(0).toString() };
  const ports = { engine, cache, dialer: noBroker, signer, userByName: () => undefined };
  const settings = { clusterCIDR: '10.64.0.0/10', serviceCIDR: '10.43.0.0/16' };
  return startController(system, ports as never, settings).store;
}

/** Nobody answers, so that boards hear nothing: what they would hear is another benchmark's matter. */
const noBroker: MqttDialer = {
  dial: () => ({ publish: () => {}, subscribe: () => {}, unsubscribe: () => {}, close: () => {} }),
};

/** In the order and with the wiring of the controller's own tree. */
function startParts(system: ActorSystem, engine: StoreEngine, cache: Cache): ObjectStore {
  const refs: { store?: ActorRef<StoreMessage>; events?: EventRecorder } = {};
  const send = { path: 'store', send: (message: StoreMessage) => refs.store?.send(message) ?? false };
  const store = new Store(system, send, cache);
  const events: EventRecorder = { path: 'events', send: (note) => refs.events?.send(note) ?? false };
  const trace = new TraceRecorder();
  const unclaimed = new UnclaimedPods();
  const onBound: Parameters<typeof scheduler>[0]['onBound'] = (pod, node) =>
    traceBinding(trace, pod, node, system.host);
  system.run(
    'controller',
    supervisor(
      () => [
        child('store', storeActor(engine, cache), { started: (ref) => (refs.store = ref) }),
        child('event-expiry', eventExpiry(store)),
        child('events', eventRecorder(store), { started: (ref) => (refs.events = ref) }),
        child('scheduler', scheduler({ store, events, unclaimed, onBound })),
      ],
      {
        strategy: 'rest-for-one',
        budget: { restarts: 10, withinMs: 60_000 },
        backoff: { firstMs: 50, maxMs: 5_000 },
      },
    ),
  );
  return store;
}
