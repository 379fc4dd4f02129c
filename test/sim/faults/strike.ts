import type { World } from '../world/world.ts';
import { boardFaults } from './board.ts';
import { brokerFaults } from './broker.ts';
import type { FaultKind, FaultOf, Layer } from './kinds.ts';
import { machineFaults } from './machines.ts';
import { runtimeFaults } from './runtime.ts';
import { storeFaults } from './store.ts';
import { strangerFaults } from './strangers.ts';

/** What a fault does to the world; it arranges for its own end. */
export type Strike = (world: World) => void;
/** All faults of one layer. */
export type FaultsOf<L extends Layer> = Readonly<Record<FaultOf<L>, Strike>>;

const strikes: Readonly<Record<FaultKind, Strike>> = {
  ...brokerFaults,
  ...storeFaults,
  ...runtimeFaults,
  ...boardFaults,
  ...machineFaults,
  ...strangerFaults,
};

export function strike(kind: FaultKind, world: World): void {
  world.trace.note(`fault ${kind}`);
  strikes[kind](world);
}
