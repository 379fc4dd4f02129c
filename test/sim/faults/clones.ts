import type { MqttConnection } from '@bramble/adapters/mqtt/port.ts';
import { silenceMs } from '@bramble/protocol/keepalive.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../board/board.ts';
import { strangersBootId } from '../checks/boundaries.ts';
import type { World } from '../world/world.ts';
import type { FaultKind } from './kinds.ts';

const redialMs = 3_000;
/** After so long without a contradiction a board corrects the next one at once. */
const settledMs = 140_000;
/** So much more often than the board: none of its own starts comes this far. */
const strangersLead = 1_000;

/** What a board said of itself last, as far as a copy changes it. */
interface Birth {
  readonly alive: boolean;
  readonly boot: number;
  readonly machine: Record<string, unknown>;
}

/**
 * Another agent with a copy of the card comes onto the link under the board's name. Each of the two takes the other's connection
 * over, until the copy is switched off.
 */
export function cloneBoard(world: World, board: SimBoard): void {
  const { broker, host, dice, checks } = world;
  const { name, bootId } = board;
  const birth = broker.retained.get(topics.nodeSession(name));
  const fact = birth && (JSON.parse(Buffer.from(birth).toString()) as Birth);
  if (!fact?.alive) return;
  const copy = copyOf(fact, board, world);
  if (!copy) return;
  if (copy.machine['bootId'] === strangersBootId) checks.cloned(name, copy.boot);
  const said = JSON.stringify(copy);
  const { marks } = copy.machine;
  const death = Buffer.from(JSON.stringify({ alive: false, boot: copy.boot, marks }));
  const own = topics.nodeSession(name);
  const will = { topic: own, payload: death, retain: true };
  const options = { clientId: name, keepaliveSeconds: 30, will, filters: [own] };
  const isBesideBoard = copy.machine['bootId'] === bootId;
  let isOn = true;
  let connection: MqttConnection | undefined;
  const dial = (): void => {
    if (!isOn || (isBesideBoard && board.bootId !== bootId)) return;
    connection = broker.dialer(`${name} (clone)`).dial(options, (event) => {
      if (event.type === 'message') event.done();
      if (event.type === 'closed') host.timer(redialMs, dial);
      if (event.type === 'connected')
        connection?.publish({ topic: own, payload: said, qos: 1, retain: true });
    });
  };
  dial();
  const { contestedUntilMs } = world;
  contestedUntilMs.set(name, Number.POSITIVE_INFINITY);
  const switchOff = (): void => {
    isOn = false;
    contestedUntilMs.set(name, host.monotonic() + settledMs + 2 * silenceMs(world.plan.keepaliveSeconds));
    connection?.close();
  };
  world.atCalm.push(switchOff);
  world.later(20_000 + dice.share() * 60_000, switchOff);
}

/**
 * A controller that starts anew takes whoever it finds in its store for the one that was there: a copy that nothing tells
 * apart may have the board's place for longer than a seed lasts.
 */
const startsAnew: ReadonlySet<FaultKind> = new Set([
  'births-unkept',
  'old-copy',
  'foreign-store',
  'controller-kill',
  'controller-kill-at-step',
]);

/**
 * The copy was made before the board's last start, and runs beside it until their machine reboots: no other machine, and no
 * later start of this one, has its boot id. Or it has started more often since, and shows what it runs on, or not.
 */
function copyOf(
  fact: Birth,
  { bootId, journal: { boots } }: SimBoard,
  { dice, plan }: World,
): (Birth & { held: object }) | undefined {
  // What the broker keeps may be another copy's word.
  const { marks: _marks, ...machine } = fact.machine;
  const last = plan.faults.some((kind) => startsAnew.has(kind)) ? 'stranger' : 'alike';
  switch (dice.pick(['older', 'stranger', last] as const)) {
    case 'older':
      return boots < 2 ? undefined : { ...fact, boot: boots - 1, machine: { ...machine, bootId }, held: {} };
    case 'stranger': {
      const marked = { ...machine, bootId: strangersBootId, marks: ['another machine'] };
      return { ...fact, boot: boots + strangersLead, machine: marked, held: {} };
    }
    default:
      return { ...fact, boot: boots + 1 + dice.below(3), machine: { ...machine, bootId: 'alike' }, held: {} };
  }
}
