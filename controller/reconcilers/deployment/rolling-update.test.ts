import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Bounds } from './bounds.ts';
import { type Member, nextSizes } from './rolling-update.ts';

/** A ReplicaSet with its own pace: its status may lag behind its pods, and its pods behind its size. */
class Model {
  readonly name: string;
  replicas = 0;
  generation = 1;
  observed = 0;
  /** Pods by whether they are available. */
  pods: boolean[] = [];
  available = 0;

  constructor(name: string) {
    this.name = name;
  }

  resize(replicas: number): void {
    this.replicas = replicas;
    this.generation += 1;
  }

  /** One look of its own reconciler: the status is of before, the pods of after. Those that do not serve go first. */
  reconcile(): void {
    this.available = this.pods.filter((serves) => serves).length;
    this.observed = this.generation;
    this.pods.sort((one, other) => Number(other) - Number(one));
    while (this.pods.length < this.replicas) this.pods.push(false);
    this.pods.length = this.replicas;
  }

  get member(): Member {
    const { name, replicas, available } = this;
    return { name, replicas, available, observed: this.observed >= this.generation };
  }
}

type Action = { readonly do: 'roll' | 'look' | 'serve' | 'change'; readonly which: number };

const history = fc.array(
  fc.record({ do: fc.constantFrom('roll', 'look', 'serve', 'change'), which: fc.nat(5) }),
  { maxLength: 150 },
) as fc.Arbitrary<Action[]>;

const strategies = fc
  .record({ replicas: fc.integer({ min: 1, max: 8 }), surge: fc.nat(3), missing: fc.nat(3) })
  .filter(({ surge, missing }) => surge + missing > 0)
  .map(({ replicas, surge, missing }) => ({
    replicas,
    most: replicas + surge,
    least: Math.max(0, replicas - missing),
  }));

test('whatever is rolled out in whatever order, never too few pods serve and never too many exist', () => {
  fc.assert(
    fc.property(strategies, history, (bounds, actions) => {
      const sets = serving(bounds);
      for (const action of actions) {
        act(sets, bounds, action);
        check(sets, bounds);
      }
    }),
    { numRuns: 400 },
  );
});

test('a rollout that is left alone ends with all pods new', () => {
  fc.assert(
    fc.property(strategies, history, (bounds, actions) => {
      const sets = serving(bounds);
      for (const action of actions) act(sets, bounds, action);
      for (let round = 0; round < 200; round += 1) {
        roll(sets, bounds);
        for (const one of sets) {
          one.reconcile();
          one.pods.fill(true);
          one.reconcile();
        }
        check(sets, bounds);
      }
      assert.deepEqual(
        sets.map(({ replicas }) => replicas),
        [...sets.slice(1).map(() => 0), bounds.replicas],
      );
    }),
  );
});

function serving(bounds: Bounds): Model[] {
  const first = new Model('v1');
  first.resize(bounds.replicas);
  first.pods = Array.from({ length: bounds.replicas }, () => true);
  first.reconcile();
  return [first, new Model('v2')];
}

function act(sets: Model[], bounds: Bounds, { do: action, which }: Action): void {
  const chosen = sets[which % sets.length] as Model;
  if (action === 'roll') roll(sets, bounds);
  else if (action === 'look') chosen.reconcile();
  else if (action === 'serve') chosen.pods.fill(true);
  else if (sets.length < 4) sets.push(new Model(`v${sets.length + 1}`));
  // A rollback: an older one is the newest again.
  else sets.push(...sets.splice(which % sets.length, 1));
}

function roll(sets: readonly Model[], bounds: Bounds): void {
  const newest = sets.at(-1) as Model;
  const old = sets.slice(0, -1);
  const sizes = nextSizes(
    bounds,
    newest.member,
    old.map(({ member }) => member),
  );
  for (const [name, size] of sizes) sets.find((one) => one.name === name)?.resize(size);
}

function check(sets: readonly Model[], { most, least }: Bounds): void {
  const asked = sets.reduce((sum, { replicas }) => sum + replicas, 0);
  assert.ok(asked <= most, `${asked} pods are asked for, ${most} at most are allowed`);
  const kept = sets.flatMap(({ pods, replicas }) =>
    [...pods].sort((one, other) => Number(other) - Number(one)).slice(0, replicas),
  );
  const serves = kept.filter((pod) => pod).length;
  assert.ok(serves >= least, `${serves} pods will serve, ${least} at least must`);
}

test('pods that never served make room first, and no pod that serves goes for them', () => {
  const bounds = { replicas: 4, most: 6, least: 3 };
  const observed = true;
  const newest = { name: 'new', replicas: 1, available: 0, observed };
  const broken = { name: 'broken', replicas: 2, available: 0, observed };
  const good = { name: 'good', replicas: 3, available: 3, observed };
  assert.deepEqual([...nextSizes(bounds, newest, [good, broken])], [['broken', 0]]);
  const sizes = nextSizes(bounds, { ...newest, available: 1 }, [broken, good]);
  assert.deepEqual(
    [...sizes],
    [
      ['broken', 0],
      ['good', 2],
    ],
  );
});

test('nothing shrinks on the word of a status that is out of date', () => {
  const bounds = { replicas: 3, most: 3, least: 2 };
  const old = { name: 'old', replicas: 3, available: 3, observed: true };
  const newest = { name: 'new', replicas: 0, available: 0, observed: true };
  assert.deepEqual([...nextSizes(bounds, newest, [old])], [['old', 2]]);
  assert.deepEqual([...nextSizes(bounds, newest, [{ ...old, observed: false }])], []);
});
