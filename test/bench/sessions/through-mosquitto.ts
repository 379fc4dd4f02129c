import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { Boards } from './boards.ts';
import type { FleetPlace } from './fleet-store.ts';
import { arrival, steady } from './measure.ts';
import { BenchMosquitto } from './mosquitto.ts';
import { boardProcesses, type Measured, nothing, type Times } from './through-bramble.ts';

/** The same boards on a bare broker: nobody listens to them, and nobody orders anything. */
export async function throughMosquitto(count: number, times: Times, place: FleetPlace): Promise<Measured> {
  const folder = dirname(place.fleetFile);
  let mosquitto = await BenchMosquitto.start(folder, place.server);
  let boards: Boards | undefined;
  try {
    const emptyMebibytes = mosquitto.usage.residentMebibytes;
    console.error(`${count} boards connect to mosquitto`);
    const startedMs = performance.now();
    const broker = { host: '127.0.0.1', port: mosquitto.port, serverName: controllerServerName };
    boards = new Boards({ fleetFile: place.fleetFile, broker, from: 0, to: count }, boardProcesses);
    const subject = (): BenchMosquitto => mosquitto;
    const { firstWithinMs, withinMs } = times;
    const timing = { startedMs, withinMs: firstWithinMs, isNew: false };
    const first = await arrival(boards, nothing, subject, count, ({ connected }) => connected, timing);
    await pause(times.settleMs);
    const quiet = await steady(boards, mosquitto, count, times.steadyMs);
    await mosquitto.kill();
    const killedMs = performance.now();
    const before = await boards.state();
    mosquitto = await BenchMosquitto.start(folder, place.server, mosquitto.port);
    const back = await arrival(boards, before, subject, count, ({ connected }) => connected, {
      ...{ startedMs: killedMs, withinMs, isNew: true },
    });
    return { subject: 'mosquitto', boards: count, emptyMebibytes, first, steady: quiet, back };
  } finally {
    await boards?.stop();
    await mosquitto.kill();
  }
}
