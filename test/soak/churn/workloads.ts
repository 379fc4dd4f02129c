import type { Api } from '../api.ts';
import { configMap, deployment, job, lives, namespace, paths, service } from './objects.ts';
import type { Pace } from './pace.ts';

const mostPods = 10;
/** With those of Deployments and Jobs, and those that are ending: what boards that are too busy are behind with. */
const mostWaiting = 30;
const gone = [404];

/** Objects that come, change and go: pods of every life, rollouts, Jobs, Services, ConfigMaps, namespaces. */
export function churnWorkloads(pace: Pace, api: Api): void {
  const alive: string[] = [];
  pace.every(3_000, 'pods made, the oldest deleted', async (times) => {
    if ((await api.list(paths.pods)).length > mostWaiting) return;
    const life = lives[times % lives.length];
    if (!life) throw new Error('no such life');
    const name = `pod-${times}`;
    await api.call('POST', paths.pods, life(name));
    alive.push(name);
    if (alive.length > mostPods) await api.call('DELETE', `${paths.pods}/${alive.shift()}`, undefined, gone);
  });
  pace.every(30_000, 'Deployments rolled', (times) =>
    api.patch(`${paths.deployments}/web`, {
      spec: { template: { metadata: { annotations: { rolled: `${times}` } } } },
    }),
  );
  pace.every(50_000, 'Deployments scaled', (times) =>
    api.patch(`${paths.deployments}/web`, { spec: { replicas: 2 + (times % 3) } }),
  );
  pace.every(25_000, 'Jobs made', async (times) => {
    await api.call('POST', paths.jobs, job(`job-${times}`, times % 3 === 0));
  });
  churnSmallObjects(pace, api);
}

const names = 50;

function churnSmallObjects(pace: Pace, api: Api): void {
  pace.every(250, 'ConfigMaps written', async (times) => {
    const name = `settings-${times % names}`;
    const object = configMap(name, `${times}`);
    const { code } = await api.call('PUT', `${paths.configMaps}/${name}`, object, gone);
    if (code === 404) await api.call('POST', paths.configMaps, object);
  });
  pace.every(2_000, 'ConfigMaps with names of their own, made and deleted', async (times) => {
    await api.call('POST', paths.configMaps, configMap(`once-${times}`, ''));
    await api.call('DELETE', `${paths.configMaps}/once-${times}`);
  });
  pace.every(8_000, 'Services made and deleted', async (times) => {
    await api.call('POST', paths.services, service(`service-${times}`, 'web'));
    await pace.rest(5_000);
    await api.call('DELETE', `${paths.services}/service-${times}`);
  });
  pace.every(30_000, 'namespaces made and deleted', async (times) => {
    const name = `space-${times}`;
    await api.call('POST', '/api/v1/namespaces', { metadata: { name } });
    await api.call('POST', `/api/v1/namespaces/${name}/configmaps`, configMap('inside', ''));
    await api.call('DELETE', `/api/v1/namespaces/${name}`);
  });
}

/** What stands all the time. */
export async function makeStanding(api: Api): Promise<void> {
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await api.call('POST', paths.deployments, deployment('web'));
}

/** All that the churn made goes, and the standing with it. */
export async function deleteAll(api: Api): Promise<void> {
  await api.call('DELETE', `/api/v1/namespaces/${namespace}`);
}
