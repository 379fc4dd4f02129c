import { type Family, single } from './exposition.ts';

/** What the controller knows of itself. */
export interface OwnFigures {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** Seconds of processor time since it started. */
  readonly cpuSeconds: number;
  readonly storeRevision: number;
  readonly storedObjects: number;
  readonly turns: number;
  /** Turns that took longer than the house's limit. */
  readonly longTurns: number;
  readonly refusedMessages: number;
}

export function ownFamilies(figures: OwnFigures): Family[] {
  return [
    {
      name: 'bramble_build_info',
      type: 'gauge',
      help: 'The version of the controller.',
      samples: [{ labels: { version: figures.version }, value: 1 }],
    },
    single(
      'bramble_controller_uptime_seconds',
      'gauge',
      'Since the controller started.',
      figures.uptimeSeconds,
    ),
    single('process_resident_memory_bytes', 'gauge', 'Resident memory.', figures.residentBytes),
    single('process_cpu_seconds_total', 'counter', 'Processor time.', figures.cpuSeconds),
    single('nodejs_heap_size_used_bytes', 'gauge', 'Memory in use by JavaScript.', figures.heapUsedBytes),
    single('bramble_store_revision', 'gauge', 'The newest durable revision.', figures.storeRevision),
    single('bramble_store_objects', 'gauge', 'Live objects.', figures.storedObjects),
    single('bramble_actor_turns_total', 'counter', 'Messages that actors have handled.', figures.turns),
    single(
      'bramble_actor_long_turns_total',
      'counter',
      'Turns that took longer than 10 ms.',
      figures.longTurns,
    ),
    single(
      'bramble_actor_refused_messages_total',
      'counter',
      'Messages that a full inbox did not take.',
      figures.refusedMessages,
    ),
  ];
}
