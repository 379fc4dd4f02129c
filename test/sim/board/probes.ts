import type { PodHealth, ProbePorts } from '@bramble/agent/probes/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, type Machine, operationMs } from './machine.ts';

/** Pods here answer whatever is asked of them; what is known of their health outlives the agent, and not the boot. */
export function probesPort(
  known: Map<string, PodHealth>,
  process: ProcessHost,
  machine: Machine,
): ProbePorts {
  const passes = (): Promise<{ outcome: 'success'; output: string }> =>
    process.whileAlive(() =>
      afterwards(machine, operationMs(machine), () => ({ outcome: 'success', output: '' })),
    );
  return {
    connections: { http: passes, tcp: passes, grpc: passes },
    memory: {
      get: (uid) => known.get(uid) ?? {},
      set: (uid, health) => {
        if (Object.keys(health).length === 0) known.delete(uid);
        else known.set(uid, health);
      },
    },
  };
}
