import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { podman } from '../../e2e/fixture/board.ts';
import { type Bramble, startBramble } from '../../e2e/fixture/bramble.ts';
import { freePorts } from '../../e2e/fixture/machine.ts';
import { configMap, helloImage, stream } from '../../e2e/fixture/objects.ts';
import { type Access, adminAccess, call } from '../api.ts';
import { KillableAgent } from './killable-agent.ts';
import { secondImage } from './pods.ts';

/** A controller that is left alone, a board whose agent is killed, and a client. */
export interface Stage {
  readonly bramble: Bramble;
  readonly agent: KillableAgent;
  readonly access: Access;
  readonly hostPort: number;
  dispose(): Promise<void>;
}

/** The board joins with an agent of `up`'s own, which then makes room for one whose ports count. */
export async function openStage(): Promise<Stage> {
  const bramble = await startBramble();
  try {
    await podman(bramble, ['tag', helloImage, secondImage]);
    await bramble.interrupt();
    await bramble.start({ controllerOnly: true });
    await bramble.kubectl('create -f -', stream([configMap('settings', { color: 'red' })]));
    const agent = new KillableAgent(bramble);
    await agent.start();
    const [hostPort = 0] = await freePorts(1);
    const access = await adminAccess(bramble.dataDir, bramble.place.httpsPort);
    const dispose = async (): Promise<void> => {
      access.agent.destroy();
      await agent.stop();
      await bramble.dispose();
    };
    return { bramble, agent, access, hostPort, dispose };
  } catch (error) {
    await bramble.dispose();
    throw error;
  }
}

/** `undefined` when there is none of that name any more. */
export async function findPod({ access }: Stage, name: string): Promise<Pod | undefined> {
  const { code, body } = await call(access, 'GET', `/api/v1/namespaces/default/pods/${name}`);
  return code === 404 ? undefined : (body as Pod);
}
