import { topics } from '@bramble/protocol/topics.ts';
import type { LinkMessage } from './messages.ts';
import type { LinkConfig, LinkContext, LinkState } from './state.ts';

/** Sends what the window lets through. Statuses and metrics do not come this way, and so overtake what waits here. */
export function sendFrames(state: LinkState, config: LinkConfig, ctx: LinkContext): void {
  const { connection, attempt, frames } = state;
  if (!state.up || !connection) return frames.clear();
  for (let next = frames.take(); next; next = frames.take()) {
    const { stream, payload } = next;
    const settled = ctx.listen((): LinkMessage => ({ type: 'stream-sent', attempt, bytes: payload.length }));
    const topic = topics.streamOut(config.node, stream);
    connection.publish({ topic, payload, qos: 1, retain: false }, () => settled(undefined));
  }
}

/** A frame of this connection has arrived, or never will. */
export function frameSent(
  state: LinkState,
  { attempt, bytes }: Extract<LinkMessage, { type: 'stream-sent' }>,
  config: LinkConfig,
  ctx: LinkContext,
): void {
  if (attempt !== state.attempt || !state.up) return;
  state.frames.sent(bytes);
  sendFrames(state, config, ctx);
}
