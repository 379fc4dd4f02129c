import type { ActorRef } from '@bramble/actors/index.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { ManagerContext, ManagerState } from './manager-state.ts';

/** A worker that is being restarted answers later than anybody waits for it. */
const patienceMs = 500;

/** All containers that run, of those pods whose workers answer in time. */
export function findRunning(
  { workers }: Pick<ManagerState, 'workers'>,
  replyTo: ActorRef<readonly ContainerView[]>,
  { host }: Pick<ManagerContext, 'host'>,
): void {
  const found: ContainerView[] = [];
  let missing = workers.size;
  const answer = (): void => void replyTo.send(found);
  if (missing === 0) return answer();
  const cancel = host.timer(patienceMs, () => {
    missing = 0;
    answer();
  });
  const reply = (running: readonly ContainerView[]): void => {
    if (missing === 0) return;
    found.push(...running);
    missing -= 1;
    if (missing > 0) return;
    cancel();
    answer();
  };
  for (const worker of workers.values()) if (!worker.send({ type: 'running', reply })) reply([]);
}
