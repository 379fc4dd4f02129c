import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Place, Request } from './connection.ts';
import type { Delays } from './delays.ts';
import type { Resource } from './objects.ts';
import type { Pressed, Pressure } from './press.ts';
import type { Heard } from './watchers.ts';

export interface CreateJob extends Pressure {
  readonly type: 'create';
  readonly place: Place;
  readonly resource: Resource;
  readonly namespace: string;
  /** What its names begin with; no two jobs have the same. */
  readonly prefix: string;
}

export interface AskJob extends Pressure {
  readonly type: 'ask';
  readonly place: Place;
  readonly request: Request;
}

export type Job =
  | CreateJob
  | AskJob
  | { readonly type: 'probe'; readonly place: Place; readonly path: string }
  | { readonly type: 'end probe' }
  | { readonly type: 'watch'; readonly place: Place; readonly path: string; readonly count: number }
  | { readonly type: 'heard'; readonly expected: number };

/** A process that puts load on a server, so that its own work stands in nobody's turn. */
export class Load {
  readonly #child: ChildProcess;

  static async start(): Promise<Load> {
    const load = new Load();
    await load.#answer();
    return load;
  }

  private constructor() {
    this.#child = fork(join(import.meta.dirname, 'load-main.ts'));
  }

  create(job: Omit<CreateJob, 'type'>): Promise<Pressed> {
    return this.#ask({ type: 'create', ...job });
  }

  ask(job: Omit<AskJob, 'type'>): Promise<Pressed> {
    return this.#ask({ type: 'ask', ...job });
  }

  /** Asks for something small, until `endProbe` tells how long that took. */
  probe(place: Place, path: string): Promise<void> {
    return this.#ask({ type: 'probe', place, path });
  }

  endProbe(): Promise<Delays> {
    return this.#ask({ type: 'end probe' });
  }

  watch(place: Place, path: string, count: number): Promise<void> {
    return this.#ask({ type: 'watch', place, path, count });
  }

  /** What its watchers have heard since they were opened or asked last, once it is so much or nothing comes any more. */
  heard(expected: number): Promise<Heard> {
    return this.#ask({ type: 'heard', expected });
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #ask<Result>(job: Job): Promise<Result> {
    const answer = this.#answer<Result>();
    this.#child.send(job);
    return answer;
  }

  #answer<Result>(): Promise<Result> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the process of load ended'));
      this.#child.once('exit', ended);
      this.#child.once('message', (message: { readonly result?: Result; readonly error?: string }) => {
        this.#child.off('exit', ended);
        if (message.error === undefined) resolve(message.result as Result);
        else reject(new Error(message.error));
      });
    });
  }
}
