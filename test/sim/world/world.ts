import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import { SimBroker } from '../broker.ts';
import { checkCapacity } from '../checks/capacity.ts';
import { ContainerCheck } from '../checks/containers.ts';
import { CutOffCheck } from '../checks/cut-off.ts';
import { DurableHistory } from '../checks/durable-history.ts';
import { LostBoardCheck } from '../checks/lost-boards.ts';
import { PodHistoryCheck } from '../checks/pod-history.ts';
import { Verdict } from '../checks/verdict.ts';
import { Watcher } from '../checks/watcher.ts';
import { Dice } from '../dice.ts';
import { Trace } from '../trace.ts';
import { traffic } from '../traffic.ts';
import { type AgentSeam, SimBoard } from './board.ts';
import { ControllerProcess, type ControllerSeams } from './controller-process.ts';
import { Operators } from './operators.ts';
import { type Plan, planOf, planText } from './plan.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly boards?: number;
  readonly controllerSeams?: ControllerSeams;
  readonly agentSeam?: AgentSeam;
  /** The store of the controller that takes the place of ours for a while; another one, unless told. */
  readonly strangerStoreId?: string;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** One fleet with all its surroundings: a controller, ten boards, people at work, and what goes wrong. */
export class World {
  readonly host: VirtualHost;
  readonly trace: Trace;
  readonly verdict: Verdict;
  readonly dice: Dice;
  readonly plan: Plan;
  readonly disk = new MemoryDisk('11111111-1111-4111-8111-111111111111');
  readonly history: DurableHistory;
  readonly broker: SimBroker;
  readonly boards: readonly SimBoard[];
  readonly controller: ControllerProcess;
  readonly operators: Operators;
  readonly durability: CutOffCheck;
  readonly watcher: Watcher;
  readonly strangerStoreId: string;
  /** A fault that has to be seen through to its end lasts until then. */
  faultsLastMs = 0;
  /** Nothing new goes wrong. */
  calm = false;

  constructor(options: WorldOptions) {
    const { seed, boards = 10, controllerSeams = {}, agentSeam = same, onLine } = options;
    this.strangerStoreId = options.strangerStoreId ?? '99999999-9999-4999-8999-999999999999';
    this.host = new VirtualHost({ seed, randomTurns: true, onLog: () => {}, maxStepsAtOnce: 100_000 });
    this.trace = new Trace(this.host, onLine);
    this.verdict = new Verdict(this.trace, () => this.host.monotonic());
    this.dice = new Dice(seed ^ 0x2545f491);
    this.plan = planOf(this.dice);
    const { trace, verdict, host, disk } = this;
    const podHistory = new PodHistoryCheck(verdict);
    const lost = new LostBoardCheck(verdict, () => host.monotonic());
    this.history = new DurableHistory(disk, verdict, trace, (event) => {
      checkCapacity(event, disk.objects, verdict);
      lost.written(event);
      podHistory.written(event);
    });
    const toController = (topic: string, payload: Uint8Array): void => lost.heard(topic, payload);
    this.broker = new SimBroker(host, traffic(trace, toController));
    const observer = new ContainerCheck(this.history, verdict, trace);
    this.boards = Array.from({ length: boards }, (_, index) => {
      const around = { host, broker: this.broker, trace, observer, seam: agentSeam, storeId: disk.storeId };
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
      onStarted: (life) => {
        lost.controllerStarted();
        if (life.disk === disk) this.watcher.follow(life);
      },
    });
    this.operators = new Operators(this.controller, this.broker, this.history, verdict, this.dice, trace);
    this.durability = new CutOffCheck(this.history, verdict);
    this.watcher = new Watcher(this.history, verdict);
  }

  /** Boards have joined, and everything is started. */
  async begin(): Promise<void> {
    this.trace.note(`plan: ${planText(this.plan)}`);
    const writes = this.boards.map((board) => board.registration());
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
