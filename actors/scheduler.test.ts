import assert from 'node:assert/strict';
import test from 'node:test';
import type { ActorRef } from './ref.ts';
import { ActorSystem } from './system.ts';
import { collector, type Deed, doer, growTree } from './testing/tree.ts';
import { VirtualHost } from './testing/virtual-host.ts';

/** A virtual clock that turns can move themselves, as if they took that long. */
class SlowHost extends VirtualHost {
  #spentMs = 0;

  spend(ms: number): void {
    this.#spentMs += ms;
  }

  override monotonic(): number {
    return super.monotonic() + this.#spentMs;
  }
}

test('actors take turns: a full inbox does not keep the others waiting', () => {
  const got: string[] = [];
  const refs: ActorRef<string>[] = [];
  const { host } = growTree((ctx) => {
    for (const name of ['busy', 'quiet']) refs.push(ctx.spawn(name, collector(got)));
  });
  for (const message of ['busy 1', 'busy 2', 'busy 3']) refs[0]?.send(message);
  refs[1]?.send('quiet 1');
  host.runUntilIdle();
  assert.deepEqual(got, ['busy 1', 'quiet 1', 'busy 2', 'busy 3']);
});

test('a slice ends after 5 ms, so that timers and sockets get their turn', () => {
  const host = new SlowHost();
  const system = new ActorSystem(host, { onRootFailure: (error) => assert.fail(String(error)) });
  const root = system.run('root', doer());
  for (let turn = 0; turn < 4; turn += 1) root.send(() => host.spend(3));
  host.step();
  assert.equal(system.counts.turns, 2);
  host.step();
  assert.equal(system.counts.turns, 4);
});

test('a slice ends too where the clock stands still', () => {
  const { host, root } = growTree(() => {});
  let turns = 0;
  const forever: Deed = (ctx) => {
    turns += 1;
    ctx.self.send(forever);
  };
  root.send(forever);
  assert.equal(host.step(), true);
  assert.ok(turns > 0 && turns <= 10_000);
  assert.equal(host.nextInMs, 0);
});

test('a turn longer than 10 ms is counted and reported with its actor', () => {
  const host = new SlowHost();
  const system = new ActorSystem(host, { onRootFailure: (error) => assert.fail(String(error)) });
  const root = system.run('root', doer());
  for (const tookMs of [10, 25]) root.send(() => host.spend(tookMs));
  host.runUntilIdle();
  const { turns, slowTurns, longestTurnMs } = system.counts;
  assert.deepEqual({ turns, slowTurns, longestTurnMs }, { turns: 2, slowTurns: 1, longestTurnMs: 25 });
  assert.deepEqual(host.logs, [
    { level: 'info', from: 'root', message: 'slow turn', fields: { tookMs: 25 } },
  ]);
});
