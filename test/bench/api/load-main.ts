import { setTimeout as pause } from 'node:timers/promises';
import { KeptConnection } from './connection.ts';
import { delaysOf } from './delays.ts';
import type { Job } from './load.ts';
import { collectionPath, objectText } from './objects.ts';
import { press } from './press.ts';
import { Watchers } from './watchers.ts';

// A process of load: told jobs over IPC, one after the other, and answers each.

const probeEveryMs = 2;
const quietMs = 1_000;

const watchers = new Watchers();
let probing: { readonly delays: Promise<readonly number[]>; stop(): void } | undefined;

async function carryOut(job: Job): Promise<unknown> {
  switch (job.type) {
    case 'create': {
      const { place, resource, namespace, prefix } = job;
      const path = collectionPath(resource, namespace);
      return press(place, job, (number) => ({
        method: 'POST',
        path,
        body: objectText(resource, `${prefix}-${number}`),
      }));
    }
    case 'ask':
      return press(job.place, job, () => job.request);
    case 'probe':
      probing = probe(await KeptConnection.open(job.place), job.path);
      return undefined;
    case 'end probe':
      probing?.stop();
      return delaysOf((await probing?.delays) ?? []);
    case 'watch':
      return watchers.open(job.place, job.path, job.count);
    case 'heard':
      return watchers.heard(job.expected, quietMs);
  }
}

/** A small request again and again: what it waits for is what anybody waits for. */
function probe(connection: KeptConnection, path: string) {
  let stopped = false;
  const ask = async (): Promise<readonly number[]> => {
    const delays: number[] = [];
    while (!stopped) {
      const from = performance.now();
      await connection.ask({ path });
      delays.push(performance.now() - from);
      await pause(probeEveryMs);
    }
    connection.close();
    return delays;
  };
  return { delays: ask(), stop: () => (stopped = true) };
}

process.on('message', (job: Job) => {
  carryOut(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ result: undefined });
