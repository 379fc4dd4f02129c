import { setTimeout as pause } from 'node:timers/promises';
import { changed, filesBelow } from './files.ts';
import type { Ear, Topic } from './heard.ts';
import { descendantsOf, noUse, type Process, sum, type Use, usedBetween, useOf } from './processes.ts';
import { between, type Wire } from './wire.ts';
import type { World } from './world.ts';

/** What all of it used while nobody did anything. */
export interface Idle {
  readonly seconds: number;
  readonly wire: Wire;
  readonly bareWire: Wire;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly uses: ReadonlyMap<string, Use>;
  readonly changedFiles: readonly string[];
}

export async function measureIdle(world: World, ear: Ear, seconds: number): Promise<Idle> {
  const roles = await processRoles(world);
  const folder = world.bramble.file('.');
  const filesBefore = await filesBelow(folder);
  const before = { uses: await usesOf(roles), wire: await world.wire(), bareWire: await world.bareWire() };
  ear.take();
  const began = performance.now();
  await pause(seconds * 1_000);
  const [wire, bareWire] = [await world.wire(), await world.bareWire()];
  const uses = await usesOf(roles);
  return {
    seconds: (performance.now() - began) / 1_000,
    wire: between(before.wire, wire),
    bareWire: between(before.bareWire, bareWire),
    topics: ear.take(),
    uses: new Map([...uses].map(([role, use]) => [role, usedBetween(before.uses.get(role) ?? noUse, use)])),
    changedFiles: changed(filesBefore, await filesBelow(folder)),
  };
}

type Roles = ReadonlyMap<string, readonly number[]>;

async function usesOf(roles: Roles): Promise<ReadonlyMap<string, Use>> {
  const uses = await Promise.all(
    [...roles].map(async ([role, pids]) => [role, sum(await Promise.all(pids.map(useOf)))] as const),
  );
  return new Map(uses);
}

/** What belongs to Bramble, by what it is there for. Containers' own processes do not. */
async function processRoles({ bramble, board }: World): Promise<Roles> {
  const below = [...(await descendantsOf(bramble.up.pid)), ...(await descendantsOf(board.pid))];
  const agents = await descendantsOf(board.agent.pid);
  const all = [...below, ...agents, { pid: bramble.up.pid, parent: 0, args: ['up'] }];
  const byRole = Map.groupBy(all, roleOf);
  byRole.delete(undefined);
  return new Map([...byRole].map(([role = '', found]) => [role, [...new Set(found.map(({ pid }) => pid))]]));
}

function roleOf({ args }: Process): string | undefined {
  const ends = (text: string): boolean => args.some((arg) => arg.endsWith(text));
  if (ends('/controller/main.ts')) return 'controller';
  if (ends('/agent/main.js')) return 'agent';
  if (args.includes('up') || args.includes('join')) return 'bramble up, bramble join';
  if (ends('conmon')) return 'conmon';
  return ends('podman') && args.includes('service') ? 'podman service' : undefined;
}
