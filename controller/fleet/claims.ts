import { silenceMs } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { NodeBirth, NodeDeath } from '@bramble/protocol/messages/session.ts';

/**
 * One start of an agent: the start of its machine, and which one of the agent's starts it is. A board's own starts
 * follow each other; one that lives beside its successor runs on another machine, with a copy of the card.
 */
export interface Start {
  readonly bootId: string;
  readonly boot: number;
}

/** Who speaks as a board, and who has tried to. Replaced as a whole, never changed. */
export interface Claims {
  /** What joined under the board's name. */
  readonly machineId: string;
  readonly holder: Start | undefined;
  /** Monotonic milliseconds of the first that was heard of the holder's machine. */
  readonly sinceMs: number;
  /** Monotonic milliseconds of the holder's last sign of life. */
  readonly heardAtMs: number;
  /** Of its last birth: whose any other sign is cannot be told where two count their starts alike. */
  readonly bornAtMs: number;
  /** After so long without one the holder counts as lost. */
  readonly silenceMs: number;
  /** Starts of the machine that the board had before the holder's, the newest last. */
  readonly before: readonly Before[];
  readonly contests: readonly Contest[];
  /** Found to be copies, the newest last. */
  readonly copies: readonly Start[];
}

interface Before {
  readonly bootId: string;
  /** It was there for `establishedMs`. */
  readonly established: boolean;
}

interface Contest {
  readonly start: Start;
  readonly birth: NodeBirth;
  readonly times: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Judgement {
  readonly claims: Claims;
  readonly outcome: 'accepted' | 'old' | 'refused';
  /** Of a start that is listened to from now on although another one came after it. */
  readonly again?: NodeBirth;
  /** What was found to be a copy of the board's card, now or earlier, and has just been heard. */
  readonly copy?: Start;
  /** Two starts take turns, and nobody can tell which is the copy: the holder is listened to. */
  readonly contested?: boolean;
}

/** So many signs of life after its successor's birth, and not at once, are no messages that were late. */
const enoughTimes = 3;
const apartMs = 500;
const forgetContestMs = 600_000;
/** Of two that nothing tells apart, one that was there for so long is the board, and one that came then the copy. */
const establishedMs = 600_000;
/** A known copy has the place of a board that was not heard of for so long, until the board is back. */
const patienceMs = 600_000;
const tellEvery = 40;
const remembered = 16;

/** @param lastBootId of the machine, as the store has it from an earlier life of the controller */
export function newClaims(machineId: string, lastBootId: string | undefined): Claims {
  const before = lastBootId === undefined ? [] : [{ bootId: lastBootId, established: true }];
  const silence = silenceMs(limits.mqttKeepaliveSeconds);
  const nobody = {
    holder: undefined,
    sinceMs: Number.NEGATIVE_INFINITY,
    heardAtMs: 0,
    bornAtMs: 0,
    silenceMs: silence,
  };
  return { machineId, ...nobody, before, contests: [], copies: [] };
}

/** Whether this agent is listened to: of the starts of two machines with one identity only one may be. */
export function judgeBirth(claims: Claims, birth: NodeBirth, retained: boolean, nowMs: number): Judgement {
  const start: Start = { bootId: birth.machine.bootId, boot: birth.boot };
  if (isStranger(claims, birth.machine.marks)) return refused(claims, start, retained);
  const { holder } = claims;
  if (!holder || isSame(holder, start)) return accepted(claims, birth, nowMs);
  if (isCopy(claims, holder, start)) {
    const isLeft = !retained && nowMs - claims.heardAtMs > Math.max(patienceMs, 2 * claims.silenceMs);
    if (!isLeft) return refused(claims, start, retained);
    return start.boot > holder.boot ? accepted(claims, birth, nowMs) : back(claims, birth, nowMs);
  }
  if (start.boot > holder.boot) return accepted(claims, birth, nowMs);
  if (retained) return { claims, outcome: 'old' };
  return contest(claims, holder, birth, nowMs);
}

/** A sign of life other than a birth. */
export function judgeSign(claims: Claims, boot: number, nowMs: number): Judgement {
  const { holder, contests } = claims;
  const isHolders = holder?.boot === boot;
  const next = isHolders ? { ...claims, heardAtMs: nowMs } : claims;
  const known = contests.find(({ start }) => start.boot === boot);
  const judgement = holder && known && contest(next, holder, known.birth, nowMs);
  if (judgement) return isHolders ? { ...judgement, outcome: 'accepted' } : judgement;
  return { claims: next, outcome: isOfCopy(claims, boot) ? 'refused' : 'accepted' };
}

/** Whether a death is that of a copy; its birth may not have been heard. */
export function isDeathOfCopy(claims: Claims, { boot, marks }: NodeDeath): boolean {
  return isOfCopy(claims, boot) || isStranger(claims, marks);
}

function isOfCopy({ holder, copies }: Claims, boot: number): boolean {
  return holder?.boot !== boot && copies.some((copy) => copy.boot === boot);
}

/** What the board's machine says of itself is checked by its agent; this finds agents that did not. */
function isStranger({ machineId }: Claims, marks: readonly string[] | undefined): boolean {
  return marks !== undefined && marks.length > 0 && !marks.includes(machineId);
}

const isSame = (one: Start, other: Start): boolean => one.boot === other.boot && one.bootId === other.bootId;

/** A copy whose agent was started again is the same machine still, unless both are on one. */
function isCopy({ copies }: Claims, holder: Start, start: Start): boolean {
  return copies.some(
    (copy) => isSame(copy, start) || (copy.bootId === start.bootId && start.bootId !== holder.bootId),
  );
}

function accepted(claims: Claims, birth: NodeBirth, nowMs: number): Judgement {
  const start: Start = { bootId: birth.machine.bootId, boot: birth.boot };
  const { holder, before, contests, sinceMs } = claims;
  const isKnown = start.bootId === (holder?.bootId ?? before.at(-1)?.bootId);
  const isNew = holder === undefined || !isSame(holder, start);
  const next: Claims = {
    ...claims,
    holder: start,
    sinceMs: isKnown ? sinceMs : nowMs,
    heardAtMs: nowMs,
    bornAtMs: nowMs,
    silenceMs: silenceMs(birth.keepaliveSeconds ?? limits.mqttKeepaliveSeconds),
    before:
      isNew && holder
        ? withLast(before, { bootId: holder.bootId, established: isEstablished(claims, claims.heardAtMs) })
        : before,
    contests: isNew ? [] : contests,
  };
  return { claims: next, outcome: 'accepted' };
}

function back(claims: Claims, birth: NodeBirth, nowMs: number): Judgement {
  const judgement = accepted(claims, birth, nowMs);
  // It was there before.
  return { ...judgement, claims: { ...judgement.claims, sinceMs: nowMs - establishedMs }, again: birth };
}

const isEstablished = ({ sinceMs }: Claims, atMs: number): boolean => atMs - sinceMs >= establishedMs;

function withLast(before: readonly Before[], last: Before): readonly Before[] {
  return [...before.filter(({ bootId }) => bootId !== last.bootId), last].slice(-remembered);
}

function refused(claims: Claims, start: Start, retained: boolean): Judgement {
  const others = claims.copies.filter((copy) => !isSame(copy, start));
  const next = { ...claims, copies: [...others, start].slice(-remembered) };
  // What the broker kept was said once; nobody needs to be there any more.
  return retained ? { claims: next, outcome: 'old' } : { claims: next, outcome: 'refused', copy: start };
}

/** A start that was followed by another one speaks up: it is late, or the other one is not of the same machine. */
function contest(claims: Claims, holder: Start, birth: NodeBirth, nowMs: number): Judgement {
  const start: Start = { bootId: birth.machine.bootId, boot: birth.boot };
  const known = claims.contests.find((each) => isSame(each.start, start));
  const lately = known && nowMs - known.lastMs < forgetContestMs ? known : undefined;
  if (lately && nowMs - lately.lastMs < apartMs) return { claims, outcome: 'old' };
  const { times, firstMs } = lately ?? { times: 0, firstMs: nowMs };
  const entry: Contest = { start, birth, times: times + 1, firstMs, lastMs: nowMs };
  const others = claims.contests.filter((each) => each !== known);
  return decide({ ...claims, contests: [...others, entry].slice(-remembered) }, holder, entry);
}

function decide(claims: Claims, holder: Start, { start, birth, times, firstMs, lastMs }: Contest): Judgement {
  // Nobody else is there any more: a card that was put back to an earlier state counts from there.
  const holderAtMs = start.boot === holder.boot ? claims.bornAtMs : claims.heardAtMs;
  if (lastMs - Math.max(holderAtMs, firstMs) >= claims.silenceMs) return back(claims, birth, lastMs);
  if (holderAtMs <= firstMs || times < enoughTimes) return { claims, outcome: 'old' };
  const isElsewhere = start.bootId !== holder.bootId;
  const wasThere = claims.before.some(({ bootId, established }) => established && bootId === start.bootId);
  if (isElsewhere && !wasThere && isEstablished(claims, firstMs)) return refused(claims, start, false);
  if (!isElsewhere || !wasThere)
    return { claims, outcome: 'old', contested: (times - enoughTimes) % tellEvery === 0 };
  // The machine that was here first runs on, so that what came after it is no later start of it.
  const copies = [...claims.copies.filter(({ bootId }) => bootId !== start.bootId), holder];
  return { ...back({ ...claims, copies: copies.slice(-remembered) }, birth, lastMs), copy: holder };
}
