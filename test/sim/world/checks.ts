import type { Host } from '@bramble/actors/index.ts';
import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { BrokerObserver } from '../broker/broker.ts';
import { traffic } from '../broker/traffic.ts';
import { BirthCheck } from '../checks/births.ts';
import { BoundaryCheck } from '../checks/boundaries.ts';
import { checkCapacity } from '../checks/capacity.ts';
import { ContainerCheck } from '../checks/containers.ts';
import { CutOffCheck } from '../checks/cut-off.ts';
import { DurableHistory } from '../checks/durable-history.ts';
import { EvictionCheck } from '../checks/evictions.ts';
import { JobCheck } from '../checks/jobs.ts';
import { LostBoardCheck } from '../checks/lost-boards.ts';
import { PlacementCheck } from '../checks/placement.ts';
import { PodHistoryCheck } from '../checks/pod-history.ts';
import { ReportCheck } from '../checks/reports.ts';
import { RestatedCheck } from '../checks/restated.ts';
import type { Verdict } from '../checks/verdict.ts';
import { Watcher } from '../checks/watcher.ts';
import type { Trace } from '../trace.ts';
import type { ControllerLife } from './controller-process.ts';

/** What the checks ask of the world beside what they are told. */
export interface Sight {
  readonly host: Host;
  /** After which a board counts as lost. */
  readonly silenceMs: number;
  /** Grows with each link of the board or the controller that begins or ends; `undefined` while one of them is down. */
  readonly links: (board: string) => number | undefined;
  /** Nothing keeps the board or the controller from what they do. */
  readonly isSound: (board: string) => boolean;
  /** Boards may forget what they had written down. */
  readonly journalsAreLost: boolean;
  /** Since when the controller's link stands; `undefined` while it does not. */
  readonly hearingSinceMs: () => number | undefined;
}

/** All that is looked at while a story is told: what becomes durable, what is said, and what containers do. */
export class Checks {
  readonly history: DurableHistory;
  readonly containers: ContainerCheck;
  readonly durability: CutOffCheck;
  readonly watcher: Watcher;
  readonly boundaries: BoundaryCheck;
  /** Hears all messages. */
  readonly traffic: BrokerObserver;
  readonly #verdict: Verdict;
  readonly #podHistory: PodHistoryCheck;
  readonly #placement: PlacementCheck;
  readonly #jobs: JobCheck;
  readonly #evictions: EvictionCheck;
  readonly #lost: LostBoardCheck;
  readonly #restated: RestatedCheck;

  constructor(disk: MemoryDisk, sight: Sight, verdict: Verdict, trace: Trace) {
    const { host, links, isSound, hearingSinceMs } = sight;
    const nowMs = (): number => host.monotonic();
    const timer = (delayMs: number, act: () => void): void => void host.timer(delayMs, act);
    this.#verdict = verdict;
    this.#podHistory = new PodHistoryCheck(verdict, sight.journalsAreLost);
    this.#placement = new PlacementCheck(verdict, nowMs);
    this.#jobs = new JobCheck(verdict, nowMs);
    this.#evictions = new EvictionCheck(verdict, nowMs, hearingSinceMs);
    this.#lost = new LostBoardCheck(verdict, nowMs, sight.silenceMs);
    this.#restated = new RestatedCheck({ nowMs, timer, links, isSound }, verdict);
    this.boundaries = new BoundaryCheck(verdict);
    this.history = new DurableHistory(disk, verdict, trace, (event) => this.#written(event));
    this.containers = new ContainerCheck(this.history, verdict, trace);
    this.durability = new CutOffCheck(this.history, verdict);
    this.watcher = new Watcher(this.history, verdict);
    const spoken = [this.boundaries, new BirthCheck(verdict, nowMs), new ReportCheck(verdict)];
    this.traffic = traffic(trace, (topic, payload) => this.#heard(topic, payload), spoken);
  }

  /** @param isOurs it serves the store that counts */
  controllerStarted(life: ControllerLife, isOurs: boolean): void {
    this.#lost.controllerStarted();
    if (isOurs) void this.watcher.follow(life);
  }

  /** From now on another disk counts: an old copy of the one before. */
  restored(disk: MemoryDisk): void {
    this.history.restored(disk);
    this.#podHistory.restored();
    this.#placement.restored(disk.objects);
    this.#jobs.restored(disk.objects);
    for (const uid of this.history.doubtful) this.containers.forget(uid);
  }

  /** @param boot what the board said in this one may still be under way */
  journalLost(board: string, boot: number): void {
    this.boundaries.forget(board, boot);
    this.containers.journalLost(board);
  }

  /** A copy of the board's card comes onto the link, on a machine that shows that it is another. */
  cloned(name: string, boot: number): void {
    this.#lost.cloned(name, boot);
  }

  /** What has become durable. */
  #written(event: EngineEvent): void {
    const { objects } = this.history.disk;
    checkCapacity(event, objects, this.#verdict);
    this.#lost.written(event);
    this.#podHistory.written(event);
    this.#placement.written(event, objects);
    this.#jobs.written(event, objects);
    this.#evictions.written(event);
    this.containers.written(event);
    this.boundaries.written(event);
    this.#restated.written(event);
  }

  /** What the broker handed to the controller. */
  #heard(topic: string, payload: Uint8Array): void {
    this.#lost.heard(topic, payload);
    this.#restated.heard(topic, payload);
  }
}
