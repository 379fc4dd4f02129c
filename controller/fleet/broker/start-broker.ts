import { Worker } from 'node:worker_threads';
import { backoffDelay, defaultSupervision, type Host } from '@bramble/actors/index.ts';
import { collectGarbage } from '@bramble/adapters/host/garbage.ts';
import { portInUse } from '@bramble/adapters/host/port-holder.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';
import type { BrokerCounts } from './counts.ts';
import type { BrokerAddress, FleetBroker } from './fleet-broker.ts';
import { type AuthTable, type BoardChange, LiveAuth } from './identify.ts';
import { type BrokerLimits, brokerLimits } from './limits.ts';
import type { BrokerTls } from './listener.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

export interface BrokerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** All addresses unless told. */
  readonly host?: string;
  readonly tls: BrokerTls;
  readonly auth: AuthTable;
  readonly limits?: Partial<BrokerLimits>;
  /** Clock, timers and log of the thread that starts the broker. */
  readonly system: Host;
  /** Another entry of the worker, for tests of its crashes. */
  readonly entry?: URL;
}

export interface BrokerHandle extends FleetBroker {
  readonly port: number;
  /** How often the worker has crashed and been started again. */
  readonly restarts: number;
  /** Whom it lets in from now on; those connected who are not among them are disconnected. */
  updateAuth(auth: AuthTable): void;
  /** The same, where one board alone has changed. */
  updateBoard(change: BoardChange): void;
  /** The certificate for handshakes from now on. */
  updateTls(tls: BrokerTls): void;
  /** @throws while the worker is being started again */
  counts(): Promise<BrokerCounts>;
  close(): Promise<void>;
}

/** A worker that ran for so long is taken for sound: the next delay before a restart is the shortest again. */
const soundAfterMs = 60_000;
const closeTimeoutMs = 5_000;
/** Beyond, the worker ends and is started again; payloads are not on this heap. */
const heapMebibytes = 768;

/**
 * Starts the embedded broker in a worker thread, and starts it again when it crashes; clients then connect anew, and
 * state their facts anew.
 * @throws BrambleError BRAMBLE_PORT_IN_USE naming the process that holds the port; Error when it cannot listen
 */
export async function startBroker(options: BrokerOptions): Promise<BrokerHandle> {
  const broker = new WorkerBroker(options);
  await broker.start();
  return broker;
}

class WorkerBroker implements BrokerHandle {
  readonly #options: BrokerOptions;
  readonly #waiting = new Map<number, { resolve(counts: BrokerCounts): void; reject(error: Error): void }>();
  #auth: LiveAuth;
  /** Counts the changes of it. */
  #authVersion = 0;
  #tls: BrokerTls;
  #port: number;
  #worker: Worker | undefined;
  #questions = 0;
  #restarts = 0;
  #failuresInARow = 0;
  #closing = false;
  #cancelRestart: () => void = () => {};

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#auth = new LiveAuth(options.auth);
    this.#tls = options.tls;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  get address(): BrokerAddress {
    return { host: '127.0.0.1', port: this.#port };
  }

  get usersAddress(): BrokerAddress {
    return this.address;
  }

  get serverName(): string {
    return controllerServerName;
  }

  /** The worker takes its messages in order: it knows before anybody whom an answer sends there. */
  async settled(): Promise<void> {}

  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves when the worker listens; after that it is watched. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const startData = this.#startData();
      const authVersion = this.#authVersion;
      const worker = new Worker(this.#options.entry ?? new URL('./worker.ts', import.meta.url), {
        name: 'bramble-broker',
        workerData: startData,
        resourceLimits: { maxOldGenerationSizeMb: heapMebibytes },
      });
      const startedAt = this.#options.system.monotonic();
      let refused: Error | undefined;
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'listening') {
          this.#worker = worker;
          this.#port = message.port;
          if (this.#authVersion !== authVersion) this.#tell({ type: 'auth', auth: this.#auth });
          if (this.#tls !== startData.tls) this.updateTls(this.#tls);
          resolve();
        } else if (message.type === 'refused') {
          refused = Object.assign(new Error(message.message), { code: message.code });
        } else this.#hear(message);
      });
      worker.on('error', (error) => {
        refused ??= error instanceof Error ? error : new Error(String(error));
      });
      worker.on('exit', () => {
        const reason = refused ?? new Error('the worker ended');
        if (this.#worker === worker) this.#ended(reason, startedAt);
        else void this.#explain(reason).then(reject);
      });
    });
  }

  updateAuth(auth: AuthTable): void {
    this.#auth = new LiveAuth(auth);
    this.#authVersion += 1;
    this.#tell({ type: 'auth', auth });
  }

  updateBoard(change: BoardChange): void {
    if (!this.#auth.change(change)) return;
    this.#authVersion += 1;
    this.#tell({ type: 'board', change });
  }

  updateTls(tls: BrokerTls): void {
    this.#tls = tls;
    this.#tell({ type: 'tls', tls });
  }

  counts(): Promise<BrokerCounts> {
    if (this.#worker === undefined) return Promise.reject(new Error('the broker is being started again'));
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#tell({ type: 'counts', id });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelRestart();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const cancel = this.#options.system.timer(closeTimeoutMs, () => void worker.terminate());
    this.#tell({ type: 'close' });
    await ended;
    cancel();
  }

  #startData(): WorkerStart {
    const { host, limits } = this.#options;
    const bounds = { ...brokerLimits, ...limits };
    return { port: this.#port, host, tls: this.#tls, auth: this.#auth, limits: bounds };
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromWorker): void {
    // Each client that came or went was work for this thread as well.
    if (message.type === 'settled') collectGarbage();
    if (message.type === 'log') this.#options.system.log(message.entry);
    if (message.type !== 'counts') return;
    this.#waiting.get(message.id)?.resolve(message.counts);
    this.#waiting.delete(message.id);
  }

  #ended(reason: Error, startedAt: number): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error('the broker ended', { cause: reason }));
    this.#waiting.clear();
    if (this.#closing) return;
    const ranMs = this.#options.system.monotonic() - startedAt;
    if (ranMs >= soundAfterMs) this.#failuresInARow = 0;
    this.#restartLater(reason);
  }

  #restartLater(reason: unknown): void {
    const { system } = this.#options;
    this.#failuresInARow += 1;
    const delayMs = backoffDelay(defaultSupervision, this.#failuresInARow, system.random());
    const fields = { error: reason, delayMs: Math.round(delayMs) };
    system.log({
      level: 'error',
      from: 'broker',
      message: 'the broker crashed and is started again',
      fields,
    });
    this.#cancelRestart = system.timer(delayMs, () => {
      this.#restarts += 1;
      this.start().then(
        () => this.#closing && void this.close(),
        (error) => !this.#closing && this.#restartLater(error),
      );
    });
  }

  async #explain(reason: Error): Promise<Error> {
    const { code } = reason as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return portInUse(this.#port, '--mqtt-port', reason);
    return new Error(`the broker cannot listen on port ${this.#port}: ${reason.message}`, { cause: reason });
  }
}
