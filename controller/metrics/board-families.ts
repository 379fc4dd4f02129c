import type { Metrics } from '@bramble/protocol/messages/session.ts';
import type { Family } from './exposition.ts';
import type { Measurement } from './measurements.ts';

interface BoardFamily {
  readonly name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly value: (measurement: Measurement, nowMs: number) => number | undefined;
}

const of = (
  name: string,
  type: Family['type'],
  help: string,
  value: (metrics: Metrics) => number | null | undefined,
): BoardFamily => ({
  name: `bramble_board_${name}`,
  type,
  help,
  value: ({ metrics }) => value(metrics) ?? undefined,
});

const families: readonly BoardFamily[] = [
  of('cpu_ratio', 'gauge', 'Share of all its processors in use, 0 to 1.', ({ cpuShare }) => cpuShare),
  of('memory_bytes', 'gauge', 'Memory of the board.', ({ memoryTotalBytes }) => memoryTotalBytes),
  of('memory_used_bytes', 'gauge', 'Memory in use.', ({ memoryUsedBytes }) => memoryUsedBytes),
  of(
    'disk_bytes',
    'gauge',
    'Size of the disk that containers are on.',
    ({ diskTotalBytes }) => diskTotalBytes,
  ),
  of('disk_used_bytes', 'gauge', 'Bytes in use of that disk.', ({ diskUsedBytes }) => diskUsedBytes),
  of(
    'temperature_celsius',
    'gauge',
    'Temperature of the processor.',
    ({ temperatureCelsius }) => temperatureCelsius,
  ),
  of('throttled', 'gauge', '1 while the firmware slows the board down.', ({ throttled }) =>
    throttled === null ? undefined : Number(throttled),
  ),
  of('uptime_seconds', 'gauge', 'Since the board started.', ({ uptimeSeconds }) => uptimeSeconds),
  of(
    'network_receive_bytes_total',
    'counter',
    'Bytes received since the board started.',
    ({ receivedBytes }) => receivedBytes,
  ),
  of(
    'network_transmit_bytes_total',
    'counter',
    'Bytes sent since the board started.',
    ({ sentBytes }) => sentBytes,
  ),
  of(
    'refused_messages_total',
    'counter',
    'Orders that the board refused since its agent started: forged, replayed, malformed.',
    ({ refusedMessages = 0 }) => refusedMessages,
  ),
  {
    name: 'bramble_board_heard_seconds_ago',
    type: 'gauge',
    help: 'Since its measurements came last.',
    value: ({ atMs }, nowMs) => Math.max(0, (nowMs - atMs) / 1_000),
  },
];

/** What boards measured last. What a board cannot tell is left out. */
export function boardFamilies(boards: ReadonlyMap<string, Measurement>, nowMs: number): Family[] {
  return families.map(({ name, help, type, value }) => ({
    name,
    help,
    type,
    samples: [...boards].flatMap(([node, measurement]) => {
      const found = value(measurement, nowMs);
      return found === undefined ? [] : [{ labels: { node }, value: found }];
    }),
  }));
}
