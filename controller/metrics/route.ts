import type { Host } from '@bramble/actors/host.ts';
import type { SystemCounts } from '@bramble/actors/index.ts';
import { kinds, storePrefix } from '@bramble/protocol/kinds.ts';
import type { HttpCounts } from '../apiserver/http/counts.ts';
import type { ExtraRoute } from '../apiserver/http/ports.ts';
import type { BrokerCounts } from '../fleet/broker/counts.ts';
import type { Refusals } from '../fleet/refusals.ts';
import type { ObjectStore } from '../store/types.ts';
import { boardFamilies } from './board-families.ts';
import { exposition } from './exposition.ts';
import { kubeFamilies } from './kube-families.ts';
import type { Measurements } from './measurements.ts';
import { ownFamilies } from './own-families.ts';
import { brokerFamilies, fleetFamilies, httpFamilies } from './refusal-families.ts';

export interface MetricsPorts {
  readonly version: string;
  readonly store: ObjectStore;
  readonly measurements: Measurements;
  readonly counts: () => SystemCounts;
  readonly http: HttpCounts;
  readonly fleet: Refusals;
  /** Of the embedded broker, where there is one. Rejects while it is being started again. */
  readonly broker: (() => Promise<BrokerCounts>) | undefined;
  readonly host: Pick<Host, 'now' | 'timer'>;
}

/** A broker that is too busy to count is left out of this answer. */
const brokerPatienceMs = 1_000;

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
      const broker = await brokerCounts(ports);
      const families = [
        ...ownFamilies(ownFigures(ports)),
        ...httpFamilies(ports.http),
        ...fleetFamilies(ports.fleet),
        ...(broker ? brokerFamilies(broker) : []),
        ...boardFamilies(measurements.all, host.now()),
        ...kubeFamilies(objects),
      ];
      return { status: 200, contentType, body: exposition(families) };
    },
  };
}

function brokerCounts({ broker, host }: MetricsPorts): Promise<BrokerCounts | undefined> {
  if (!broker) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const cancel = host.timer(brokerPatienceMs, () => resolve(undefined));
    broker()
      .then(resolve, () => resolve(undefined))
      .finally(cancel);
  });
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
