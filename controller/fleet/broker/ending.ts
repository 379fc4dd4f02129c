/** Why the broker itself ends a connection; whoever ends one has counted it. */
class Ending extends Error {}

export function ending(reason: string): Error {
  return new Ending(reason);
}

/** What a connection's error says of its client, where nobody has counted it yet. */
export function faultOf(
  error: Error & { code?: string; returnCode?: number },
): 'malformed' | 'mute' | undefined {
  if (error.message === 'connect did not arrive in time') return 'mute';
  const isCounted = error instanceof Ending || error.returnCode !== undefined;
  // The system's errors have a code; what the parser finds wrong has none.
  if (isCounted || error.code !== undefined || error.message === 'keep alive timeout') return undefined;
  return 'malformed';
}
