import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import { silenceMs } from '@bramble/protocol/keepalive.ts';
import { type AgentSeam, SimBoard } from '../board/board.ts';
import type { Rules } from '../broker/access.ts';
import { SimBroker } from '../broker/broker.ts';
import { Verdict } from '../checks/verdict.ts';
import { Dice } from '../dice.ts';
import type { FaultKind } from '../faults/kinds.ts';
import type { WorkKind } from '../operators/kinds.ts';
import { Office } from '../operators/office.ts';
import { Operators } from '../operators/operators.ts';
import { serviceOfAll } from '../operators/pods.ts';
import { Trace } from '../trace.ts';
import { Checks } from './checks.ts';
import { ControllerProcess, type ControllerSeams, controllerName } from './controller-process.ts';
import { type Plan, planOf, planText } from './plan.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly controllerSeams?: ControllerSeams;
  readonly agentSeam?: AgentSeam;
  /** The store of the controller that takes the place of ours for a while; another one, unless told. */
  readonly strangerStoreId?: string;
  readonly access?: Rules;
  /** In place of those that the seed chooses. */
  readonly faults?: readonly FaultKind[];
  readonly work?: readonly WorkKind[];
  /** Of restored copies; a new one each time, unless told. */
  readonly restoredStoreId?: string;
  /** What ought to go by the monotonic clock goes by the wall clock. */
  readonly wallClockOnly?: boolean;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** One fleet with all its surroundings: a controller, some boards, people at work, and what goes wrong. */
export class World {
  readonly host: VirtualHost;
  readonly trace: Trace;
  readonly verdict: Verdict;
  readonly dice: Dice;
  readonly plan: Plan;
  /** The controller's, as it is now; an old copy may take its place. */
  disk = new MemoryDisk('11111111-1111-4111-8111-111111111111');
  readonly checks: Checks;
  readonly broker: SimBroker;
  readonly boards: readonly SimBoard[];
  readonly controller: ControllerProcess;
  readonly operators: Operators;
  readonly office: Office;
  /** The copy that a restore would take. */
  copy: MemoryDisk | undefined;
  readonly strangerStoreId: string;
  /** A fault that has to be seen through to its end lasts until then. */
  faultsLastMs = 0;
  /** Until when each board corrects what a copy of its card says in its name, ever more rarely. */
  readonly contestedUntilMs = new Map<string, number>();
  /** What is still going on when the faults end is ended by these. */
  readonly atCalm: (() => void)[] = [];
  /** Nothing new goes wrong. */
  calm = false;
  #restores = 0;
  #uids = 0;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    const { seed, controllerSeams = {}, agentSeam = same, onLine, wallClockOnly = false } = options;
    this.#options = options;
    this.strangerStoreId = options.strangerStoreId ?? '99999999-9999-4999-8999-999999999999';
    this.host = new VirtualHost({ seed, randomTurns: true, onLog: () => {}, maxStepsAtOnce: 100_000 });
    this.trace = new Trace(this.host, onLine);
    this.verdict = new Verdict(this.trace, () => this.host.monotonic());
    this.dice = new Dice(seed ^ 0x2545f491);
    const plan = planOf(this.dice);
    const { faults, work = plan.work } = options;
    this.plan = faults ? { ...plan, work, faults, faultShare: 0.5 } : { ...plan, work };
    const { trace, verdict, host, disk } = this;
    const sight = {
      host,
      silenceMs: silenceMs(this.plan.keepaliveSeconds),
      links: (board: string) => this.#linksOf(board),
      isSound: (board: string) => this.#isSound(board),
      journalsAreLost: this.plan.faults.includes('journal-damage'),
      hearingSinceMs: () => this.broker.linkedSinceMs(controllerName),
    };
    this.checks = new Checks(disk, sight, verdict, trace);
    this.broker = new SimBroker(host, this.checks.traffic);
    if (options.access) this.broker.access = options.access;
    this.boards = Array.from({ length: this.plan.boards }, (_, index) => {
      const around = {
        host,
        broker: this.broker,
        trace,
        observer: this.checks.containers,
        seam: agentSeam,
        storeId: disk.storeId,
        wallClockOnly,
        keepaliveSeconds: this.plan.keepaliveSeconds,
      };
      return new SimBoard(index, {
        ...around,
        onAddressClash: (message) => verdict.broken('G6', message),
        onExit: (board, error) => this.#agentExited(board, error),
      });
    });
    this.controller = new ControllerProcess({
      host,
      broker: this.broker,
      trace,
      seams: controllerSeams,
      slowestSyncMs: this.plan.slowestSyncMs,
      onExit: (error) => this.#controllerExited(error),
      onStarted: (life) => this.checks.controllerStarted(life, life.disk === this.disk),
    });
    const { history } = this.checks;
    this.office = new Office(this.controller, this.broker, history, verdict, trace, this.later);
    const names = this.boards.map(({ name }) => name);
    this.operators = new Operators(this.office, this.dice, names);
  }

  /** Actor turns, and what the clock brought beside them: the simulation's measure of work. */
  get steps(): number {
    return this.host.steps + this.controller.turns + this.boards.reduce((sum, { turns }) => sum + turns, 0);
  }

  readonly anyBoard = (): SimBoard => this.dice.pick(this.boards);

  newUid(): string {
    this.#uids += 1;
    return `33333333-3333-4333-8333-${String(this.#uids).padStart(12, '0')}`;
  }

  /** Another one at each restore. */
  restoredStoreId(): string {
    this.#restores += 1;
    return (
      this.#options.restoredStoreId ?? `22222222-2222-4222-8222-${String(this.#restores).padStart(12, '0')}`
    );
  }

  /** Boards have joined, and everything is started. */
  async begin(): Promise<void> {
    this.trace.note(`plan: ${planText(this.plan)}`);
    const service = { type: 'put', key: '/registry/services/default/all', object: serviceOfAll } as const;
    const writes = [service, ...this.boards.map((board) => board.registration())];
    this.disk.commit([encodeTransaction({ conditions: [], writes })]);
    await this.controller.start(this.disk);
    for (const board of this.boards) await board.startAgent();
  }

  /** Does something after a while, unless the faults have ended by then. */
  readonly later = (delayMs: number, act: () => void | Promise<void>): void => {
    this.host.timer(delayMs, () => {
      if (!this.calm) void act();
    });
  };

  #linksOf(board: string): number | undefined {
    const own = this.broker.linkOf(board);
    const controllers = this.broker.linkOf(controllerName);
    return own === undefined || controllers === undefined ? undefined : own + controllers;
  }

  #isSound(board: string): boolean {
    const { disk, controller, boards, broker, host } = this;
    if (host.monotonic() < (this.contestedUntilMs.get(board) ?? 0)) return false;
    if (broker.lags(board) || broker.lags(controllerName) || controller.stallMs > 0) return false;
    const machine = boards.find(({ name }) => name === board)?.machine;
    return controller.life?.disk === disk && !disk.full && machine?.diskFull === false;
  }

  /** As systemd: a process that ended with exit code 70 is started again. That it had to end at all is a fault of ours. */
  #controllerExited(error: unknown): void {
    this.verdict.broken('G8', `the controller gave up: ${stackOf(error)}`);
  }

  #agentExited(board: string, error: unknown): void {
    this.verdict.broken('G8', `the agent of ${board} gave up: ${stackOf(error)}`);
  }
}

function same(ports: AgentPorts): AgentPorts {
  return ports;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
