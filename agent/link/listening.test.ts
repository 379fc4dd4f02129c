import assert from 'node:assert/strict';
import test from 'node:test';
import { listenTo, subscribe } from './listening.ts';
import { type LinkContext, newLinkState } from './state.ts';

/** A link that is up, and what was asked of its connection. */
function link({ up = true, refuses = false } = {}) {
  const asked: string[] = [];
  const told: unknown[] = [];
  const state = newLinkState();
  state.up = up;
  state.attempt = 3;
  state.connection = {
    publish: () => {},
    close: () => {},
    subscribe: (filters, settled) => {
      asked.push(...filters.map((filter) => `+${filter}`));
      settled?.(refuses ? new Error('not yours') : undefined);
    },
    unsubscribe: (filters) => asked.push(...filters.map((filter) => `-${filter}`)),
  };
  const listen = (toMessage: (reason: string) => unknown) => (reason: string) => told.push(toMessage(reason));
  return { state, asked, told, ctx: { listen } as unknown as LinkContext };
}

test('what is new is asked for, what is over is given up, what stays is left alone', () => {
  const { state, asked, ctx } = link();
  listenTo(state, ['a', 'b'], ctx);
  listenTo(state, ['b', 'c'], ctx);
  listenTo(state, ['b', 'c'], ctx);
  assert.deepEqual(asked, ['+a', '+b', '-a', '+c']);
});

test('without a connection it is remembered for the next', () => {
  const { state, asked, ctx } = link({ up: false });
  listenTo(state, ['a'], ctx);
  assert.deepEqual(asked, []);
  state.up = true;
  subscribe(state, ctx);
  assert.deepEqual(asked, ['+a']);
});

test('a refusal is told with the connection that it came on, and ends nothing', () => {
  const { state, told, ctx } = link({ refuses: true });
  listenTo(state, ['a'], ctx);
  assert.deepEqual(told, [{ type: 'listen-refused', attempt: 3, reason: 'not yours' }]);
  assert.ok(state.up);
});
