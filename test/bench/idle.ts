// What a board that runs ten silent pods costs while nobody watches: bytes on the wire, bytes to the disk, processor
// time; and what coming back costs. About nine minutes, `--seconds N` of them at rest, as root; `--quick` takes seconds.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { limits } from '@bramble/protocol/limits.ts';
import { Ear } from './idle/heard.ts';
import { type Idle, measureIdle } from './idle/measure.ts';
import { measureHandshake, measureReconnects } from './idle/reconnects.ts';
import { reportOf } from './idle/table.ts';
import { World } from './idle/world.ts';
import { markdown } from './report.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '300' }, quick: { type: 'boolean', default: false } },
});
const { quick } = values;
const seconds = quick ? 5 : Number(values.seconds);
/** What starting pods has set going is over by then: reports acknowledged, images tidied, files written. */
const settleMs = quick ? 1_000 : 45_000;

if (process.getuid?.() !== 0) throw new Error('boards in namespaces need root');
console.error('a controller, a board, ten pods …');
const world = await World.make();
try {
  if (!quick) await world.makePods();
  const idle = await atRest();
  const handshake = await measureHandshake(world);
  const reconnects = await measureReconnects(world, quick);
  console.log(markdown(reportOf({ idle, handshake, reconnects, quick })));
} finally {
  await world.dispose();
}

async function atRest(): Promise<Idle> {
  const disconnect = await world.connectBareClient(limits.mqttKeepaliveSeconds);
  const ear = await Ear.open(world.bramble);
  await pause(settleMs);
  console.error(`${seconds} s at rest …`);
  const idle = await measureIdle(world, ear, seconds);
  ear.close();
  await disconnect();
  return idle;
}
