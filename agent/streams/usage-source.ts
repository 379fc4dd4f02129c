import type { BoardUsage } from '@bramble/protocol/messages/usage.ts';
import { identityOf } from '../pods/labels.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { RunningContainer, UsageMeter } from '../usage/port.ts';
import type { Chosen } from './endpoint.ts';
import { readOnly } from './read-only.ts';

/** What all containers use, in one JSON. */
export function usageEndpoint(running: readonly ContainerView[], meter: UsageMeter | undefined): Chosen {
  if (!meter) return { ok: false, code: 501, message: 'this board does not measure its containers' };
  return { ok: true, open: () => readOnly(measured(meter, running.flatMap(namedContainer))) };
}

function namedContainer({ id, pid, labels }: ContainerView): RunningContainer[] {
  const identity = identityOf(labels);
  return identity ? [{ uid: identity.uid, container: identity.container, id, pid }] : [];
}

async function* measured(meter: UsageMeter, running: readonly RunningContainer[]) {
  const answer: BoardUsage = { containers: await meter.measure(running) };
  yield { stream: 'stdout' as const, bytes: Buffer.from(JSON.stringify(answer)) };
}
