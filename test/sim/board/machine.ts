import { RuntimeError } from '@bramble/agent/runtime/port.ts';
import type { ProcessHost } from '../process-host.ts';

/** A board without its agent. A reboot gives it a new `host`: what the old one waited for never comes. */
export interface Machine {
  host: ProcessHost;
  faults: MachineFaults;
  /** Nothing more can be written on its disk. */
  diskFull: boolean;
  /** When that ended last, in the world's milliseconds. */
  fullUntilMs: number;
  /** A registry that is far away, or a card that is slow: the longest that a pull takes. */
  slowestPullMs: number;
  /** The runtime's service is down or starts again: it answers nobody, and the containers run on. */
  runtimeDown: boolean;
  /** Containers do not die even of SIGKILL, as while the kernel waits for a device. */
  undying: boolean;
  /** Called before and after each change that the agent asks of the machine. */
  onStep: () => void;
}

/** What goes wrong inside a board. */
export interface MachineFaults {
  /** Operations of the runtime, the network or the volumes that fail; half of them after they took effect. */
  readonly failureShare: number;
  readonly slowestMs: number;
}

export const slowestPullMs = 3_000;

export function newMachine(host: ProcessHost): Machine {
  return {
    host,
    faults: noMachineFaults,
    diskFull: false,
    fullUntilMs: Number.NEGATIVE_INFINITY,
    slowestPullMs,
    runtimeDown: false,
    undying: false,
    onStep: () => {},
  };
}

export const noMachineFaults: MachineFaults = { failureShare: 0, slowestMs: 30 };

export function operationMs({ host, faults }: Machine): number {
  return 1 + host.random() * faults.slowestMs;
}

/** A pull takes its time. */
export function imageMs({ host, slowestPullMs: slowestMs }: Machine): number {
  return 20 + host.random() * slowestMs;
}

/** Takes effect after a while; fails before or after that when the machine's faults say so. */
export function afterwards<T>(machine: Machine, ms: number, act: () => T): Promise<T> {
  const { host, faults } = machine;
  return new Promise((resolve, reject) => {
    const unavailable = (): void => reject(new RuntimeError('unavailable', 'the runtime does not answer'));
    const fails = host.random() < faults.failureShare;
    const tookEffect = fails && host.random() < 0.5;
    host.timer(ms, () => {
      machine.onStep();
      if (fails && !tookEffect) return unavailable();
      try {
        const value = act();
        machine.onStep();
        if (fails) unavailable();
        else resolve(value);
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** What takes room on the disk fails when there is none. */
export function needsRoom<T>(
  machine: Machine,
  act: () => T,
  reason: RuntimeError['reason'] = 'unavailable',
): () => T {
  return () => {
    if (machine.diskFull) throw new RuntimeError(reason, 'no space left on device');
    return act();
  };
}
