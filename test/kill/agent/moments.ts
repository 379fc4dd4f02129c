import { seededRandom } from '@bramble/actors/testing/random.ts';
import type { Effect, Moment, Position } from './effects.ts';

const positions: readonly Position[] = ['before', 'during', 'after'];
/** What took less has no middle. */
const shortestMs = 2;

/** All moments of a part of a life that was lived once without a death. */
export function momentsOf(effects: readonly Effect[], random: () => number): Moment[] {
  const counts = new Map<string, number>();
  return effects.flatMap(({ effect, tookMs }) => {
    const occurrence = (counts.get(effect) ?? 0) + 1;
    counts.set(effect, occurrence);
    return positions
      .filter((position) => position !== 'during' || tookMs >= shortestMs)
      .map((position) => ({ effect, occurrence, position, afterMs: random() * tookMs }));
  });
}

/** The same elements in an order that the seed chooses. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const rest = [...all];
  for (let index = rest.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [rest[index], rest[other]] = [rest[other] as T, rest[index] as T];
  }
  return rest;
}
