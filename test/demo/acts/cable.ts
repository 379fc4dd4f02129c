import { setTimeout as pause } from 'node:timers/promises';
import type { Board } from '../../boards/board.ts';
import { askFrom, perBoard, podOn, shownCounts } from '../callers.ts';
import { keepaliveSeconds } from '../fleet.ts';
import { listed, secondsSince } from '../narrator.ts';
import { nodeIs, type Show, until } from '../show.ts';
import { calls } from './serve.ts';

const tellEverySeconds = 5;
const silenceSeconds = 1.5 * keepaliveSeconds;

/** A board is cut off, is missed, and comes back with everything that it ran. */
export async function cable(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  const board = fleet.boards.get('pi-3');
  narrator.title('5. A network cable is pulled');
  narrator.say(
    `${board.name} loses its network. A cable that is pulled says no goodbye: the controller misses the board after at most ${silenceSeconds} seconds of silence: one and a half MQTT keepalives, which are ${keepaliveSeconds} s here, and 30 s unless told otherwise. Its pods go on all the while.`,
  );
  const before = await board.containers();
  const cutMs = performance.now();
  await board.cutOff();
  const missed = nodeIs(show, board.name, 'Unknown');
  await Promise.all([missed, tellMeanwhile(show, board, missed)]);
  narrator.fact(`The controller misses ${board.name} ${secondsSince(cutMs)} after the cable was pulled.`);
  await othersServe(show, board, cutMs);
  await goesOn(show, board, 'Still cut off');
  await plugIn(show, board, before);
}

/** So that nobody takes the silence for a standstill. */
async function tellMeanwhile(show: Show, board: Board, missed: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  missed.catch(() => {}).finally(() => over.abort());
  for (let seconds = 0; !over.signal.aborted; seconds += tellEverySeconds) {
    await goesOn(show, board, seconds === 0 ? 'Cut off' : `After ${seconds} s without a network`);
    await pause(tellEverySeconds * 1000, undefined, { signal: over.signal }).catch(() => {});
  }
}

async function goesOn({ narrator, fleet }: Show, board: Board, when: string): Promise<void> {
  const pod = await podOn(fleet, board);
  const [answer] = await askFrom(board, pod, 'http://127.0.0.1:8080', 1);
  narrator.fact(`${when}, a pod on ${board.name} is asked from inside: "${answer}".`);
}

/** Not at once: a board whose agent is only started anew is back in a moment, and its pods serve meanwhile. */
async function othersServe(show: Show, lost: Board, cutMs: number): Promise<void> {
  await until(show, `the pods of ${lost.name} to be doubted`, async () =>
    (await show.fleet.podsOn(lost)).some(({ ready }) => ready) ? undefined : true,
  );
  const counts = await served(show, (each) => !each.has(lost.name));
  show.narrator.fact(
    `After ${secondsSince(cutMs)} the Service leaves out its pods: ${calls} calls were answered by ${listed(shownCounts(counts))}.`,
  );
}

/** Asks from pi-1 until all calls are answered, by the boards that are expected. */
async function served(
  show: Show,
  expected: (each: ReadonlyMap<string, number>) => boolean,
): Promise<ReadonlyMap<string, number>> {
  const { fleet } = show;
  const board = fleet.boards.get('pi-1');
  const caller = await podOn(fleet, board);
  return until(show, 'the Service to call the pods of the boards that are there', async () => {
    const answers = await askFrom(board, caller, 'http://web', calls);
    const each = perBoard(answers, await fleet.pods());
    return !each.has('nobody') && expected(each) ? each : undefined;
  });
}

async function plugIn(show: Show, board: Board, before: readonly string[]): Promise<void> {
  const { narrator, fleet } = show;
  narrator.say('The cable is plugged in again.');
  const pluggedMs = performance.now();
  await board.plugIn();
  await nodeIs(show, board.name, 'True');
  narrator.fact(`${board.name} is Ready again ${secondsSince(pluggedMs)} after the cable was plugged in.`);
  const pods = await until(show, `the pods of ${board.name} to be ready`, async () => {
    const own = await fleet.podsOn(board);
    return own.length > 0 && own.every(({ ready }) => ready) ? own : undefined;
  });
  const after = await board.containers();
  const restarts = pods.reduce((sum, pod) => sum + pod.restarts, 0);
  if (String(after) !== String(before) || restarts > 0)
    throw new Error(`${board.name} restarted something:\nbefore ${before}\nafter  ${after}`);
  const ids = after.map((line) => line.slice(0, 12));
  narrator.fact(`It runs the same containers as before, ${listed(ids)}; restarts: ${restarts}.`);
  await servesAgain(show, board);
}

async function servesAgain(show: Show, board: Board): Promise<void> {
  const counts = await served(show, (each) => each.has(board.name));
  show.narrator.fact(`The Service calls its pods again: ${listed(shownCounts(counts))}.`);
}
