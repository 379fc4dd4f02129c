import { ApiError, call, type Target, targetOf } from '../client.ts';

const readyWithinMs = 120_000;
const lookEveryMs = 100;

interface NodeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

/** Waits until this machine's board is Ready. @throws Error when it does not get there. */
export async function boardReady(dataDir: string, node: string): Promise<void> {
  const target = await targetOf(dataDir);
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (await isReady(target, node)) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  throw new Error(`board ${node} did not become ready within ${readyWithinMs / 1000} s: its log is above`);
}

async function isReady(target: Target, node: string): Promise<boolean> {
  try {
    const { status } = await call<NodeObject>(target, 'GET', `/api/v1/nodes/${node}`);
    return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  } catch (error) {
    // A controller that ended is started again meanwhile: then there is no connection for a moment.
    if (error instanceof ApiError && error.code !== 404) throw error;
    return false;
  }
}
