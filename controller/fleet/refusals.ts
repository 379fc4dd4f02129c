/** Why the controller did not take what the broker handed to it. */
export type Refusal =
  /** In the name of a board that has not joined, or was removed. */
  | 'unknown-board'
  /** Not what the topic is for. */
  | 'malformed'
  /** Said by a copy of the board's card. */
  | 'copy'
  /** About a pod, or on a stream, of another board. */
  | 'foreign'
  /** On a stream, and not sealed with its key. */
  | 'unsealed'
  /** More than can be taken in. */
  | 'overload'
  /** Said at an earlier time, and kept by the broker, where nothing is to be kept. */
  | 'retained';

/** How often, since the controller started. */
export type Refusals = Record<Refusal, number>;

export function noRefusals(): Refusals {
  return {
    'unknown-board': 0,
    malformed: 0,
    copy: 0,
    foreign: 0,
    unsealed: 0,
    overload: 0,
    retained: 0,
  };
}

/** What counts them. */
export type OnRefused = (reason: Refusal) => void;
