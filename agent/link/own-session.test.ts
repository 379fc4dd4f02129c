import assert from 'node:assert/strict';
import test from 'node:test';
import { topics } from '@bramble/protocol/topics.ts';
import { node, Rig } from '../pods/testing/rig.ts';

const own = topics.nodeSession(node);

async function linked(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  return rig;
}

function say(rig: Rig, session: unknown, retained = false): { done: number } {
  return rig.deliver(own, Buffer.from(JSON.stringify(session)), retained);
}

/** As the broker does: whatever the board publishes there comes back to it. */
async function echo(rig: Rig): Promise<void> {
  for (const birth of rig.births()) say(rig, birth);
  await rig.host.elapse(5_000);
}

test('a board reads its own session', async () => {
  const rig = await linked();
  assert.ok(rig.link.options.filters.includes(own));
});

test('a will of this boot that comes late is followed by a birth within a second', async () => {
  const rig = await linked();
  const taken = say(rig, { alive: false, boot: 1 });
  await rig.host.elapse(1_000);
  assert.equal(taken.done, 1);
  assert.deepEqual(
    rig.sessions().map(({ alive }) => alive),
    [true, true],
  );
  assert.equal(rig.births().at(-1)?.boot, 1);
});

test('whatever else stands in the place of its birth is put right, too', async () => {
  const rig = await linked();
  const [birth] = rig.births();
  const strange = [{ alive: false, boot: 7 }, { ...birth, boot: 7 }, { ...birth, boot: 0 }, 'no session'];
  for (const [index, session] of strange.entries()) {
    say(rig, session);
    await rig.host.elapse(130_000);
    assert.equal(rig.births().length, 2 + index, JSON.stringify(session));
  }
  rig.deliver(own, Buffer.alloc(0));
  await rig.host.elapse(1_000);
  assert.equal(rig.births().length, 2 + strange.length, 'somebody cleared it');
});

test('its own birth, coming back to it, is no news', async () => {
  const rig = await linked();
  await echo(rig);
  await echo(rig);
  assert.equal(rig.births().length, 1);
});

test('what the broker had kept is older than the birth that follows', async () => {
  const rig = await linked();
  say(rig, { alive: false, boot: 1 }, true);
  await rig.host.elapse(10_000);
  assert.equal(rig.births().length, 1);
});

test('two who contradict each other do so ever more rarely, and again at once after a quiet time', async () => {
  const rig = await linked();
  const [birth] = rig.births();
  for (let second = 0; second < 3_600; second += 1) {
    say(rig, { ...birth, boot: 99 });
    await rig.host.elapse(1_000);
  }
  const corrections = rig.births().length - 1;
  assert.ok(corrections > 40 && corrections < 140, `${corrections} births in an hour`);
  await rig.host.elapse(300_000);
  const before = rig.births().length;
  say(rig, { alive: false, boot: 1 });
  await rig.host.elapse(1_000);
  assert.equal(rig.births().length, before + 1);
});

test('a correction that was due when the link went is forgotten: the next connection begins with a birth', async () => {
  const rig = await linked();
  say(rig, { alive: false, boot: 1 });
  rig.link.emit({ type: 'closed', reason: 'test' });
  await rig.host.elapse(5_000);
  assert.equal(rig.births().length, 1);
  say(rig, { alive: false, boot: 1 });
  await rig.host.elapse(1_000);
  assert.equal(rig.births().length, 2, 'and the next one counts again');
});
