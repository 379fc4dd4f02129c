import type { ActorSystem } from '@bramble/actors/index.ts';
import type { SimBoard } from '../board/board.ts';
import type { World } from '../world/world.ts';
import { unclaimedOn } from './unclaimed.ts';

/** What beats, counted at one moment. */
export interface Counts {
  readonly journalWrites: ReadonlyMap<string, number>;
  readonly storeEvents: number;
  readonly timers: number;
  readonly refused: number;
}

export function countsOf(world: World): Counts {
  const { boards, checks, controller } = world;
  const processes = [...boards.map(({ agent }) => agent?.process), controller.life?.process];
  return {
    journalWrites: new Map(boards.map((board) => [board.name, writesOf(board, world)])),
    storeEvents: checks.history.events.length,
    timers: processes.reduce((sum, each) => sum + (each?.timers ?? 0), 0),
    refused: systemsOf(world).reduce((sum, { counts }) => sum + counts.refused + counts.droppedOldest, 0),
  };
}

/**
 * Without the ends of pods of another store, of which each is written once: nobody waits for them, and an image that fails
 * now and then may succeed in quiet minutes.
 */
function writesOf(board: SimBoard, { disk }: World): number {
  const { journal } = board;
  const unclaimed = [...unclaimedOn(board, disk.storeId)];
  const hasEnd = (uid: string): boolean => journal.records.get(`pods/${uid}`)?.includes('"final":') === true;
  return journal.writes - unclaimed.filter(hasEnd).length;
}

function systemsOf({ boards, controller }: World): ActorSystem[] {
  const systems = [...boards.map(({ agent }) => agent?.system), controller.life?.system];
  return systems.filter((system) => system !== undefined);
}

/** What is written when a container crashes: its pod, what is told of it, and that it takes no calls meanwhile. */
const crashing = [
  '/registry/events/',
  '/registry/pods/',
  '/registry/endpoints/',
  '/registry/endpointslices/',
];

/** G9: in a time in which nothing changed but what crashes over and over, nothing was written. G8: nothing grew. */
export function checkQuiet(before: Counts, world: World): void {
  const { verdict, boards, checks } = world;
  const after = countsOf(world);
  for (const { name } of boards) {
    const writes = (after.journalWrites.get(name) ?? 0) - (before.journalWrites.get(name) ?? 0);
    if (writes > 0)
      verdict.broken('G9', `the journal of ${name} was written ${writes} times in quiet minutes`);
  }
  const beating = checks.history.events
    .slice(before.storeEvents)
    .map(({ stored: { key } }) => key)
    .filter((key) => !crashing.some((prefix) => key.startsWith(prefix)));
  if (beating.length > 0)
    verdict.broken('G9', `the store was written in quiet minutes: ${beating.slice(0, 5).join(' ')}`);
  if (after.timers > before.timers + 20)
    verdict.broken('G8', `timers grew from ${before.timers} to ${after.timers} in quiet minutes`);
  if (after.refused > 0)
    verdict.broken('G8', `${after.refused} messages found no room, in a fleet of ten boards`);
  checkInboxes(world, 10);
}

const mostBacklog = 100;

/** G8: no more waits for an actor than `most` messages. */
export function checkInboxes(world: World, most: number): void {
  for (const system of systemsOf(world))
    for (const { path, waiting } of system.census())
      if (waiting > most) world.verdict.broken('G8', `${waiting} messages wait for ${path}`);
  // What a client is slow to take waits at the broker, which has many of them.
  const { name, backlog } = world.broker.longestBacklog;
  if (backlog > mostBacklog)
    world.verdict.broken('G8', `${backlog} messages wait until ${name} is done with one`);
}
