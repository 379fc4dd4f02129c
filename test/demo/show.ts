import { eventually } from '../e2e/fixture/eventually.ts';
import type { Fleet } from './fleet.ts';
import type { Narrator } from './narrator.ts';

/** What each act of the demonstration works with. */
export interface Show {
  readonly narrator: Narrator;
  readonly fleet: Fleet;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

const patienceMs = 120_000;

/** Looks again until there is something to see, or Ctrl-C. @throws Error saying what never came */
export function until<Seen>(
  { signal }: Show,
  what: string,
  look: () => Promise<Seen | undefined>,
): Promise<Seen> {
  const lookUnlessStopped = (): Promise<Seen | undefined> => {
    signal.throwIfAborted();
    return look();
  };
  return eventually(what, lookUnlessStopped, { withinMs: patienceMs, everyMs: 50 });
}

/** The status of the condition Ready of a board's Node, as soon as it is what is waited for. */
export function nodeIs(show: Show, board: string, readiness: 'True' | 'Unknown'): Promise<true> {
  return until(show, `the Node ${board} to be Ready=${readiness}`, async () => {
    const { items } = await show.fleet.api.get<{ items: NodeLike[] }>('/api/v1/nodes');
    const node = items.find(({ metadata }) => metadata.name === board);
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === readiness ? true : undefined;
  });
}

interface NodeLike {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
