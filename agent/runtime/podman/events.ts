import type { IncomingMessage } from 'node:http';
import * as z from '@bramble/protocol/zod.ts';
import type { RuntimeEvent } from '../port.ts';
import type { PodmanClient } from './client.ts';
import { managedLabel } from './create-body.ts';
import { jsonLines } from './json-lines.ts';
import { refusal } from './refusals.ts';
import { terminationLabel } from './termination-message.ts';

const podmanEvent = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.nullish(z.record(z.string(), z.string())) }),
});

const types: Readonly<Record<string, RuntimeEvent['type']>> = {
  create: 'created',
  start: 'started',
  died: 'exited',
  remove: 'removed',
};

/** podman mixes these with the container's labels. */
const notLabels = new Set(['image', 'name', 'podId', 'containerExitCode', managedLabel, terminationLabel]);

export interface EventFilter {
  /** The agent's instance name. */
  readonly instance: string;
  readonly containerId?: string;
}

/**
 * Events from a second before the call onwards, so that what happens while the stream opens is told (perhaps twice:
 * an event only says where to look).
 */
export function watchEvents(
  client: PodmanClient,
  filter: EventFilter,
  onEvent: (event: RuntimeEvent) => void,
  onLost: (reason: string) => void,
): () => void {
  const abort = new AbortController();
  void follow(client, filter, abort.signal, onEvent).then(
    () => abort.signal.aborted || onLost('podman ended the stream of events'),
    (error: unknown) =>
      abort.signal.aborted || onLost(error instanceof Error ? error.message : String(error)),
  );
  return () => abort.abort();
}

async function follow(
  client: PodmanClient,
  filter: EventFilter,
  signal: AbortSignal,
  onEvent: (event: RuntimeEvent) => void,
): Promise<void> {
  const response = await client.open('GET', pathOf(filter), { signal });
  if (response.statusCode !== 200) throw await refusalOf(response);
  for await (const value of jsonLines(response)) {
    if (signal.aborted) return;
    const event = runtimeEvent(value);
    if (event !== undefined) onEvent(event);
  }
}

function pathOf(filter: EventFilter): string {
  const filters = {
    type: ['container'],
    label: [`${managedLabel}=${filter.instance}`],
    ...(filter.containerId === undefined ? {} : { container: [filter.containerId] }),
  };
  const since = Math.floor(Date.now() / 1000) - 1;
  return `/events?stream=true&since=${since}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
}

export function runtimeEvent(value: unknown): RuntimeEvent | undefined {
  const found = podmanEvent.safeParse(value).data;
  const type = found === undefined ? undefined : types[found.Action];
  if (found === undefined || type === undefined) return undefined;
  const labels = Object.entries(found.Actor.Attributes ?? {}).filter(([name]) => !notLabels.has(name));
  return { type, id: found.Actor.ID, labels: Object.fromEntries(labels) };
}

async function refusalOf(response: IncomingMessage): Promise<Error> {
  let text = '';
  for await (const chunk of response) text = (text + String(chunk)).slice(0, 4_096);
  return refusal({ status: response.statusCode ?? 0, text });
}
