import { setTimeout as pause } from 'node:timers/promises';
import { KeptConnection, type Place, type Request } from './connection.ts';
import { type Delays, delaysOf } from './delays.ts';

export interface Pressure {
  readonly clients: number;
  /** Whichever is over first. */
  readonly forMs: number;
  readonly most: number;
  /** Of all clients together; as fast as they are answered unless told. */
  readonly perSecond?: number;
}

export interface Pressed {
  readonly count: number;
  readonly tookMs: number;
  /** Of the last answer. */
  readonly bytes: number;
  readonly delays: Delays;
}

/** Clients with a kept connection each, one request at a time. @throws Error for any answer but 200 and 201 */
export async function press(
  place: Place,
  { clients, forMs, most, perSecond }: Pressure,
  next: (number: number) => Request,
): Promise<Pressed> {
  const connections = await Promise.all(Array.from({ length: clients }, () => KeptConnection.open(place)));
  const delays: number[] = [];
  let number = 0;
  let bytes = 0;
  const began = performance.now();
  const client = async (connection: KeptConnection): Promise<void> => {
    while (number < most && performance.now() - began < forMs) {
      number += 1;
      if (perSecond !== undefined)
        await pause(Math.max(0, began + (1_000 * number) / perSecond - performance.now()));
      const from = performance.now();
      const answered = await connection.ask(next(number));
      if (answered.code !== 200 && answered.code !== 201) throw new Error(`an answer was ${answered.code}`);
      delays.push(performance.now() - from);
      bytes = answered.bytes;
    }
  };
  await Promise.all(connections.map(client));
  const tookMs = performance.now() - began;
  for (const connection of connections) connection.close();
  return { count: delays.length, tookMs, bytes, delays: delaysOf(delays) };
}
