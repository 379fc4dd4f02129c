import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { Membership, Proof } from './port.ts';

export type KeeperMessage =
  /** The broker does not let the board in. */
  | { readonly type: 'refused' }
  | { readonly type: 'look' }
  | { readonly type: 'proved'; readonly proof: Proof }
  | { readonly type: 'failed'; readonly error: unknown };

export interface KeeperPorts {
  readonly membership: Membership;
  /** The board is somebody else now: this process must end and begin anew. */
  readonly moved: () => void;
}

interface KeeperState {
  busy: boolean;
  /** Tries in a row that did not help. */
  failures: number;
  provedAtMs: number;
}

/** The wall clock may jump, so that the date is compared now and then rather than counted down to. */
const lookEveryMs = 43_200_000;
const firstRetryMs = 5_000;
const maxRetryMs = 3_600_000;
/** The link needs a moment to dial with what came of a proof: a refusal meanwhile is about the one before. */
const settlingMs = 60_000;

type Context = ActorContext<KeeperMessage>;

/** Keeps the board a member of its fleet: renews its certificate in time, and joins again when it is not known. */
export function membershipKeeper(ports: KeeperPorts): Actor<KeeperState, KeeperMessage> {
  const { membership } = ports;
  return {
    inbox: { capacity: 16, overflow: 'drop-oldest', conflate: ({ type }) => type },
    start(ctx) {
      const state: KeeperState = { busy: false, failures: 0, provedAtMs: Number.NEGATIVE_INFINITY };
      look(state, membership, ctx);
      return state;
    },
    receive(state, message, ctx) {
      switch (message.type) {
        case 'refused':
          refused(state, membership, ctx);
          break;
        case 'look':
          look(state, membership, ctx);
          break;
        case 'proved':
          proved(state, message.proof, ports, ctx);
          break;
        case 'failed':
          state.busy = false;
          retryLater(state, 'the controller cannot be asked for a certificate', message.error, ctx);
          break;
      }
      return state;
    },
  };
}

function look(state: KeeperState, membership: Membership, ctx: Context): void {
  const leftMs = membership.renewAtMs() - ctx.host.now();
  if (state.failures > 0 || leftMs <= 0 || membership.isElsewhere()) return prove(state, membership, ctx);
  ctx.setTimer('look', Math.min(leftMs, lookEveryMs), { type: 'look' });
}

/** The link tries again and again; each refusal is answered only when what the last one led to is known. */
function refused(state: KeeperState, membership: Membership, ctx: Context): void {
  const settling = ctx.host.monotonic() - state.provedAtMs < settlingMs;
  if (!settling && state.failures === 0) prove(state, membership, ctx);
}

function prove(state: KeeperState, membership: Membership, ctx: Context): void {
  if (state.busy) return;
  state.busy = true;
  ctx.pipe(
    membership.prove(),
    (proof) => ({ type: 'proved', proof }),
    (error) => ({ type: 'failed', error }),
  );
}

function proved(state: KeeperState, proof: Proof, { membership, moved }: KeeperPorts, ctx: Context): void {
  state.busy = false;
  if (proof.type === 'refused') {
    const advice =
      'the fleet does not know this board: join it anew with a token from `bramble token create`';
    return retryLater(state, advice, proof.message, ctx);
  }
  state.failures = 0;
  state.provedAtMs = ctx.host.monotonic();
  ctx.log('info', proof.type === 'renewed' ? 'the certificate was renewed' : 'joined the fleet anew');
  if (proof.type === 'moved') return moved();
  look(state, membership, ctx);
}

function retryLater(state: KeeperState, what: string, error: unknown, ctx: Context): void {
  const fullMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(state.failures, 20));
  const delayMs = fullMs * (0.5 + ctx.host.random() / 2);
  state.failures += 1;
  // The waits double: what is said each time is said rarely soon.
  ctx.log('warn', what, { error, retryMs: Math.round(delayMs) });
  ctx.setTimer('look', delayMs, { type: 'look' });
}
