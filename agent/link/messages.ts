import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import type { NetworkNews } from '../network/messages.ts';
import type { BoardHoldings, PodsNews } from '../pods/manager-messages.ts';

export type LinkMessage =
  | PodsNews
  /** One frame of a stream, encoded. Lost when the link is down: its stream has ended by then. */
  | { readonly type: 'stream-out'; readonly stream: string; readonly payload: Uint8Array }
  | NetworkNews
  | { readonly type: 'listen-refused'; readonly attempt: number; readonly reason: string }
  /** Frames of a stream that are under way no more. */
  | { readonly type: 'stream-sent'; readonly attempt: number; readonly bytes: number }
  | { readonly type: 'dial' }
  /** `attempt` tells the events of an earlier connection from those of this one. */
  | { readonly type: 'link'; readonly attempt: number; readonly event: LinkEvent }
  /** The fleet says that another machine is this board. */
  | { readonly type: 'copied'; readonly message: string }
  | { readonly type: 'stable' }
  | { readonly type: 'birth' }
  /** Something else than this board's birth was heard in its place. */
  | { readonly type: 'restate' }
  | { readonly type: 'holdings'; readonly holdings: BoardHoldings }
  | { readonly type: 'holdings-late' }
  | { readonly type: 'metrics' }
  | { readonly type: 'repeat' };
