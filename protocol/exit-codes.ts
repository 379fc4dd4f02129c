/** How a Bramble process ends, so that systemd and people can tell why (sysexits.h where it has a word for it). */
export const exitCodes = {
  ok: 0,
  usage: 64,
  /** The database is corrupt, newer or locked: starting again does not help. */
  store: 65,
  /** A port, a privilege or a program is missing: a person must act. */
  environment: 69,
  /** The controller cannot be reached now: trying again later may help. */
  unreachable: 75,
  /** The root of the supervision tree failed: start again. */
  supervision: 70,
} as const;
