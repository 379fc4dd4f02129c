import fc from 'fast-check';
import type { Actor, ActorContext } from '../actor.ts';
import type { ActorRef } from '../ref.ts';
import type { Supervision } from '../supervision.ts';
import { growTree, patient, type TestTree } from './tree.ts';

/** What the driver of a random run does next. Actors go by number. */
export type Step =
  | { readonly do: 'send' | 'crash' | 'stop'; readonly to: number }
  | { readonly do: 'relay'; readonly from: number; readonly to: number; readonly count: number }
  | {
      readonly do: 'timer' | 'promise' | 'ask';
      readonly to: number;
      readonly delayMs: number;
      readonly fatal: boolean;
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'step' };

export const actorCount = 4;
const actor = fc.nat({ max: actorCount - 1 });
const delayMs = fc.nat({ max: 30 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), to: actor }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('relay' as const),
      from: actor,
      to: actor,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), to: actor }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), to: actor }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('timer' as const, 'promise', 'ask'),
      to: actor,
      delayMs,
      fatal: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: delayMs }) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'step' }) },
);

/** A whole run: what is done, and the seed of the order of turns. */
export const runs = fc.record({
  seed: fc.nat(),
  strategy: fc.constantFrom('one-for-one' as const, 'one-for-all', 'rest-for-one'),
  steps: fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
});
export interface Run {
  readonly seed: number;
  readonly strategy: Supervision['strategy'];
  readonly steps: readonly Step[];
}

type Message =
  | { readonly type: 'numbered'; readonly from: string; readonly number: number }
  | { readonly type: 'crash'; readonly id: number }
  | { readonly type: 'relay'; readonly to: number; readonly count: number }
  | {
      readonly type: 'wait';
      readonly how: 'timer' | 'promise' | 'ask';
      readonly delayMs: number;
      readonly fatal: boolean;
    }
  | { readonly type: 'back'; readonly id: number; readonly fatal: boolean };

interface Incarnation {
  readonly actor: number;
  readonly life: number;
}

/** All that an observer inside the actors saw. */
export interface History {
  /** Turns that began while another one had not returned. */
  overlaps: number;
  readonly accepted: { readonly from: string; readonly to: number; readonly number: number }[];
  readonly received: { readonly from: string; readonly to: number; readonly number: number }[];
  /** Signals that were asked for, by id, and by whom they came back to. */
  readonly awaited: Incarnation[];
  readonly cameBack: (Incarnation & { readonly id: number })[];
  readonly crashes: number[];
  readonly stopped: Set<number>;
  readonly receivedAfterStop: number[];
  /** The last life of each actor. */
  readonly lives: number[];
  readonly timersLeft: number;
}

/** Plays `run`, lets all come to rest, and answers what happened. */
export async function play(run: Run): Promise<History> {
  const player = new Player(run);
  for (const step of run.steps) await player.perform(step);
  await player.tree.host.elapse(1_000);
  return { ...player.history, timersLeft: player.tree.host.timers };
}

class Player {
  readonly tree: TestTree;
  readonly history: Omit<History, 'timersLeft'> = {
    overlaps: 0,
    accepted: [],
    received: [],
    awaited: [],
    cameBack: [],
    crashes: [],
    stopped: new Set(),
    receivedAfterStop: [],
    lives: Array.from({ length: actorCount }, () => 0),
  };
  readonly #refs: ActorRef<Message>[] = [];
  #inTurn = false;
  #number = 0;

  constructor({ seed, strategy }: Run) {
    const start = (ctx: ActorContext<never>): void => {
      for (let at = 0; at < actorCount; at += 1)
        this.#refs.push(ctx.spawn(`actor-${at}`, this.#observed(at)));
    };
    this.tree = growTree(start, { ...patient, strategy }, { seed, randomTurns: true });
  }

  async perform(step: Step): Promise<void> {
    const { host } = this.tree;
    if (step.do === 'pass') await host.elapse(step.ms);
    else if (step.do === 'step') host.step();
    else if (step.do === 'stop') this.#stop(step.to);
    else if (step.do === 'send') this.#send('driver', step.to);
    else if (step.do === 'relay')
      this.#refs[step.from]?.send({ type: 'relay', to: step.to, count: step.count });
    else if ('delayMs' in step)
      this.#refs[step.to]?.send({ type: 'wait', how: step.do, delayMs: step.delayMs, fatal: step.fatal });
    else if (step.do === 'crash') this.#refs[step.to]?.send({ type: 'crash', id: this.#number++ });
  }

  #stop(at: number): void {
    const ref = this.#refs[at] as ActorRef<Message>;
    this.tree.root.send((ctx) => {
      ctx.stop(ref);
      this.history.stopped.add(at);
    });
  }

  #send(from: string, to: number): void {
    const number = this.#number++;
    if (this.#refs[to]?.send({ type: 'numbered', from, number }))
      this.history.accepted.push({ from, to, number });
  }

  /** An actor that writes down what happens to it. Its state is its life: 1 for the first incarnation. */
  #observed(at: number): Actor<number, Message> {
    return {
      start: () => {
        this.history.lives[at] = (this.history.lives[at] ?? 0) + 1;
        return this.history.lives[at] ?? 0;
      },
      receive: (life, message, ctx) => {
        if (this.#inTurn) this.history.overlaps += 1;
        if (this.history.stopped.has(at)) this.history.receivedAfterStop.push(at);
        this.#inTurn = true;
        try {
          this.#handle({ actor: at, life }, message, ctx);
        } finally {
          this.#inTurn = false;
        }
        return life;
      },
    };
  }

  #handle(me: Incarnation, message: Message, ctx: ActorContext<Message>): void {
    if (message.type === 'numbered') {
      this.history.received.push({ from: message.from, to: me.actor, number: message.number });
    } else if (message.type === 'relay') {
      for (let count = 0; count < message.count; count += 1) this.#send(ctx.self.path, message.to);
    } else if (message.type === 'back') {
      this.history.cameBack.push({ ...me, id: message.id });
      if (message.fatal) throw new Error('crashes with its signal');
    } else if (message.type === 'wait') this.#wait(me, message, ctx);
    else {
      this.history.crashes.push(message.id);
      throw new Error('told to crash');
    }
  }

  #wait(
    me: Incarnation,
    { how, delayMs, fatal }: Message & { type: 'wait' },
    ctx: ActorContext<Message>,
  ): void {
    const id = this.history.awaited.push(me) - 1;
    const back: Message = { type: 'back', id, fatal };
    if (how === 'timer') ctx.setTimer(`${id}`, delayMs, back);
    else if (how === 'promise') {
      const work = new Promise<void>((resolve) => void ctx.host.timer(delayMs, resolve));
      ctx.pipe(
        work,
        () => back,
        () => back,
      );
    } else {
      const silent: ActorRef<unknown> = { path: 'silent', send: () => true };
      ctx.ask(silent, () => null, { timeoutMs: delayMs, onReply: () => back, onTimeout: () => back });
    }
  }
}
