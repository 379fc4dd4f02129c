import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { configMapText } from './objects.ts';

const batch = 1_000;

/** Puts ConfigMaps into the store of a controller that does not run yet, past its API: that would take a minute. */
export async function fillStore(dataDir: string, objects: number): Promise<void> {
  mkdirSync(join(dataDir, 'controller'), { recursive: true, mode: 0o700 });
  const engine = new LevelEngine({ directory: join(dataDir, 'controller', 'store') });
  await engine.open();
  for (let from = 0; from < objects; from += batch) {
    const transactions = Array.from({ length: Math.min(batch, objects - from) }, (_, index) =>
      put(from + index),
    );
    await engine.commit(transactions);
  }
  await engine.close();
}

function put(number: number) {
  const name = `present-${number}`;
  const given = JSON.parse(configMapText(name));
  const uid = `00000000-0000-4000-8000-${`${number}`.padStart(12, '0')}`;
  const metadata = {
    ...given.metadata,
    namespace: 'default',
    uid,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const key = `/registry/configmaps/default/${name}`;
  const object = { ...given, metadata };
  return encodeTransaction({ conditions: [{ key, revision: 0 }], writes: [{ type: 'put', key, object }] });
}
