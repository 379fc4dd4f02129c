/** Every bound of Bramble's own in one place. Bytes, milliseconds and counts as the names say. */
export const limits = {
  /** Largest object in the store and largest MQTT payload (ARCHITECTURE §5). */
  objectBytes: 1_572_864,
  /** Largest HTTP request body: an object, and room for the protobuf or patch around it. */
  requestBytes: 3_145_728,
  /** Documents in one YAML stream handed to `apply`. */
  applyDocuments: 100,
  /** Objects in one manifest: pods, and the ConfigMaps and Secrets they refer to. */
  manifestObjects: 2_000,
  /** Pods on a board unless its agent is told otherwise; the kubelet's default. */
  podsPerNode: 110,
  /** One frame of a stream (ARCHITECTURE §5). */
  streamFrameBytes: 16_384,
  /** Unconfirmed bytes a stream may have under way. */
  streamCreditBytes: 65_536,
  /** The least that a frame takes of a stream's credit, so that small frames are bounded too. */
  streamFrameCost: 1_024,
  /** Bytes of all streams of a board under way to the broker at once: a status waits behind no more. */
  streamWindowBytes: 65_536,
  /** Streams open to one board; a forwarded connection is one. */
  streamsPerNode: 128,
  /** Streams open for one user. */
  streamsPerUser: 256,
  /** A command or a forwarded connection in which nothing moved for so long is ended; the kubelet's default. */
  streamIdleMs: 14_400_000,
  /** Containers of one board whose use is told at once. */
  usageContainers: 1_000,
  /** Bytes of that answer. */
  usageBytes: 524_288,
  /** Words of a command that `kubectl exec` may run. */
  commandWords: 1_000,
  /** One such word. */
  commandBytes: 32_768,
  /** Recent events of the store that a watch may resume from. */
  watchWindowEvents: 10_000,
  /** Of the JSON of these events, before and after each: large objects are remembered for fewer changes. */
  watchWindowBytes: 67_108_864,
  /** Events that may wait for one slow watcher before it is told 410 Gone. */
  watchBacklogEvents: 20_000,
  /** How long one watcher's events are gathered into one write. */
  watchCoalesceMs: 5,
  /** Kubernetes' Event objects kept in all; the oldest go first. */
  storedEvents: 10_000,
  eventLifetimeMs: 3_600_000,
  /** Pods that have ended and are kept to be looked at; the oldest go first. */
  endedPods: 1_000,
  /** Of a board unless its agent is told otherwise (`--mqtt-keepalive`); of the controller and of users' programs always. */
  mqttKeepaliveSeconds: 30,
  /** What a board's keepalive may be set to. */
  mqttKeepaliveLeastSeconds: 5,
  mqttKeepaliveMostSeconds: 1_200,
  /** How often a board says how it is while nobody asks. */
  idleMetricsMs: 300_000,
  /** For so long after somebody asked how boards are, they say it often. */
  watchedMs: 300_000,
  /** Topic levels and bytes (MQTT 3.1.1 §4.7.3 allows 65,535 bytes; ours are short). */
  topicBytes: 512,
  statusRepeatMs: 10_000,
  /** Pods that no store has claimed are told anew this often; nobody may ever answer. */
  unclaimedRepeatMs: 300_000,
  /** JSON of an unclaimed pod that goes along with its report. */
  unclaimedPodBytes: 262_144,
  /** What a board remembers of what happened to one pod, until the controller has it. */
  podNotes: 32,
  joinTokenLifetimeMs: 3_600_000,
} as const;
