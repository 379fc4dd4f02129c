import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import { type ControllerPlace, ControllerProcess } from '../e2e/fixture/controller-process.ts';
import { type Access, accessTo, type ConfigMap, call, collection } from './api.ts';
import { Ledger } from './ledger.ts';
import { Watcher } from './watcher.ts';
import { write } from './writer.ts';

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
  readonly place: ControllerPlace;
  readonly rounds: number;
  readonly seed: number;
  readonly onRound?: (round: number, answered: number) => void;
}

const writers = 8;
const mostLoadMs = 600;

/**
 * A controller under load is killed with -9 at random moments. Whoever was answered finds it again (G1); no revision is
 * given twice, and a watcher goes on where it was, or is told 410 (G2).
 */
export async function killRounds({ place, rounds, seed, onRound }: KillOptions): Promise<KillReport> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  const watcher = new Watcher(ledger);
  let done = 0;
  while (done < rounds && ledger.violations.length === 0) {
    done += 1;
    const round = done;
    const controller = await ControllerProcess.start(place);
    const access = accessTo(controller);
    const kill = () => controller.kill().finally(() => access.agent.destroy());
    try {
      await check(access, ledger);
      const load = [watcher.follow(access)];
      for (let writer = 0; writer < writers; writer += 1) load.push(write(access, ledger, writer, round));
      const killed = delay(random() * mostLoadMs).then(kill);
      await Promise.all([...load, killed]);
    } finally {
      await kill();
    }
    onRound?.(round, ledger.answered);
  }
  await compareCopy(place, ledger, watcher);
  const { answered, violations } = ledger;
  const { events, resumed, relisted } = watcher;
  return { rounds: done, answered, events, resumed, relisted, violations };
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
async function compareCopy(place: ControllerPlace, ledger: Ledger, watcher: Watcher): Promise<void> {
  const controller = await ControllerProcess.start(place);
  const access = accessTo(controller);
  try {
    await check(access, ledger);
    const { items } = await list(access);
    void watcher.follow(access);
    const due = performance.now() + catchUpMs;
    while (watcher.differences(items).length > 0 && performance.now() < due) await delay(20);
    ledger.violations.push(...watcher.differences(items));
  } finally {
    await controller.kill();
    access.agent.destroy();
  }
}
