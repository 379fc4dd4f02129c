import { seededRandom } from '@bramble/actors/testing/random.ts';

/** The choices of one scenario: a stream of its own, so that other code's draws do not change the story. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** In [0, 1). */
  share(): number {
    return this.#random();
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** A whole number in [0, `count`). */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  weighted<T>(items: readonly (readonly [T, number])[]): T {
    const total = items.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.#random() * total;
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return (items.at(-1) as readonly [T, number])[0];
  }
}
