import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { UserInfo } from '@bramble/controller/apiserver/request.ts';
import type { EncodedTransaction } from '@bramble/controller/store/encode.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import { type MemoryDisk, MemoryEngine } from '@bramble/controller/store/memory-engine.ts';
import { openStore } from '@bramble/controller/store/store-cache.ts';
import { type Controller, startController } from '@bramble/controller/supervision.ts';
import type { SimBroker } from '../broker/broker.ts';
import { orderSigner } from '../keys.ts';
import { ProcessHost } from '../process-host.ts';
import type { Trace } from '../trace.ts';
import { dialerInSteps, engineInSteps, StepCounter } from './controller-steps.ts';
import { Unsynced } from './unsynced.ts';

/** What a mutation of the simulation may put between the controller and its surroundings. */
export interface ControllerSeams {
  readonly engine?: (engine: StoreEngine) => StoreEngine;
  readonly dialer?: (dialer: MqttDialer) => MqttDialer;
  /** What a start makes of the batch that was torn when the process was killed: nothing, as it must be. */
  readonly recover?: (disk: MemoryDisk, torn: readonly EncodedTransaction[]) => void;
}

export interface ControllerSurroundings {
  readonly host: Host;
  readonly broker: SimBroker;
  readonly trace: Trace;
  readonly seams: ControllerSeams;
  readonly slowestSyncMs: number;
  /** The root has failed: the process ends with exit code 70. */
  readonly onExit: (error: unknown) => void;
  readonly onStarted: (life: ControllerLife) => void;
}

/** One life of the controller's process. */
export interface ControllerLife {
  readonly process: ProcessHost;
  readonly system: ActorSystem;
  readonly controller: Controller;
  readonly engine: MemoryEngine;
  readonly disk: MemoryDisk;
  readonly unsynced: Unsynced;
}

export const operator: UserInfo = { name: 'admin', groups: [], role: 'admin' };
export const controllerName = 'controller';
/** The story begins in the middle: what goes by the controller's own clock has come far. */
const firstUptimeMs = 864_000_000;

/** The controller's process: started on a disk, killed without notice, started again. */
export class ControllerProcess {
  life: ControllerLife | undefined;
  /** While it is not 0, each sync takes this much longer. */
  stallMs = 0;
  /** Turns of its actors, those of earlier lives among them. */
  get turns(): number {
    return this.#pastTurns + (this.life?.system.counts.turns ?? 0);
  }
  #pastTurns = 0;
  readonly #steps = new StepCounter();
  /** How far its machine's wall clock is off. */
  #skewMs = 0;
  readonly #around: ControllerSurroundings;
  #starts = 0;

  constructor(around: ControllerSurroundings) {
    this.#around = around;
  }

  /** Does nothing while it runs. */
  async start(disk: MemoryDisk): Promise<void> {
    if (this.life) return;
    const { host, broker, trace, seams, onExit, onStarted, slowestSyncMs } = this.#around;
    this.#starts += 1;
    const started = this.#starts;
    const process = new ProcessHost(
      host,
      ({ level, from, message, fields }) => {
        trace.note(`controller ${level} ${from}: ${message} ${errorText(fields)}`);
      },
      started === 1 ? firstUptimeMs : 0,
    );
    process.skewMs = this.#skewMs;
    const engine = new MemoryEngine(disk, (done) => {
      process.timer(0.2 + host.random() * slowestSyncMs + this.stallMs, done);
    });
    const unsynced = new Unsynced();
    const tracked = unsynced.of(engine);
    const port = engineInSteps(seams.engine?.(tracked) ?? tracked, this.#steps);
    const cache = await openStore(port);
    if (this.#starts !== started) return;
    const system = new ActorSystem(process, { onRootFailure: onExit });
    const dialer = dialerInSteps(broker.dialer(controllerName), this.#steps);
    const controller = startController(
      system,
      {
        engine: port,
        cache,
        dialer: seams.dialer?.(dialer) ?? dialer,
        signer: orderSigner,
        userByName: (name) => (name === operator.name ? operator : undefined),
      },
      { clusterCIDR: '10.42.0.0/16', serviceCIDR: '10.43.0.0/16' },
    );
    this.life = { process, system, controller, engine, disk, unsynced };
    trace.note(`controller started, epoch ${cache.epoch}, revision ${cache.revision}`);
    onStarted(this.life);
  }

  /** Kills it at so many steps from now, unless it is spared before. */
  killAfter(steps: number, onKilled: () => void): void {
    this.#steps.countDown(steps, () => {
      this.kill();
      onKilled();
    });
  }

  spare(): void {
    this.#steps.stop();
  }

  setClock(skewMs: number): void {
    this.#skewMs = skewMs;
    if (this.life) this.life.process.skewMs = skewMs;
  }

  /** As SIGKILL. Of the commits under way some may have reached the disk, and a part of the next. */
  kill(): void {
    const { life } = this;
    this.#starts += 1;
    if (!life) return;
    const { host, broker, trace, seams } = this.#around;
    this.life = undefined;
    life.process.kill();
    this.#pastTurns += life.system.counts.turns;
    const arrived = Math.floor(host.random() * 3);
    const torn = life.unsynced.batches[arrived];
    life.engine.crash(arrived);
    if (torn) seams.recover?.(life.disk, torn);
    broker.kill(controllerName, true);
    trace.note('controller killed');
  }
}

function errorText(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (!fields) return '';
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value));
}
