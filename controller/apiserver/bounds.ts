/** The API server's own bounds; those that others share are in protocol/limits.ts. */
export const bounds = {
  /** Requests under way at once, watches and log streams not counted; more are answered 429. */
  requests: 400,
  /** Of those, of one user: others are served meanwhile. */
  requestsPerUser: 300,
  /** Of those, of nobody known: who joins, and who asks for the dashboard. */
  requestsOfStrangers: 100,
  /** Bytes of bodies held at once, of all requests together; more are answered 429. */
  bodyBytes: 67_108_864,
  /** Of those, of one user. */
  bodyBytesPerUser: 33_554_432,
  /** Bytes of answers and watches that wait for their readers, of all together; more are answered 429. */
  answerBytes: 134_217_728,
  /** Of those, of one user. One answer that is larger is sent where it is the only one. */
  answerBytesPerUser: 67_108_864,
  /** An answer is cut off that its reader has not taken by then, and so many bytes a second beyond. */
  readerTimeoutMs: 60_000,
  readerBytesPerSecond: 16_384,
  /** The largest body of nobody known: a board's request to join, several times over. */
  strangerBodyBytes: 65_536,
  /** For whom nobody knows, until the body is whole. */
  strangerTimeoutMs: 5_000,
  /** YAML takes forty times as long to read as JSON, and all else waits meanwhile; larger objects come as JSON. */
  yamlCharacters: 262_144,
  /** Watches and log streams open at once; more are answered 429. */
  streams: 1_500,
  /** Of those, watches of one user: others are served meanwhile. */
  watchesPerUser: 1_000,
  /** Connections open at once; more are closed as they come. */
  connections: 2_000,
  /** Bytes that may wait for a slow reader of a watch, beside what was there at its start, before it is cut off. */
  watchBacklogBytes: 4_194_304,
  /** How often a watch that asked for bookmarks is told how far it is. */
  bookmarkIntervalMs: 60_000,
  /** The longest that a watch lasts: clients come back by themselves. */
  watchLifetimeMs: 1_800_000,
  /** A client that has not sent its whole head by then is cut off. */
  headTimeoutMs: 10_000,
  /** The same for head and body together. */
  requestTimeoutMs: 60_000,
  /** How long the rest of a body is waited for whose request is refused. */
  dropTimeoutMs: 5_000,
  /** An idle connection is kept for the next request for so long. */
  keepAliveMs: 120_000,
  /** Answers longer than this are compressed for clients that take it. */
  compressFromBytes: 131_072,
  /** An answer is indented for people (`?pretty=true`) up to this length: that is done in one go. */
  prettyBytes: 262_144,
  pathBytes: 8_192,
} as const;
