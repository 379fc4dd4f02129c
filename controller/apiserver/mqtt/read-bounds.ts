/** Bounds of reads over MQTT. */
export const readBounds = {
  /** Reads under way at once, of all users; more are answered 429. */
  underWay: 256,
  /** Logs and watches open at once, of all users and of one. */
  sessions: 512,
  sessionsPerUser: 32,
  /** Parts of a log or a watch that are sent before the reader must say that it takes more. */
  partsAtFirst: 16,
  /** Parts of a watch beyond that, before the reader is told that it is too slow. */
  partsBehind: 256,
  /** Lines of a watch are gathered into parts of so many characters; a longer line is a part of its own. */
  partCharacters: 131_072,
  /** A reader that says nothing for so long has gone. */
  silenceMs: 300_000,
} as const;
