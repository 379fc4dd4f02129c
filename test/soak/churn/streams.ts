import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../api.ts';
import type { Fleet } from '../fleet.ts';
import { namespace, paths, pod } from './objects.ts';
import { between, type Pace } from './pace.ts';

const talker = 'talker';
const endless = ['sh', '-c', 'while :; do echo on; sleep 0.1; done'];

/** `logs -f` and exec, opened on a board that stays and killed half way. */
export function churnStreams(pace: Pace, fleet: Fleet): void {
  const { api } = fleet;
  pace.every(2_000, 'logs followed and abandoned', async (times) => {
    const response = await api.open(`${paths.pods}/${talker}/log?follow=true&tailLines=20`);
    if (times % 4 === 0) response.pause();
    else response.resume();
    await pause(between(500, 6_000), undefined, { signal: pace.signal }).catch(() => {});
    response.destroy();
  });
  pace.every(15_000, 'exec killed half way', async () => {
    const exec = fleet.bramble.beside('kubectl', ['-n', namespace, 'exec', talker, '--', ...endless]);
    await exec.printed(/^on$/m);
    await exec.stop();
  });
  pace.every(60_000, 'exec to its end', async () => {
    await fleet.bramble.kubectl(['-n', namespace, 'exec', talker, '--', 'true']);
  });
}

/** On the board that nothing is done to; not one of those that come and go. */
export async function makeTalker(api: Api): Promise<void> {
  const spec = { nodeSelector: { 'kubernetes.io/hostname': 'pi-1' } };
  await api.call('POST', paths.pods, pod(talker, undefined, spec));
}
