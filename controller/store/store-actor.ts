import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { type EncodedTransaction, encodedSize } from './encode.ts';
import type { StoreEngine } from './engine.ts';
import type { StoreCache } from './store-cache.ts';
import type { TransactionResult } from './types.ts';

/** `overloaded`: more waits already than the store takes; nothing was written. */
export type CommitReply = TransactionResult | 'overloaded';

export type StoreMessage =
  | {
      readonly type: 'commit';
      readonly transaction: EncodedTransaction;
      readonly replyTo: ActorRef<CommitReply>;
    }
  /** Comes behind the commits that waited in the inbox when the first of them was taken. */
  | { readonly type: 'flush' }
  /** The engine has told of changes, by this writer or another. */
  | { readonly type: 'changed' }
  | { readonly type: 'answered'; readonly results: readonly TransactionResult[] };

export interface StoreBounds {
  /** Commits in one synced batch: encoding and answering them must fit in a turn. */
  readonly batchCommits: number;
  readonly batchBytes: number;
  /** Commits that wait for the next batch, and their bytes. */
  readonly waitingCommits: number;
  readonly waitingBytes: number;
}

const defaultBounds: StoreBounds = {
  batchCommits: 128,
  batchBytes: 2_097_152,
  waitingCommits: 4_096,
  waitingBytes: 67_108_864,
};

interface Waiting {
  readonly transaction: EncodedTransaction;
  readonly replyTo: ActorRef<CommitReply>;
  readonly bytes: number;
}

interface Batch {
  readonly commits: readonly Waiting[];
  readonly outcome: Promise<TransactionResult[]>;
}

interface StoreState {
  waiting: Waiting[];
  waitingBytes: number;
  /** On their way to the disk: one, and one that the engine prepares behind it. */
  readonly underWay: Batch[];
  flushAsked: boolean;
  unavailable: boolean;
}

/**
 * Commits all that waits in one synced batch, while the next gathers; then takes in what the engine told, answers,
 * and tells the watchers, in one turn (guarantee G1).
 */
export function storeActor(
  engine: StoreEngine,
  cache: StoreCache,
  bounds: StoreBounds = defaultBounds,
): Actor<StoreState, StoreMessage> {
  return {
    inbox: { capacity: bounds.waitingCommits },
    start(ctx) {
      const wake = ctx.listen((type: 'changed') => ({ type }));
      cache.setOnPending(() => wake('changed'));
      // An incarnation that failed may have left some behind.
      cache.tell(cache.advance());
      return { waiting: [], waitingBytes: 0, underWay: [], flushAsked: false, unavailable: false };
    },
    receive(state, message, ctx) {
      switch (message.type) {
        case 'commit':
          gather(state, message.transaction, message.replyTo, bounds);
          // A commit that comes alone waits for nobody.
          if (state.underWay.length === 0 && !state.flushAsked && ctx.pending > 0)
            state.flushAsked = ctx.self.send({ type: 'flush' });
          // With a flush in the inbox there is more to gather; with no room for one there is enough.
          if (!state.flushAsked) beginBatches(engine, state, bounds, ctx);
          return state;
        case 'flush':
          state.flushAsked = false;
          beginBatches(engine, state, bounds, ctx);
          return state;
        case 'changed':
          // A batch under way is answered with its own changes taken in: soon.
          if (state.underWay.length === 0) cache.tell(cache.advance());
          return state;
        case 'answered':
          finishBatch(cache, state, message.results, ctx);
          beginBatches(engine, state, bounds, ctx);
          return state;
      }
    },
    stopped: (state) => letGo(cache, state),
  };
}

function gather(
  state: StoreState,
  transaction: EncodedTransaction,
  replyTo: ActorRef<CommitReply>,
  bounds: StoreBounds,
): void {
  const bytes = encodedSize(transaction);
  const full =
    state.waiting.length >= bounds.waitingCommits || state.waitingBytes + bytes > bounds.waitingBytes;
  if (full) {
    replyTo.send('overloaded');
    return;
  }
  state.waiting.push({ transaction, replyTo, bytes });
  state.waitingBytes += bytes;
}

/** One at once, and behind it a second one when that is full: until then it grows with what arrives. */
function beginBatches(
  engine: StoreEngine,
  state: StoreState,
  bounds: StoreBounds,
  ctx: ActorContext<StoreMessage>,
): void {
  if (state.underWay.length === 0) beginBatch(engine, state, bounds, ctx);
  const full = state.waiting.length >= bounds.batchCommits || state.waitingBytes >= bounds.batchBytes;
  if (full && state.underWay.length === 1) beginBatch(engine, state, bounds, ctx);
}

function beginBatch(
  engine: StoreEngine,
  state: StoreState,
  bounds: StoreBounds,
  ctx: ActorContext<StoreMessage>,
): void {
  if (state.waiting.length === 0) return;
  const commits = takeBatch(state, bounds);
  const outcome = engine
    .commit(commits.map((waiting) => waiting.transaction))
    .catch((error: unknown) => commits.map(() => refusal(error)));
  state.underWay.push({ commits, outcome });
  const answered = (results: TransactionResult[]): StoreMessage => ({ type: 'answered', results });
  ctx.pipe(outcome, answered, () => answered([]));
}

/** The oldest that wait, as many as one batch holds; one at least. */
function takeBatch(state: StoreState, bounds: StoreBounds): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const waiting of state.waiting) {
    bytes += waiting.bytes;
    if (count > 0 && (count >= bounds.batchCommits || bytes > bounds.batchBytes)) break;
    count += 1;
  }
  const batch = state.waiting.splice(0, count);
  for (const waiting of batch) state.waitingBytes -= waiting.bytes;
  return batch;
}

function finishBatch(
  cache: StoreCache,
  state: StoreState,
  results: readonly TransactionResult[],
  ctx: ActorContext<StoreMessage>,
): void {
  const { commits } = state.underWay.shift() as Batch;
  const changes = cache.advance();
  answer(commits, results);
  cache.tell(changes);
  noteAvailability(state, results, ctx);
}

function answer(commits: readonly Waiting[], results: readonly TransactionResult[]): void {
  let index = 0;
  for (const { replyTo } of commits) {
    replyTo.send(results[index] ?? refusal('the engine gave no result'));
    index += 1;
  }
}

/** Says once that nothing can be written, and once that it can again. */
function noteAvailability(
  state: StoreState,
  results: readonly TransactionResult[],
  ctx: ActorContext<StoreMessage>,
): void {
  const refused = results.find((result) => !result.ok && result.reason === 'unavailable');
  const unavailable = refused !== undefined;
  if (unavailable === state.unavailable) return;
  state.unavailable = unavailable;
  if (refused) ctx.log('error', 'the store cannot write', { result: refused });
  else ctx.log('info', 'the store can write again');
}

/** Those who wait learn the truth, whatever becomes of the actor. */
function letGo(cache: StoreCache, state: StoreState): void {
  for (const waiting of state.waiting) waiting.replyTo.send(refusal('the store is starting again'));
  for (const { commits, outcome } of state.underWay) {
    outcome.then((results) => {
      const changes = cache.advance();
      answer(commits, results);
      cache.tell(changes);
    });
  }
}

function refusal(error: unknown): TransactionResult {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, reason: 'unavailable', message: `Nothing was written: ${message}` };
}
