import type { World } from '../world/world.ts';

/** What beats, counted at one moment. */
export interface Counts {
  readonly journalWrites: ReadonlyMap<string, number>;
  readonly storeEvents: number;
  readonly timers: number;
  readonly refused: number;
}

export function countsOf({ boards, history, controller, host }: World): Counts {
  const agents = boards.map(({ agent }) => agent);
  const processes = [...agents.map((agent) => agent?.process), controller.life?.process];
  const systems = [...agents.map((agent) => agent?.system), controller.life?.system];
  return {
    journalWrites: new Map(boards.map(({ name, journal }) => [name, journal.writes])),
    storeEvents: history.events.length,
    timers: processes.reduce((sum, each) => sum + (each?.timers ?? 0), 0) + 0 * host.timers,
    refused: systems.reduce((sum, each) => sum + (each?.counts.refused ?? 0), 0),
  };
}

/** G9: in a time in which nothing changed but what crashes over and over, nothing was written. G8: nothing grew. */
export function checkQuiet(before: Counts, world: World): void {
  const { verdict, boards, history } = world;
  const after = countsOf(world);
  for (const { name, journal } of boards) {
    const writes = journal.writes - (before.journalWrites.get(name) ?? 0);
    if (writes > 0)
      verdict.broken('G9', `the journal of ${name} was written ${writes} times in quiet minutes`);
  }
  const beating = history.events
    .slice(before.storeEvents)
    .map(({ stored: { key } }) => key)
    .filter((key) => !key.startsWith('/registry/events/') && !key.startsWith('/registry/pods/'));
  if (beating.length > 0)
    verdict.broken('G9', `the store was written in quiet minutes: ${beating.slice(0, 5).join(' ')}`);
  if (after.timers > before.timers + 20)
    verdict.broken('G8', `timers grew from ${before.timers} to ${after.timers} in quiet minutes`);
  checkInboxes(world);
}

/** G8: nothing waits when nothing happens. */
function checkInboxes({ verdict, boards, controller }: World): void {
  const systems = [...boards.map(({ agent }) => agent?.system), controller.life?.system];
  for (const system of systems)
    for (const { path, waiting } of system?.census() ?? [])
      if (waiting > 100) verdict.broken('G8', `${waiting} messages wait for ${path}`);
}
