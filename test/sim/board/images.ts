/** What a container of an image does by itself. The image's name says it: `sim/{behaviour}:{version}`. */
export type Behaviour =
  /** Until it is told to stop, and then soon. */
  | 'serves'
  /** Until it is killed: it does not hear SIGTERM. */
  | 'stubborn'
  /** Ends with exit code 1 after some seconds. */
  | 'crashes'
  /** Ends with exit code 0 after some seconds. */
  | 'finishes'
  /** Ends after some seconds, with exit code 0 or 1. */
  | 'flaky'
  /** Is in no registry. */
  | 'missing'
  /** Cannot be started: its command is not there. */
  | 'broken';

export const behaviours: readonly Behaviour[] = [
  'serves',
  'stubborn',
  'crashes',
  'finishes',
  'flaky',
  'missing',
  'broken',
];

export function imageOf(behaviour: Behaviour, version = 1): string {
  return `sim/${behaviour}:${version}`;
}

export function behaviourOf(image: string): Behaviour {
  const name = /^sim\/(\w+):/.exec(image)?.[1];
  return behaviours.find((behaviour) => behaviour === name) ?? 'missing';
}

/** Whether a container of the image runs until somebody ends it. */
export function runsForever(image: string): boolean {
  const behaviour = behaviourOf(image);
  return behaviour === 'serves' || behaviour === 'stubborn';
}
