import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../api.ts';
import { paths } from './objects.ts';
import { between, type Pace } from './pace.ts';

const watched = [
  paths.pods,
  paths.configMaps,
  '/api/v1/pods',
  '/api/v1/nodes',
  '/api/v1/events',
  paths.deployments,
];
const asTable = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };

const reads = [
  '/api/v1/pods',
  '/api/v1/nodes',
  '/api',
  '/apis',
  '/api/v1/namespaces/default/pods/nobody',
  '/metrics',
  '/bramble/v1/boards',
  '/apis/metrics.k8s.io/v1beta1/nodes',
  '/no/such/path',
  `${paths.pods}?labelSelector=app%3Dweb`,
];

/** API reads, good and bad; and watches, of which most are abandoned and some are never read. */
export function churnReaders(pace: Pace, api: Api): void {
  pace.every(500, 'reads', async (times) => {
    await api.ask('GET', reads[times % reads.length] ?? '/api');
  });
  pace.every(2_000, 'requests that are refused', async (times) => {
    if (times % 2 === 0) await api.ask('POST', paths.pods, { kind: 'Pod', spec: 7 });
    else await api.ask('GET', '/api/v1/pods', undefined, { authorization: 'Bearer nobody' });
  });
  pace.every(1_500, 'watches opened and abandoned', async (times) => {
    const path = watched[times % watched.length] ?? paths.pods;
    const response = await api.open(`${path}?watch=true`, times % 3 === 0 ? asTable : {});
    response.resume();
    // It goes on beside the next ones.
    void pause(between(500, 20_000), undefined, { signal: pace.signal })
      .catch(() => {})
      .then(() => response.destroy());
  });
  pace.every(20_000, 'watches that are never read', async () => {
    const response = await api.open('/api/v1/events?watch=true');
    response.pause();
    await pace.rest(15_000);
    response.destroy();
  });
}
