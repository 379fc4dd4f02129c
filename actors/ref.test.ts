import assert from 'node:assert/strict';
import test from 'node:test';
import type { Actor, ActorContext } from './actor.ts';
import type { ActorRef } from './ref.ts';
import { growTree } from './testing/tree.ts';

// What the compiler must accept and refuse: each @ts-expect-error that expects in vain fails the type check.

type Small = { readonly type: 'ping' };
type Large = Small | { readonly type: 'pong' };

declare const small: ActorRef<Small>;
declare const large: ActorRef<Large>;
declare const ctx: ActorContext<Large>;
declare const plain: Actor<null, Small>;

/** Never called: its body is for the compiler. */
export function typesOfRefs(): void {
  const narrowed: ActorRef<Small> = large;
  // @ts-expect-error An actor that knows ping alone is no address for pong.
  const widened: ActorRef<Large> = small;
  const anyone: ActorRef<never> = small;
  // @ts-expect-error Nobody knows what the actor behind this ref understands.
  const guessed: ActorRef<Small> = anyone;
  // @ts-expect-error The same holds for what only looks like a ref.
  const literal: ActorRef<Large> = { path: 'literal', send: (message: Small) => message.type === 'ping' };
  small.send({ type: 'ping' });
  // @ts-expect-error pong is not among its messages.
  small.send({ type: 'pong' });
  // @ts-expect-error A misspelt message.
  large.send({ type: 'pnig' });
  void [narrowed, widened, guessed, literal];
}

/** Never called: its body is for the compiler. */
export function typesOfContexts(): void {
  const spawned: ActorRef<Small> = ctx.spawn('small', plain);
  // @ts-expect-error The ref of a spawned actor takes that actor's messages alone.
  const wrong: ActorRef<Large> = ctx.spawn('small', plain);
  ctx.setTimer('tick', 1, { type: 'pong' });
  // @ts-expect-error A timer's message is one of the actor's own.
  ctx.setTimer('tick', 1, { type: 'tick' });
  const toOther = (): { type: 'other' } => ({ type: 'other' });
  // @ts-expect-error What a promise is mapped to is one of the actor's own messages.
  ctx.pipe(Promise.resolve(1), toOther, toOther);
  // @ts-expect-error The state that receive answers is the state that start answers.
  const unstable: Actor<number, Small> = { start: () => 0, receive: () => 'zero' };
  // @ts-expect-error An actor that understands ping alone cannot stand in for one that understands both.
  const limited: Actor<null, Large> = plain;
  void [spawned, wrong, unstable, limited];
}

test('a ref outlives its actor, and answers false then', () => {
  const { root, system } = growTree(() => {});
  assert.deepEqual([root.path, root.send(() => {})], ['root', true]);
  system.stop();
  assert.equal(
    root.send(() => assert.fail('received after the end')),
    false,
  );
});
