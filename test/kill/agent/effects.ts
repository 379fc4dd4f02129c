/** Where within a step the agent dies. */
export type Position = 'before' | 'during' | 'after';

/** A moment of an agent's life: at the n-th time (from 1) that it does this, counted since it was armed. */
export interface Moment {
  readonly effect: string;
  readonly occurrence: number;
  readonly position: Position;
  /** `during`: so long after it began. */
  readonly afterMs: number;
}

export interface Effect {
  readonly effect: string;
  readonly tookMs: number;
}

/** From the test to the agent: count from now on and, where a moment is named, die then. */
export interface Arm {
  readonly type: 'arm';
  readonly moment?: Moment | undefined;
}

/** From the agent to the test. */
export type Told = { readonly type: 'armed' } | (Effect & { readonly type: 'effect' });

/** Counts what the agent does to its board, and ends it at the moment that it was told, without a word. */
export class Effects {
  readonly #told: (what: Told) => void;
  readonly #die: () => void;
  readonly #counts = new Map<string, number>();
  #moment: Moment | undefined;
  #armed = false;

  constructor(told: (what: Told) => void, die: () => void) {
    this.#told = told;
    this.#die = die;
  }

  arm({ moment }: Arm): void {
    this.#counts.clear();
    this.#moment = moment;
    this.#armed = true;
    this.#told({ type: 'armed' });
  }

  /** What is done at once, or comes to its end later. */
  around<T>(effect: string, act: () => T): T {
    if (!this.#armed) return act();
    const count = (this.#counts.get(effect) ?? 0) + 1;
    this.#counts.set(effect, count);
    const moment = this.#moment;
    const now = moment?.effect === effect && moment.occurrence === count ? moment : undefined;
    if (now?.position === 'before') this.#die();
    const beganMs = performance.now();
    const result = act();
    if (now?.position === 'during') setTimeout(this.#die, now.afterMs);
    const ended = (): void => {
      if (now?.position === 'after') this.#die();
      this.#told({ type: 'effect', effect, tookMs: performance.now() - beganMs });
    };
    if (!(result instanceof Promise)) {
      ended();
      return result;
    }
    return result.finally(ended) as T;
  }
}
