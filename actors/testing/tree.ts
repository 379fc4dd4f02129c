import type { Actor, ActorContext } from '../actor.ts';
import type { ActorRef } from '../ref.ts';
import type { Supervision } from '../supervision.ts';
import { ActorSystem } from '../system.ts';
import { VirtualHost, type VirtualHostOptions } from './virtual-host.ts';

/** Given to the root in place of a message: what a test has it do in a turn. */
export type Deed = (ctx: ActorContext<Deed>) => void;

export interface TestTree {
  readonly host: VirtualHost;
  readonly system: ActorSystem;
  readonly root: ActorRef<Deed>;
  /** What `onRootFailure` was told, call by call. */
  readonly rootFailures: unknown[];
  /** Has the root do this in a turn of its own, and runs what is due. */
  within(deed: Deed): void;
  census(): string[];
}

/** A system under a virtual clock, with a root named `root` that does what the test tells it. */
export function growTree(start: Deed, supervision?: Supervision, options?: VirtualHostOptions): TestTree {
  const host = new VirtualHost(options);
  const rootFailures: unknown[] = [];
  const system = new ActorSystem(host, { onRootFailure: (error) => void rootFailures.push(error) });
  const actor = doer(start);
  const root = system.run('root', supervision ? { ...actor, supervision } : actor);
  const within = (deed: Deed): void => {
    root.send(deed);
    host.runUntilIdle();
  };
  return { host, system, root, rootFailures, within, census: () => system.census().map(({ path }) => path) };
}

/** Restarts at once, and seldom gives up. */
export const patient: Supervision = {
  strategy: 'one-for-one',
  budget: { restarts: 1_000, withinMs: 1_000 },
  backoff: { firstMs: 0, maxMs: 0 },
};

/** An actor without state that does what it is told: its messages are what to do. */
export function doer(onStart: Deed = () => {}): Actor<null, Deed> {
  return {
    start: (ctx) => {
      onStart(ctx);
      return null;
    },
    receive: (state, deed, ctx) => {
      deed(ctx);
      return state;
    },
  };
}

/** Keeps what it gets in `got`. */
export function collector<Msg>(got: Msg[], extra: Partial<Actor<null, Msg>> = {}): Actor<null, Msg> {
  return {
    start: () => null,
    receive: (state, message) => {
      got.push(message);
      return state;
    },
    ...extra,
  };
}
