/** What the API server has answered and refused since it started. */
export interface HttpCounts {
  /** By status code; a watch counts when it begins. */
  readonly answers: Map<number, number>;
  failedHandshakes: number;
  /** Not taken at all, since there were too many. */
  shedConnections: number;
  /** Ended since what came was no HTTP. */
  malformed: number;
  /** Ended since a request was not whole in time. */
  timedOut: number;
  /** Watches that were cut off since their client did not keep up. */
  slowWatches: number;
}

export function noHttpCounts(): HttpCounts {
  return {
    answers: new Map(),
    failedHandshakes: 0,
    shedConnections: 0,
    malformed: 0,
    timedOut: 0,
    slowWatches: 0,
  };
}

export function countAnswer({ answers }: HttpCounts, code: number): void {
  answers.set(code, (answers.get(code) ?? 0) + 1);
}

/** @param code of the error that ended a connection; one that its client has cut is nobody's refusal */
export function countBroken(counts: HttpCounts, code: string | undefined): void {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') counts.timedOut += 1;
  else if (code?.startsWith('HPE_')) counts.malformed += 1;
}
