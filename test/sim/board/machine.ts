import { RuntimeError } from '@bramble/agent/runtime/port.ts';
import type { ProcessHost } from '../process-host.ts';

/** A board without its agent. A reboot gives it a new `host`: what the old one waited for never comes. */
export interface Machine {
  host: ProcessHost;
  faults: MachineFaults;
}

/** What goes wrong inside a board. */
export interface MachineFaults {
  /** Operations of the runtime, the network or the volumes that fail; half of them after they took effect. */
  readonly failureShare: number;
  readonly slowestMs: number;
}

export const noMachineFaults: MachineFaults = { failureShare: 0, slowestMs: 30 };

export function operationMs({ host, faults }: Machine): number {
  return 1 + host.random() * faults.slowestMs;
}

/** A pull takes its time. */
export function imageMs({ host }: Machine): number {
  return 20 + host.random() * 3_000;
}

/** Takes effect after a while; fails before or after that when the machine's faults say so. */
export function afterwards<T>({ host, faults }: Machine, ms: number, act: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const unavailable = (): void => reject(new RuntimeError('unavailable', 'the runtime does not answer'));
    const fails = host.random() < faults.failureShare;
    const tookEffect = fails && host.random() < 0.5;
    host.timer(ms, () => {
      if (fails && !tookEffect) return unavailable();
      try {
        const value = act();
        if (fails) unavailable();
        else resolve(value);
      } catch (error) {
        reject(error);
      }
    });
  });
}
