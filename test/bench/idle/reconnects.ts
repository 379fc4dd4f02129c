import { setTimeout as pause } from 'node:timers/promises';
import { nodeBecomes } from '../../boards/node-ready.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';
import { between, type Wire } from './wire.ts';
import { boardName, type World } from './world.ts';

export interface Reconnect {
  readonly name: string;
  readonly wire: Wire;
}

/** Does it, and calls `over` when the way between board and broker is there again. */
type Disturb = (world: World, over: () => Promise<void>) => Promise<void>;

/** All that is said on account of it has been said by then. */
const settleMs = 12_000;
/** A board that was cut off for a minute dials after half a minute at the latest. */
const backMs = 90_000;

const cut =
  (forMs: number): Disturb =>
  async ({ board }, over) => {
    await board.cutOff();
    await pause(forMs);
    await over();
    await board.plugIn();
  };

const disturbances: readonly (readonly [string, Disturb])[] = [
  ['cable out for 20 s', cut(20_000)],
  ['cable out for 60 s, longer than one and a half keepalives', cut(60_000)],
  ['agent killed, and started', restartAgent],
  ['controller killed, and started', killController],
];

/** Each counted from the moment that it is over until all is quiet. */
export async function measureReconnects(world: World, quick: boolean): Promise<Reconnect[]> {
  const found: Reconnect[] = [];
  for (const [name, disturb] of quick ? disturbances.slice(2, 3) : disturbances) {
    console.error(`${name} …`);
    found.push({ name, wire: await measured(world, disturb) });
  }
  return found;
}

/** What a TLS handshake alone takes, with the board's certificate. */
export async function measureHandshake(world: World): Promise<Wire> {
  const before = await world.bareWire();
  await world.handshake();
  return between(before, await world.bareWire());
}

async function measured(world: World, disturb: Disturb): Promise<Wire> {
  let before = await world.wire();
  await disturb(world, async () => {
    before = await world.wire();
  });
  await nodeBecomes(world.bramble, boardName, 'True', backMs);
  await pause(settleMs);
  return between(before, await world.wire());
}

async function restartAgent({ board }: World, over: () => Promise<void>): Promise<void> {
  await board.killAgent();
  await over();
  await board.start();
}

/** `bramble up` starts it again. */
async function killController({ bramble }: World, over: () => Promise<void>): Promise<void> {
  const killed = await bramble.pidOf('controller');
  process.kill(killed, 'SIGKILL');
  await over();
  await eventually('another controller', async () => {
    const pid = await bramble.pidOf('controller').catch(() => killed);
    return pid === killed ? undefined : pid;
  });
}
