import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import { encodeValue } from '@bramble/controller/store/level/layout.ts';
import { Level } from 'level';

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string };

/** What a program without objects would do: the same bytes in the same synced batches, ready beforehand. In milliseconds. */
export async function rawMs(
  batches: readonly (readonly EngineEvent[])[],
  collectGarbage: () => void,
): Promise<number> {
  const parent = mkdtempSync(join(tmpdir(), 'bramble-bench-'));
  const database = new Level<string, Buffer>(join(parent, 'store'), { valueEncoding: 'buffer' });
  try {
    await database.open();
    const ready = batches.map((batch) => batch.map(operationOf));
    collectGarbage();
    const began = performance.now();
    for (const batch of ready) await database.batch(batch, { sync: true });
    return performance.now() - began;
  } finally {
    await database.close();
    rmSync(parent, { recursive: true });
  }
}

function operationOf({ type, stored }: EngineEvent): Operation {
  if (type === 'delete') return { type: 'del', key: stored.key };
  return { type: 'put', key: stored.key, value: encodeValue(stored.json) };
}
