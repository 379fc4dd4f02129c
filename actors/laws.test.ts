import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { actorCount, type History, play, runs } from './testing/history.ts';

/** Checks a law on many random runs: sends, relays, crashes, stops, timers, promises and asks in any order. */
async function holds(law: (history: History) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => law(await play(run))),
    { numRuns: 150 },
  );
}

const isAlive = (history: History, actor: number): boolean => !history.stopped.has(actor);

test('one message a turn: no turn begins before the last has returned', () =>
  holds((history) => assert.equal(history.overlaps, 0)));

test('messages of one sender to one actor arrive in the order they were sent', () =>
  holds((history) => {
    for (let to = 0; to < actorCount; to += 1) {
      const lasts = new Map<string, number>();
      for (const message of history.received.filter((one) => one.to === to)) {
        assert.ok(message.number > (lasts.get(message.from) ?? -1), `${message.from} to ${to} out of order`);
        lasts.set(message.from, message.number);
      }
    }
  }));

test('what a living actor accepted it receives, once, over all restarts', () =>
  holds((history) => {
    const numbers = (messages: History['accepted']): number[] =>
      messages
        .filter(({ to }) => isAlive(history, to))
        .map(({ number }) => number)
        .sort((one, other) => one - other);
    assert.deepEqual(numbers(history.received), numbers(history.accepted));
  }));

test('a message that crashed an actor is not given to it again', () =>
  holds((history) => assert.equal(new Set(history.crashes).size, history.crashes.length)));

test('a restart drops the timers, promises and asks of the old incarnation', () =>
  holds((history) => {
    for (const { id, actor, life } of history.cameBack)
      assert.deepEqual({ actor, life }, history.awaited[id], 'came back to another incarnation');
  }));

test('signals are never lost while their incarnation lives, and come once', () =>
  holds((history) => {
    const cameBack = history.cameBack.map(({ id }) => id).sort((one, other) => one - other);
    assert.equal(new Set(cameBack).size, cameBack.length, 'came twice');
    history.awaited.forEach(({ actor, life }, id) => {
      if (isAlive(history, actor) && history.lives[actor] === life)
        assert.ok(cameBack.includes(id), `signal ${id} lost`);
    });
  }));

test('a stopped actor receives nothing', () =>
  holds((history) => assert.deepEqual(history.receivedAfterStop, [])));

test('nothing is left behind in the host when all has come to rest', () =>
  holds((history) => assert.equal(history.timersLeft, 0)));

test('the same seed gives the same history, another seed another one', async () => {
  const [run] = fc.sample(runs, { numRuns: 1, seed: 42 });
  assert.ok(run);
  assert.deepEqual(await play(run), await play(run));
  const busy = Array.from({ length: 40 }, (_, at) => ({ do: 'send' as const, to: at % actorCount }));
  const order = async (seed: number): Promise<string> =>
    (await play({ seed, strategy: 'one-for-one', steps: busy })).received.map(({ to }) => to).join('');
  assert.notEqual(await order(1), await order(2));
});
