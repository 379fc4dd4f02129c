import type { LinkContext, LinkState } from './state.ts';

/** From now on the board hears these topics beside its own, on each connection. */
export function listenTo(state: LinkState, filters: readonly string[], ctx: LinkContext): void {
  const gone = state.listening.filter((filter) => !filters.includes(filter));
  const added = filters.filter((filter) => !state.listening.includes(filter));
  state.listening = filters;
  if (!state.up) return;
  if (gone.length > 0) state.connection?.unsubscribe(gone);
  if (added.length > 0) subscribe(state, ctx, added);
}

/**
 * A refusal ends no connection: the board may have been put into another group, which it hears on a topic of its own.
 */
export function subscribe(
  state: LinkState,
  ctx: LinkContext,
  filters: readonly string[] = state.listening,
): void {
  if (filters.length === 0) return;
  const { attempt } = state;
  const told = ctx.listen((reason: string) => ({ type: 'listen-refused' as const, attempt, reason }));
  state.connection?.subscribe(filters, (error) => {
    if (error) told(error.message);
  });
}
