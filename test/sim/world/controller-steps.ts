import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';

/** Counts what a process does to its surroundings, and ends it when it has done so much. */
export class StepCounter {
  #left = 0;
  #atEnd: () => void = () => {};

  countDown(steps: number, atEnd: () => void): void {
    this.#left = steps;
    this.#atEnd = atEnd;
  }

  stop(): void {
    this.#left = 0;
  }

  step(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    if (this.#left === 0) this.#atEnd();
  }
}

/** A commit is two steps: what is to be written, and what has been. */
export function engineInSteps(engine: StoreEngine, steps: StepCounter): StoreEngine {
  return {
    open: () => engine.open(),
    subscribe: (onEvents) => engine.subscribe(onEvents),
    close: () => engine.close(),
    async commit(transactions) {
      const committed = engine.commit(transactions);
      steps.step();
      const results = await committed;
      steps.step();
      return results;
    },
  };
}

/** A message is two steps: before and after it is handed to the connection. */
export function dialerInSteps(dialer: MqttDialer, steps: StepCounter): MqttDialer {
  return {
    dial(options, onEvent) {
      const connection = dialer.dial(options, onEvent);
      return {
        close: () => connection.close(),
        subscribe: (filters, settled) => connection.subscribe(filters, settled),
        unsubscribe: (filters) => connection.unsubscribe(filters),
        publish(message, settled) {
          steps.step();
          connection.publish(message, settled);
          steps.step();
        },
      };
    },
  };
}
