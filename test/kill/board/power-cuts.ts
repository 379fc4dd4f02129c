import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';
import { configMap, stream } from '../../e2e/fixture/objects.ts';
import { Churn } from './churn.ts';
import { restartsOf, runningOn, wrongOn } from './found.ts';
import { PoweredBoard } from './powered-board.ts';

export interface CutsReport {
  readonly cuts: number;
  readonly changes: number;
  /** Boots at which the board had no network until its pods ran. */
  readonly cutOff: number;
  readonly wrong: readonly string[];
}

export interface CutsOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound?: (line: string) => void;
}

const mostChurnMs = 6_000;
const convergeMs = 240_000;
const cutOffChance = 0.5;
/** Nothing happens to it but that its board loses power. */
const keeper = 'churned-1';

/** A board under churn loses its power at random moments: its pods come back, with or without a network, once each. */
export async function cutPowerAtRandom({ rounds, seed, onRound }: CutsOptions): Promise<CutsReport> {
  const random = seededRandom(seed);
  const powered = await PoweredBoard.make();
  const churn = new Churn(powered.access, random);
  const report = { cuts: 0, changes: 0, cutOff: 0, wrong: [] as string[] };
  try {
    await powered.bramble.kubectl('create -f -', stream([configMap('settings', { change: '0' })]));
    await churn.create();
    // It is no longer churn's: so nobody deletes or changes it.
    churn.wanted.delete(keeper);
    const wanted = (): Set<string> => new Set([keeper, ...churn.wanted]);
    report.wrong.push(...(await converged(() => wrongOn(powered, wanted()))));
    for (let round = 1; round <= rounds && report.wrong.length === 0; round += 1) {
      const restarts = await restartsOf(powered, keeper);
      await cut(powered, churn, random() * mostChurnMs);
      report.cuts += 1;
      if (random() < cutOffChance) {
        report.cutOff += 1;
        await backWithoutNetwork(powered);
      } else await back(powered);
      report.wrong.push(
        ...(await converged(async () => [
          ...(await wrongOn(powered, wanted())),
          ...(await notRestarted(powered, restarts)),
        ])),
      );
      report.changes = churn.changes;
      onRound?.(`${round} power cuts, ${churn.changes} changes, ${churn.wanted.size + 1} pods`);
    }
    return report;
  } finally {
    await powered.dispose();
  }
}

/** The changes go on while the board is dark, for a moment. */
async function cut(powered: PoweredBoard, churn: Churn, afterMs: number): Promise<void> {
  let stopped = false;
  const changing = churn.until(() => stopped);
  // Told below, when the board is dark.
  changing.catch(() => {});
  await pause(afterMs);
  await powered.cutPower();
  stopped = true;
  await changing.catch((error: Error) => {
    throw new Error(`${error.message}; the controller said:\n${powered.bramble.up.output.slice(-4_000)}`);
  });
}

async function back({ board }: PoweredBoard): Promise<void> {
  await board.boot();
  await board.start();
}

/** G5: what the journal says runs, before anybody is heard. */
async function backWithoutNetwork({ board }: PoweredBoard): Promise<void> {
  await board.boot();
  await board.cutOff();
  await board.start();
  await eventually(
    `${keeper} to run on a board without a network`,
    async () => {
      const running = await runningOn(board);
      return running.filter(({ pod }) => pod === keeper).length === 2 ? true : undefined;
    },
    { withinMs: convergeMs, everyMs: 1_000, otherwise: () => `its agent said:\n${board.agent.output}` },
  );
  await board.plugIn();
}

/** A controller that has not heard from the board yet still says what ran before the cut. */
async function notRestarted(powered: PoweredBoard, before: number): Promise<string[]> {
  const now = await restartsOf(powered, keeper);
  return now > before ? [] : [`${keeper} has ${now} restarts after the cut, and had ${before} before`];
}

/** What is still wrong when there was time enough. */
async function converged(look: () => Promise<string[]>): Promise<string[]> {
  const due = performance.now() + convergeMs;
  for (;;) {
    const wrong = await look().catch((error: Error) => [error.message]);
    if (wrong.length === 0 || performance.now() > due) return wrong;
    await pause(250);
  }
}
