import { cable } from './acts/cable.ts';
import { crash } from './acts/crash.ts';
import { joinBoards } from './acts/join.ts';
import { placePods } from './acts/place.ts';
import { roll } from './acts/roll.ts';
import { serve } from './acts/serve.ts';
import { Fleet } from './fleet.ts';
import { leftovers, type Marks, marksOf } from './leftovers.ts';
import { type Narrator, secondsSince } from './narrator.ts';
import type { Show } from './show.ts';

const acts = [joinBoards, placePods, serve, crash, cable, roll];

export type Ending = 'shown' | 'failed' | 'interrupted';

export interface Wishes {
  readonly narrator: Narrator;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Where logs are kept, if they are. */
  readonly logs: string | undefined;
}

/** The demonstration from its beginning to its end, whatever happens in between. */
export async function play(wishes: Wishes): Promise<Ending> {
  const { narrator, signal } = wishes;
  const fleet = await startFleet(wishes);
  if (fleet === undefined) return signal.aborted ? 'interrupted' : 'failed';
  const ending = await playActs({ narrator, fleet, signal });
  const clean = await removeAll(wishes, fleet);
  return clean ? ending : 'failed';
}

async function startFleet({ narrator, signal }: Wishes): Promise<Fleet | undefined> {
  const startedMs = performance.now();
  try {
    const fleet = await Fleet.start();
    narrator.fact(
      `The controller runs after ${secondsSince(startedMs)}, for boards at ${fleet.url}; its files are in ${fleet.bramble.place.folder}.`,
    );
    return fleet;
  } catch (error) {
    if (!signal.aborted) narrator.failure(messageOf(error));
    return undefined;
  }
}

async function playActs(show: Show): Promise<Ending> {
  try {
    for (const act of acts) {
      show.signal.throwIfAborted();
      await act(show);
    }
    return 'shown';
  } catch (error) {
    // Ctrl-C ends programs that an act was waiting for as well: their failures are no news.
    if (show.signal.aborted) {
      show.narrator.title('Interrupted.');
      return 'interrupted';
    }
    show.narrator.failure(messageOf(error));
    return 'failed';
  }
}

/** @returns whether nothing is left */
async function removeAll({ narrator, logs }: Wishes, fleet: Fleet): Promise<boolean> {
  narrator.title('7. Everything is removed');
  narrator.say('Containers, boards, their network, the controller and all files.');
  const startedMs = performance.now();
  try {
    if (logs !== undefined) await fleet.writeLogs(logs);
    const marks = await marksOf(fleet);
    await fleet.dispose();
    return tellLeftovers(narrator, startedMs, marks, await leftovers(marks));
  } catch (error) {
    narrator.failure(`Not everything could be removed. ${messageOf(error)}`);
    return false;
  }
}

function tellLeftovers(
  narrator: Narrator,
  startedMs: number,
  { containers }: Marks,
  left: readonly string[],
): boolean {
  for (const what of left) narrator.failure(`This is left: ${what}`);
  if (left.length > 0) return false;
  narrator.fact(`${containers.length} containers and 3 boards were removed in ${secondsSince(startedMs)}.`);
  narrator.fact(
    'Nothing is left: no process, namespace, mount, network device, firewall rule, control group or file.',
  );
  return true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
