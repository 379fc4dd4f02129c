import assert from 'node:assert/strict';
import test from 'node:test';
import { type ActorRef, ActorSystem, child, supervisor } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { type KeeperMessage, membershipKeeper } from './keeper.ts';
import type { Proof } from './port.ts';

const dayMs = 86_400_000;

/** A keeper on a virtual clock, and a controller that answers as the test says. */
class Rig {
  readonly host = new VirtualHost({ seed: 1 });
  renewAtMs = Number.POSITIVE_INFINITY;
  elsewhere = false;
  /** One a call; the last one again and again. */
  answers: (Proof | 'unreachable')[] = [{ type: 'renewed' }];
  readonly provedAtMs: number[] = [];
  moves = 0;
  keeper: ActorRef<KeeperMessage> | undefined;

  start(): void {
    const membership = {
      renewAtMs: () => this.renewAtMs,
      isElsewhere: () => this.elsewhere,
      prove: () => this.#prove(),
    };
    const keeper = membershipKeeper({ membership, moved: () => (this.moves += 1) });
    const started = (ref: ActorRef<KeeperMessage>): void => {
      this.keeper = ref;
    };
    new ActorSystem(this.host, { onRootFailure: (error) => assert.fail(String(error)) }).run(
      'root',
      supervisor(() => [child('membership', keeper, { started })]),
    );
  }

  async #prove(): Promise<Proof> {
    this.provedAtMs.push(this.host.now());
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === undefined || answer === 'unreachable') throw new Error('no route to host');
    if (answer.type === 'renewed') this.renewAtMs = this.host.now() + 200 * dayMs;
    return answer;
  }

  async refused(): Promise<void> {
    this.keeper?.send({ type: 'refused' });
    await this.host.elapse(10);
  }
}

test('a certificate is renewed when two thirds of its life have passed, and not before', async () => {
  const rig = new Rig();
  rig.renewAtMs = rig.host.now() + 100 * dayMs;
  rig.start();
  await rig.host.elapse(100 * dayMs - 1_000);
  assert.deepEqual(rig.provedAtMs, []);
  const due = rig.renewAtMs;
  await rig.host.elapse(2_000);
  assert.deepEqual(rig.provedAtMs, [due]);
  await rig.host.elapse(199 * dayMs);
  assert.equal(rig.provedAtMs.length, 1);
});

test('one that is overdue is renewed at once; an unreachable controller is asked ever more rarely', async () => {
  const rig = new Rig();
  rig.renewAtMs = 0;
  rig.answers = [...Array<'unreachable'>(14).fill('unreachable'), { type: 'renewed' }];
  rig.start();
  await rig.host.elapse(dayMs);
  const gaps = rig.provedAtMs.map((at, index) => at - (rig.provedAtMs[index - 1] ?? at)).slice(1);
  assert.equal(gaps.length, 14);
  for (const [index, gap] of gaps.entries()) {
    const full = Math.min(3_600_000, 5_000 * 2 ** index);
    assert.ok(gap >= full / 2 && gap <= full + 10, `the wait after failure ${index + 1} is ${gap} ms`);
  }
});

test('refused by the broker, it proves itself once, and leaves the link time to dial with what came of it', async () => {
  const rig = new Rig();
  rig.answers = [{ type: 'joined' }];
  rig.start();
  await rig.refused();
  await rig.refused();
  await rig.host.elapse(10_000);
  await rig.refused();
  assert.equal(rig.provedAtMs.length, 1);
  await rig.host.elapse(60_000);
  await rig.refused();
  assert.equal(rig.provedAtMs.length, 2);
});

test('a board that nobody knows does not ask with each refusal', async () => {
  const rig = new Rig();
  rig.answers = [{ type: 'refused', message: 'no board pi-1 is known here' }];
  rig.start();
  for (let count = 0; count < 600; count += 1) {
    await rig.refused();
    await rig.host.elapse(1_000);
  }
  assert.ok(rig.provedAtMs.length < 12, `${rig.provedAtMs.length} times in ten minutes`);
});

test('joined as somebody else the process has to begin anew', async () => {
  const rig = new Rig();
  rig.elsewhere = true;
  rig.answers = [{ type: 'moved' }];
  rig.start();
  await rig.host.elapse(100);
  assert.deepEqual([rig.provedAtMs.length, rig.moves], [1, 1]);
});
