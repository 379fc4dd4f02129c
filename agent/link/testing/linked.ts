import { topics } from '@bramble/protocol/topics.ts';
import { Rig } from '../../pods/testing/rig.ts';

/** An agent whose link is up, and which no controller has spoken to yet. */
export async function linked(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  return rig;
}

/** What the broker kept of the controller's birth arrives. */
export function session(rig: Rig, storeId: string, epoch: number, watched?: true): void {
  const payload = Buffer.from(JSON.stringify({ storeId, epoch, alive: true, watched }));
  rig.deliver(topics.controllerSession(), payload, true);
}
