import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import { type Access, type ConfigMap, call, collection } from './api.ts';
import { Ledger } from './ledger.ts';
import { Watcher } from './watcher.ts';
import { write } from './writer.ts';

/** A controller that serves, wherever it runs, until it is killed. */
export interface Incarnation {
  readonly access: Access;
  /** Resolves when it is gone, connections of clients included; at once the second time. */
  kill(): Promise<void>;
}

/** Of what is wrong; the rest is counted. */
const violationsShown = 20;

export interface KillReport {
  readonly rounds: number;
  readonly answered: number;
  readonly events: number;
  readonly resumed: number;
  readonly relisted: number;
  /** Empty if the guarantees held. */
  readonly violations: readonly string[];
}

export interface KillOptions {
  /** Starts it again with what the one before left on the disk. */
  readonly start: () => Promise<Incarnation>;
  readonly rounds: number;
  readonly seed: number;
  /** The kill comes at a random moment within this time of load. */
  readonly mostLoadMs?: number;
  /** That time begins with the first answer of a round: of a slow machine, which answers nothing for seconds. */
  readonly fromFirstAnswer?: boolean;
  readonly onRound?: (round: number, answered: number) => void;
}

const writers = 8;
const usualLoadMs = 600;

/**
 * A controller under load is killed at random moments. Whoever was answered finds it again (G1); no revision is
 * given twice, and a watcher goes on where it was, or is told 410 (G2).
 */
export async function killRounds({
  start,
  rounds,
  seed,
  mostLoadMs = usualLoadMs,
  fromFirstAnswer = false,
  onRound,
}: KillOptions): Promise<KillReport> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  const watcher = new Watcher(ledger);
  let done = 0;
  while (done < rounds && ledger.violations.length === 0) {
    done += 1;
    const round = done;
    const controller = await start();
    const { access } = controller;
    try {
      await check(access, ledger);
      const load = [watcher.follow(access)];
      for (let writer = 0; writer < writers; writer += 1) load.push(write(access, ledger, writer, round));
      const begun = fromFirstAnswer ? anotherAnswer(ledger) : Promise.resolve();
      const killed = begun.then(() => delay(random() * mostLoadMs)).then(() => controller.kill());
      await Promise.all([...load, killed]);
    } finally {
      await controller.kill();
    }
    onRound?.(round, ledger.answered);
  }
  await compareCopy(start, ledger, watcher);
  const { answered, violations } = ledger;
  const { events, resumed, relisted } = watcher;
  return { rounds: done, answered, events, resumed, relisted, violations };
}

/** In a line and, where something is wrong, some more. Answers the exit code. */
export function tellReport(what: string, report: KillReport): number {
  const { rounds, answered, events, resumed, relisted, violations } = report;
  console.log(
    `${rounds} ${what}: ${answered} writes answered; a watcher was told ${events} changes, ` +
      `went on where it was by ${resumed} watches and listed anew ${relisted} times`,
  );
  for (const violation of violations.slice(0, violationsShown)) console.error(violation);
  const more = violations.length - violationsShown;
  if (more > 0) console.error(`and ${more} more of the kind`);
  return violations.length === 0 ? 0 : 1;
}

async function anotherAnswer(ledger: Ledger): Promise<void> {
  const before = ledger.answered;
  const due = performance.now() + catchUpMs;
  while (ledger.answered === before && performance.now() < due) await delay(5);
}

async function list(access: Access): Promise<{ items: ConfigMap[]; revision: number }> {
  const { body } = await call(access, 'GET', collection);
  const { metadata, items } = body as { metadata: { resourceVersion: string }; items: ConfigMap[] };
  return { items, revision: Number(metadata.resourceVersion) };
}

async function check(access: Access, ledger: Ledger): Promise<void> {
  const { items, revision } = await list(access);
  ledger.check(items, revision);
}

const catchUpMs = 30_000;

/** With nobody writing any more. */
async function compareCopy(start: KillOptions['start'], ledger: Ledger, watcher: Watcher): Promise<void> {
  const controller = await start();
  const { access } = controller;
  try {
    await check(access, ledger);
    const { items } = await list(access);
    void watcher.follow(access);
    const due = performance.now() + catchUpMs;
    while (watcher.differences(items).length > 0 && performance.now() < due) await delay(20);
    ledger.violations.push(...watcher.differences(items));
  } finally {
    await controller.kill();
  }
}
