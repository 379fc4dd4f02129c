import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Claims, type Judgement, judgeBirth, judgeSign, newClaims } from './claims.ts';
import { birthOf } from './testing/fleet-world.ts';

interface Said {
  readonly boot: number;
  readonly bootId?: string;
  readonly marks?: string[];
  readonly retained?: boolean;
}

/** A controller that hears births of one board, at times of its own. */
class Listener {
  claims: Claims;
  nowMs = 1_000;

  constructor(lastBootId?: string) {
    this.claims = newClaims('joined-as', lastBootId);
  }

  hear({ boot, bootId = 'original', marks, retained = false }: Said, afterMs = 2_000): Judgement {
    this.nowMs += afterMs;
    const birth = birthOf({ boot });
    const machine = { ...birth.machine, bootId, ...(marks && { marks }) };
    const judgement = judgeBirth(this.claims, { ...birth, machine }, retained, this.nowMs);
    this.claims = judgement.claims;
    return judgement;
  }

  /** A report, or metrics. */
  sign(boot: number, afterMs = 2_000): Judgement {
    this.nowMs += afterMs;
    const judgement = judgeSign(this.claims, boot, this.nowMs);
    this.claims = judgement.claims;
    return judgement;
  }

  /** The two take the connection from each other; what the first of them is told each time. */
  inTurns(first: Said, second: Said, times: number): string[] {
    return Array.from({ length: times }, () => {
      const { outcome, again } = this.hear(first);
      this.hear(second);
      return again ? 'again' : outcome;
    });
  }
}

const copy = { boot: 9, bootId: 'copy' };

test('a board’s own starts follow each other, and what comes late from one before changes nothing', () => {
  const listener = new Listener();
  for (const said of [{ boot: 1 }, { boot: 1 }, { boot: 2 }, { boot: 3, bootId: 'rebooted' }])
    assert.equal(listener.hear(said).outcome, 'accepted');
  for (const said of [{ boot: 2 }, { boot: 1, retained: true }]) {
    const { outcome, copy: found } = listener.hear(said);
    assert.deepEqual([outcome, found], ['old', undefined]);
  }
  assert.deepEqual(listener.claims.holder, { boot: 3, bootId: 'rebooted' });
});

test('who does not say of itself what joined is refused at once, however often it has started', () => {
  const listener = new Listener();
  listener.hear({ boot: 5, marks: ['joined-as'] });
  assert.deepEqual(listener.hear({ ...copy, marks: ['another'] }).copy, copy);
  assert.equal(listener.hear({ boot: 9, bootId: 'copy', marks: ['another'], retained: true }).outcome, 'old');
  assert.equal(listener.hear({ boot: 6, marks: ['more', 'joined-as'] }).outcome, 'accepted');
  assert.equal(
    new Listener().hear({ ...copy, marks: ['another'] }).outcome,
    'refused',
    'also when it comes first',
  );
});

test('a copy that has started more often has the place until the board says thrice that it is there', () => {
  const listener = new Listener();
  listener.hear({ boot: 5 });
  listener.sign(5, 600_000);
  assert.equal(listener.hear(copy).outcome, 'accepted', 'as if the board had rebooted');
  assert.deepEqual(listener.inTurns({ boot: 5 }, copy, 2), ['old', 'old']);
  const { again, copy: found } = listener.hear({ boot: 5 });
  assert.deepEqual([again?.boot, found], [5, copy]);
  assert.equal(listener.hear(copy).outcome, 'refused');
  assert.equal(listener.hear({ ...copy, boot: 10 }).outcome, 'refused', 'nor after a restart of its agent');
  assert.equal(
    listener.hear({ boot: 6, bootId: 'rebooted' }).outcome,
    'accepted',
    'the board itself may restart',
  );
  assert.equal(
    listener.hear({ boot: 9, bootId: 'again' }).outcome,
    'accepted',
    'and come to the copy’s number',
  );
});

test('the board is known over a restart of the controller by what its Node says', () => {
  const listener = new Listener('original');
  listener.hear(copy);
  assert.deepEqual(listener.inTurns({ boot: 5 }, copy, 3), ['old', 'old', 'again']);
});

test('a copy that has not started more often is refused where the board was there for ten minutes', () => {
  for (const boot of [3, 5]) {
    const listener = new Listener();
    listener.hear({ boot: 5 });
    listener.sign(5, 600_000);
    assert.deepEqual(listener.inTurns({ ...copy, boot }, { boot: 5 }, 3), ['old', 'old', 'refused']);
    assert.equal(listener.claims.holder?.bootId, 'original');
  }
});

test('of two that came soon after each other nobody is sent away: either may be the board, rebooted unheard', () => {
  const listener = new Listener('long-ago');
  listener.hear({ boot: 5 });
  const told = Array.from({ length: 4 }, () => {
    const { contested = false, copy: found, outcome } = listener.hear({ ...copy, boot: 3 });
    listener.hear({ boot: 5 });
    return [outcome, contested, found];
  });
  assert.deepEqual(told, [
    ['old', false, undefined],
    ['old', false, undefined],
    ['old', true, undefined],
    ['old', false, undefined],
  ]);
});

test('who was there before the controller was started anew has been there for long', () => {
  const listener = new Listener('original');
  listener.hear({ boot: 5 });
  assert.deepEqual(listener.inTurns({ ...copy, boot: 3 }, { boot: 5 }, 3), ['old', 'old', 'refused']);
});

test('messages that come twice, or at one time, prove nothing', () => {
  const listener = new Listener();
  listener.hear({ boot: 5 });
  listener.hear({ boot: 6, bootId: 'rebooted' });
  for (let times = 0; times < 10; times += 1) assert.equal(listener.hear({ boot: 5 }, 10).outcome, 'old');
  for (let times = 0; times < 10; times += 1) {
    listener.sign(6, 600_000);
    assert.equal(listener.hear({ boot: 5 }).outcome, 'old', 'once in ten minutes');
  }
});

test('of two on one running machine nobody is sent away, and it is told', () => {
  const listener = new Listener();
  listener.hear({ boot: 5 });
  const told = Array.from({ length: 4 }, () => {
    listener.hear({ boot: 9 });
    return listener.hear({ boot: 5 });
  });
  assert.deepEqual(
    told.map(({ contested = false }) => contested),
    [false, false, true, false],
  );
  assert.ok(told.every(({ copy: found }) => found === undefined));
  assert.equal(listener.claims.holder?.boot, 9);
});

test('a board whose place a copy took, and left again, is listened to within a minute', () => {
  const listener = new Listener();
  listener.hear({ boot: 5 });
  listener.hear(copy);
  listener.hear({ boot: 5 });
  const signs = Array.from({ length: 4 }, () => listener.sign(5, 15_000));
  assert.deepEqual(
    signs.map(({ again }) => again?.boot),
    [undefined, undefined, 5, undefined],
  );
  assert.equal(listener.claims.holder?.boot, 5);
});

test('so is one that took turns with the copy for a while', () => {
  const listener = new Listener('long-ago');
  listener.hear(copy);
  listener.inTurns({ boot: 5 }, copy, 5);
  const signs = Array.from({ length: 4 }, () => listener.sign(5, 15_000));
  assert.equal(signs.filter(({ again }) => again?.boot === 5).length, 1);
  assert.equal(listener.claims.holder?.boot, 5);
});

test('a card that was put back to an earlier state is the board, once nobody else is there', () => {
  const listener = new Listener();
  listener.hear({ boot: 5 });
  assert.equal(listener.hear({ boot: 3, bootId: 'rebooted' }).outcome, 'old');
  for (const again of [undefined, undefined, 3]) assert.equal(listener.sign(3, 15_000).again?.boot, again);
  assert.deepEqual(listener.claims.copies, []);
});

test('a board that comes to the number of a copy which took its place, and left, is listened to', () => {
  const listener = new Listener('original');
  listener.hear(copy);
  listener.hear({ boot: 9, bootId: 'rebooted' });
  const signs = Array.from({ length: 4 }, () => listener.sign(9, 15_000));
  assert.deepEqual(
    signs.map(({ again, outcome }) => [again?.machine.bootId, outcome]),
    [
      [undefined, 'accepted'],
      [undefined, 'accepted'],
      ['rebooted', 'accepted'],
      [undefined, 'accepted'],
    ],
  );
  assert.equal(listener.claims.holder?.bootId, 'rebooted');
});

test('a copy that is known has the place of a board that was away for ten minutes, until that is back', () => {
  const listener = new Listener();
  const lesser = { ...copy, boot: 3 };
  listener.hear({ boot: 5 });
  listener.sign(5, 600_000);
  listener.inTurns(lesser, { boot: 5 }, 3);
  listener.sign(5, 2_000);
  assert.equal(listener.hear(lesser, 599_000).outcome, 'refused');
  assert.equal(listener.hear(lesser).again?.boot, 3);
  assert.deepEqual(listener.inTurns({ boot: 6, bootId: 'rebooted' }, lesser, 3), [
    'accepted',
    'accepted',
    'accepted',
  ]);
  assert.equal(listener.claims.holder?.boot, 6);
});

test('G3: however the starts of one honest board come, late or twice, none is taken for a copy', () => {
  const start = fc.record({ reboots: fc.boolean(), echoes: fc.array(fc.nat(3), { maxLength: 2 }) });
  fc.assert(
    fc.property(fc.array(start, { minLength: 1, maxLength: 12 }), (starts) => {
      const listener = new Listener();
      let reboots = 0;
      const said: Said[] = [];
      starts.forEach(({ reboots: anew, echoes }, boot) => {
        reboots += Number(anew);
        said.push({ boot, bootId: `boot-${reboots}` });
        const own = listener.hear(said.at(-1) as Said);
        assert.equal(own.outcome, 'accepted');
        for (const back of echoes) {
          const late = said.at(-1 - back);
          if (late) assert.equal(listener.hear(late, 100).copy, undefined);
          if (late) assert.equal(listener.sign(late.boot, 100).copy, undefined);
        }
      });
      assert.equal(listener.claims.holder?.boot, starts.length - 1);
      assert.deepEqual(listener.claims.copies, []);
    }),
  );
});
