import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTransaction } from '../encode.ts';
import { engineConformance } from '../testing/engine-conformance.ts';
import { LevelEngine } from './level-engine.ts';

engineConformance('level', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'bramble-store-'));
  let full = false;
  const freeBytes = (): number => (full ? 1_000 : 1_000_000_000);
  return {
    engine: () => new LevelEngine({ directory: join(parent, 'store'), freeBytes, roomHoldsMs: 0 }),
    foreign: async (engine, foreign) => {
      const [result] = await engine.commit([encodeTransaction(foreign)]);
      assert.ok(result);
      return result;
    },
    setFull: (isFull) => {
      full = isFull;
    },
    cleanUp: async () => rmSync(parent, { recursive: true }),
  };
});
