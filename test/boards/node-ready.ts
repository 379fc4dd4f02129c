import type { Node } from '@bramble/protocol/schema/types.generated.ts';
import type { Bramble } from '../e2e/fixture/bramble.ts';
import { eventually } from '../e2e/fixture/eventually.ts';

/** The status of a Node's condition Ready; `absent` where there is no such Node, or it has no such condition. */
export async function readinessOf(bramble: Bramble, name: string): Promise<string> {
  const { code, stdout } = await bramble.client('kubectl', ['get', 'node', name, '-o', 'json']);
  const { status } = (code === 0 ? JSON.parse(stdout) : {}) as Node;
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'absent';
}

/** Waits also for a Node that is not there yet, as after a join, which `kubectl wait` does not. */
export function nodeBecomes(
  bramble: Bramble,
  name: string,
  readiness: 'True' | 'Unknown' = 'True',
  withinMs = 40_000,
): Promise<true> {
  return eventually(
    `node ${name} to be Ready=${readiness}`,
    async () => ((await readinessOf(bramble, name)) === readiness ? true : undefined),
    { withinMs, everyMs: 200 },
  );
}
