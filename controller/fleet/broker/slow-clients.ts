import type { BrokerCounts } from './counts.ts';
import { ending } from './ending.ts';
import type { BrokerLimits } from './limits.ts';
import type { Session, Sessions } from './sessions.ts';

/** `false`, and the client is disconnected, when too much waits for it already. */
export function hasRoom(session: Session, limits: BrokerLimits, counts: BrokerCounts): boolean {
  const isController = session.admitted?.identity.type === 'controller';
  const most = isController ? limits.controllerBufferedBytes : limits.bufferedBytes;
  if (session.socket.writableLength <= most) return true;
  if (!session.socket.destroyed) {
    counts.overflowed += 1;
    session.socket.destroy(ending('reads too slowly: too many bytes wait'));
  }
  return false;
}

/** Looks at all clients for which bytes wait; to be called about once a second. */
export function dropStalled(
  sessions: Sessions,
  limits: BrokerLimits,
  counts: BrokerCounts,
  nowMs: number,
): void {
  const waiting = [...sessions.all].filter((session) => session.socket.writableLength > 0);
  for (const session of waiting) dropIfStalled(session, limits, counts, nowMs);
  counts.bufferedBytes = waiting.reduce((sum, session) => sum + session.socket.writableLength, 0);
  if (counts.bufferedBytes <= limits.totalBufferedBytes) return;
  const share = limits.totalBufferedBytes / waiting.length;
  for (const session of waiting) {
    if (session.admitted?.identity.type === 'controller' || session.socket.writableLength <= share) continue;
    counts.overflowed += 1;
    session.socket.destroy(ending('reads too slowly: too many bytes wait in all'));
  }
}

function dropIfStalled(session: Session, limits: BrokerLimits, counts: BrokerCounts, nowMs: number): void {
  const { socket, progress } = session;
  const mark = `${session.sentMark()} ${socket.bytesRead} ${socket.writableLength}`;
  if (mark !== progress.mark) session.progress = { mark, atMs: nowMs };
  else if (nowMs - progress.atMs >= limits.stallMs) {
    counts.stalled += 1;
    socket.destroy(ending('stalled'));
  }
}
