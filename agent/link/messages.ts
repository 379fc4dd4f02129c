import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import type { BoardHoldings, PodsNews } from '../pods/manager-messages.ts';

export type LinkMessage =
  | PodsNews
  /** One frame of a stream, encoded. Lost when the link is down: its stream has ended by then. */
  | { readonly type: 'stream-out'; readonly stream: string; readonly payload: Uint8Array }
  | { readonly type: 'dial' }
  /** `attempt` tells the events of an earlier connection from those of this one. */
  | { readonly type: 'link'; readonly attempt: number; readonly event: LinkEvent }
  | { readonly type: 'stable' }
  | { readonly type: 'birth' }
  | { readonly type: 'holdings'; readonly holdings: BoardHoldings }
  | { readonly type: 'holdings-late' }
  | { readonly type: 'metrics' }
  | { readonly type: 'repeat' };
