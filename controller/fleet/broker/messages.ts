import type { LogEntry } from '@bramble/actors/index.ts';
import type { BrokerCounts } from './counts.ts';
import type { AuthTable, BoardChange } from './identify.ts';
import type { BrokerLimits } from './limits.ts';
import type { BrokerTls } from './listener.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: BrokerTls;
  readonly auth: AuthTable;
  readonly limits: BrokerLimits;
}

export type ToWorker =
  | { readonly type: 'auth'; readonly auth: AuthTable }
  | { readonly type: 'board'; readonly change: BoardChange }
  | { readonly type: 'tls'; readonly tls: BrokerTls }
  | { readonly type: 'counts'; readonly id: number }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'listening'; readonly port: number }
  /** It could not listen, and has ended. */
  | { readonly type: 'refused'; readonly code: string | undefined; readonly message: string }
  | { readonly type: 'counts'; readonly id: number; readonly counts: BrokerCounts }
  /** Many clients have come or gone, and it is calm again. */
  | { readonly type: 'settled' }
  | { readonly type: 'log'; readonly entry: LogEntry };
