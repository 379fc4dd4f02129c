import { type ControllerPlace, ControllerProcess } from '../e2e/fixture/controller-process.ts';
import { accessTo } from './api.ts';
import type { Incarnation } from './kill-rounds.ts';

/** The controller as a process of this machine. Its kill loses the process alone: what it wrote without a sync is still there. */
export async function startHere(place: ControllerPlace): Promise<Incarnation> {
  const controller = await ControllerProcess.start(place);
  const access = accessTo(controller);
  return { access, kill: () => controller.kill().finally(() => access.agent.destroy()) };
}
