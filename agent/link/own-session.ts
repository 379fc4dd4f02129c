import { decodeJson } from '@bramble/protocol/decode.ts';
import { nodeSession } from '@bramble/protocol/messages/session.ts';
import type { LinkContext, LinkPorts, LinkState } from './state.ts';

const firstRestateMs = 200;
/** Where somebody else speaks in this board's name, two who correct each other must not fill the link. */
const maxRestateMs = 60_000;

/**
 * What the fleet hears of this board on the board's own topic. A will may come late, after the birth that it seems to
 * end; whatever stands there instead of this boot's birth is put right by saying it anew.
 */
export function takeOwnSession(
  state: LinkState,
  { payload, retained }: { readonly payload: Uint8Array; readonly retained: boolean },
  { boot }: Pick<LinkPorts, 'boot'>,
  ctx: LinkContext,
): void {
  // What the broker had kept is older than the birth that this connection begins with.
  if (retained || !state.born || state.restating || isBirthOf(boot, payload)) return;
  const delayMs = nextDelayMs(state, ctx.host.monotonic());
  state.restating = true;
  ctx.log('info', 'the fleet was told something else than this board’s birth', { sayAgainMs: delayMs });
  ctx.setTimer('restate', delayMs * (0.5 + ctx.host.random() / 2), { type: 'restate' });
}

/** Two births of one boot may cross, so that their content is not compared: each was true, and the newer one is under way. */
function isBirthOf(boot: number, payload: Uint8Array): boolean {
  const decoded = decodeJson(nodeSession, payload);
  return decoded.ok && decoded.value.alive && decoded.value.boot === boot;
}

function nextDelayMs(state: LinkState, nowMs: number): number {
  const { restated } = state;
  const row = restated && nowMs - restated.atMs < 2 * maxRestateMs ? restated.row : 0;
  state.restated = { row: row + 1, atMs: nowMs };
  return Math.min(maxRestateMs, firstRestateMs * 2 ** Math.min(row, 20));
}
