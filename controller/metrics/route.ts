import type { Host } from '@bramble/actors/host.ts';
import type { SystemCounts } from '@bramble/actors/index.ts';
import { kinds, storePrefix } from '@bramble/protocol/kinds.ts';
import type { ExtraRoute } from '../apiserver/http/ports.ts';
import type { ObjectStore } from '../store/types.ts';
import { boardFamilies } from './board-families.ts';
import { exposition } from './exposition.ts';
import { kubeFamilies } from './kube-families.ts';
import type { Measurements } from './measurements.ts';
import { ownFamilies } from './own-families.ts';

export interface MetricsPorts {
  readonly version: string;
  readonly store: ObjectStore;
  readonly measurements: Measurements;
  readonly counts: () => SystemCounts;
  readonly host: Pick<Host, 'now'>;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** `/metrics` for Prometheus, made at the moment of asking. Any user may read it: give Prometheus the role `view`. */
export function metricsRoute(ports: MetricsPorts): ExtraRoute {
  const { store, measurements, host } = ports;
  const objects = (plural: string) => {
    const kind = kinds.find((each) => each.plural === plural);
    return kind ? store.list(storePrefix(kind)).map(({ object }) => object) : [];
  };
  return {
    method: 'GET',
    path: '/metrics',
    handle: async () => {
      const families = [
        ...ownFamilies(ownFigures(ports)),
        ...boardFamilies(measurements.all, host.now()),
        ...kubeFamilies(objects),
      ];
      return { status: 200, contentType, body: exposition(families) };
    },
  };
}

function ownFigures({ version, store, counts }: MetricsPorts) {
  const { turns, slowTurns, refused } = counts();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    version,
    uptimeSeconds: process.uptime(),
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    cpuSeconds: (user + system) / 1_000_000,
    storeRevision: store.revision,
    storedObjects: store.list('/registry/').length,
    turns,
    longTurns: slowTurns,
    refusedMessages: refused,
  };
}
