import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keepPoolsSmall } from '@bramble/adapters/host/small-pools.ts';
import packets from 'mqtt-packet';

const sink = { write: () => true, cork: () => {}, uncork: () => {} } as unknown as NodeJS.WritableStream;
const lengths = 1_000;

/** Of an own thread's bytes outside its heap, what stays after packets of so many lengths among other small buffers. */
async function keptMebibytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const payload = Buffer.allocUnsafeSlow(lengths);
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let length = 0; length < lengths; length += 1) {
    packets.writeToStream(
      { cmd: 'publish', topic: 't', payload: payload.subarray(0, length), ...rest },
      sink,
    );
    for (let other = 0; other < 300; other += 1) Buffer.from('what else is going on in a process '.repeat(8));
  }
  // What is free is found by one collection, and given back beside and by those after it.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await pause(20);
  }
  return (process.memoryUsage().arrayBuffers - before) / 1_048_576;
}

const rest = { qos: 0, dup: false, retain: false } as const;

test('G8 what the codec keeps for each length of a packet keeps no pool of 64 KiB alive', async () => {
  keepPoolsSmall();
  const kept = await keptMebibytes();
  assert.ok(kept < 8, `${kept.toFixed(1)} MiB stay for ${lengths} lengths`);
});
