import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Inbox } from './inbox.ts';

interface Fact {
  readonly key: string | undefined;
  readonly value: number;
}

type Step = { put: string | undefined } | { put?: never; take: true };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.constantFrom('a', 'b', 'c', 'd', undefined) }) },
    { weight: 2, arbitrary: fc.constant({ take: true as const }) },
  ),
  { maxLength: 400, size: 'max' },
);

/** The inbox as one would write it without a thought for speed. */
class SlowInbox {
  readonly waiting: Fact[] = [];
  readonly #capacity: number;
  readonly #dropsOldest: boolean;

  constructor(capacity: number, dropsOldest: boolean) {
    this.#capacity = capacity;
    this.#dropsOldest = dropsOldest;
  }

  put(fact: Fact): string {
    const same = this.waiting.findIndex(({ key }) => key !== undefined && key === fact.key);
    if (same >= 0) {
      this.waiting[same] = fact;
      return 'taken';
    }
    const full = this.waiting.length >= this.#capacity;
    if (full && !this.#dropsOldest) return 'refused';
    if (full) this.waiting.shift();
    this.waiting.push(fact);
    return full ? 'dropped-oldest' : 'taken';
  }
}

test('an inbox never exceeds its capacity, and with conflation keeps the newest of each key in its place', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), fc.boolean(), (run: Step[], capacity, dropsOldest) => {
      const inbox = new Inbox<Fact>({
        capacity,
        overflow: dropsOldest ? 'drop-oldest' : 'refuse',
        conflate: ({ key }) => key,
      });
      const model = new SlowInbox(capacity, dropsOldest);
      run.forEach((step, value) => {
        if ('take' in step) assert.deepEqual(inbox.take(), model.waiting.shift());
        else {
          const fact = { key: step.put, value };
          assert.equal(inbox.put(fact), model.put(fact));
        }
        assert.equal(inbox.size, model.waiting.length);
        assert.ok(inbox.size <= capacity);
      });
      for (const fact of model.waiting) assert.deepEqual(inbox.take(), fact);
      assert.equal(inbox.size, 0);
    }),
  );
});

test('without conflation messages come out as they went in, also undefined and null', () => {
  const inbox = new Inbox<unknown>(undefined);
  const messages = [undefined, null, 0, '', undefined];
  for (const message of messages) assert.equal(inbox.put(message), 'taken');
  assert.deepEqual(
    messages.map(() => inbox.take()),
    messages,
  );
});

test('a message whose key changes while it waits leaves no trace of its old key', () => {
  const inbox = new Inbox<{ key: string }>({ conflate: (message) => message.key });
  const changing = { key: 'before' };
  inbox.put(changing);
  changing.key = 'after';
  assert.equal(inbox.take(), changing);
  const next = { key: 'before' };
  inbox.put({ key: 'other' });
  inbox.put(next);
  assert.equal(inbox.size, 2);
  inbox.take();
  assert.equal(inbox.take(), next);
});

test('a capacity that makes no sense is refused with its bounds', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, 1_000_001])
    assert.throws(() => new Inbox({ capacity }), /inbox\.capacity is .* from 1 to 1000000/);
});
