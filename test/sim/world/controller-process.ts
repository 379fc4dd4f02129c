import { ActorSystem, type Host } from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { UserInfo } from '@bramble/controller/apiserver/request.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import { type MemoryDisk, MemoryEngine } from '@bramble/controller/store/memory-engine.ts';
import { openStore } from '@bramble/controller/store/store-cache.ts';
import { type Controller, startController } from '@bramble/controller/supervision.ts';
import type { SimBroker } from '../broker.ts';
import { orderSigner } from '../keys.ts';
import { ProcessHost } from '../process-host.ts';
import type { Trace } from '../trace.ts';

/** What a mutation of the simulation may put between the controller and its surroundings. */
export interface ControllerSeams {
  readonly engine?: (engine: StoreEngine) => StoreEngine;
  readonly dialer?: (dialer: MqttDialer) => MqttDialer;
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
}

export const operator: UserInfo = { name: 'admin', groups: [], role: 'admin' };
export const controllerName = 'controller';

/** The controller's process: started on a disk, killed without notice, started again. */
export class ControllerProcess {
  life: ControllerLife | undefined;
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
    const process = new ProcessHost(host, ({ level, from, message, fields }) => {
      trace.note(`controller ${level} ${from}: ${message} ${errorText(fields)}`);
    });
    process.skewMs = this.#skewMs;
    const engine = new MemoryEngine(disk, (done) => {
      process.timer(0.2 + host.random() * slowestSyncMs, done);
    });
    const port = seams.engine?.(engine) ?? engine;
    const cache = await openStore(port);
    if (this.#starts !== started) return;
    const system = new ActorSystem(process, { onRootFailure: onExit });
    const dialer = broker.dialer(controllerName);
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
    this.life = { process, system, controller, engine, disk };
    trace.note(`controller started, epoch ${cache.epoch}, revision ${cache.revision}`);
    onStarted(this.life);
  }

  setClock(skewMs: number): void {
    this.#skewMs = skewMs;
    if (this.life) this.life.process.skewMs = skewMs;
  }

  /** As SIGKILL. Of the commits under way some may have reached the disk. */
  kill(): void {
    const { life } = this;
    this.#starts += 1;
    if (!life) return;
    const { host, broker, trace } = this.#around;
    this.life = undefined;
    life.process.kill();
    life.engine.crash(Math.floor(host.random() * 3));
    broker.kill(controllerName, true);
    trace.note('controller killed');
  }
}

function errorText(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (!fields) return '';
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value));
}
