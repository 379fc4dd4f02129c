import { type ActorRef, ActorSystem, child, type Host, supervisor } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { StoreEngine } from '../engine.ts';
import { Store } from '../store.ts';
import { type StoreBounds, type StoreMessage, storeActor } from '../store-actor.ts';
import { openStore, type StoreCache, type StoreCacheOptions } from '../store-cache.ts';
import type { Condition, Transaction, TransactionResult, Write } from '../types.ts';

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

export function keyOf(name: string): string {
  return `/registry/configmaps/default/${name}`;
}

export function put(name: string, data?: Readonly<Record<string, string>>): Write {
  return { type: 'put', key: keyOf(name), object: configMap(name, data) };
}

export function remove(name: string): Write {
  return { type: 'delete', key: keyOf(name) };
}

export function transaction(writes: readonly Write[], conditions: readonly Condition[] = []): Transaction {
  return { writes, conditions };
}

export function revisionsOf(result: TransactionResult | undefined): number[] {
  if (!result?.ok) throw new Error(`the transaction was refused: ${JSON.stringify(result)}`);
  return result.objects.map((stored) => stored.revision);
}

export interface RunningStore {
  readonly store: Store;
  readonly cache: StoreCache;
  readonly actor: ActorRef<StoreMessage>;
  readonly system: ActorSystem;
  /** Stops the actors and closes the engine. */
  stop(): Promise<void>;
}

/** A store on `engine`, with its actor in a tree of its own. */
export async function runStore(
  engine: StoreEngine,
  options: StoreCacheOptions & { bounds?: StoreBounds; host?: Host } = {},
): Promise<RunningStore> {
  const cache = await openStore(engine, options);
  const system = new ActorSystem(options.host ?? createHost(() => {}), {
    onRootFailure: (error) => {
      throw error;
    },
  });
  let actor: ActorRef<StoreMessage> | undefined;
  const started = (ref: ActorRef<StoreMessage>): void => {
    actor = ref;
  };
  system.run(
    'root',
    supervisor(() => [child('store', storeActor(engine, cache, options.bounds), { started })]),
  );
  if (!actor) throw new Error('the store did not start');
  const stop = async (): Promise<void> => {
    system.stop();
    await engine.close();
  };
  return { store: new Store(system, actor, cache), cache, actor, system, stop };
}
