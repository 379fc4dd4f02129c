import { randomBytes } from 'node:crypto';
import { formatJoinToken, parseJoinToken } from '@bramble/protocol/join.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { listUpTo, textUpTo, wholeWithin } from '@bramble/protocol/shapes.ts';
import * as z from '@bramble/protocol/zod.ts';
import { JsonFile } from './json-file.ts';
import { hashOf, newSecret, sameHash } from './secrets.ts';

const labels = z.record(textUpTo(317), textUpTo(63));

const tokenRecord = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{12}$/)),
  secretHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  /** Boards that it may still let in. */
  usesLeft: wholeWithin(0, 100_000),
  /** Machine ids that it let in: one that asks again, since the answer got lost, uses nothing up. */
  usedBy: listUpTo(100_000, textUpTo(64)),
  expiresAtMs: z.number(),
  labels,
});
type TokenRecord = z.infer<typeof tokenRecord>;

const tokensFile = z.object({ tokens: listUpTo(1_000, tokenRecord) });
type TokensFile = z.infer<typeof tokensFile>;

export interface JoinTokenOptions {
  /** How many boards may join with it; 1 unless told. */
  readonly uses?: number;
  readonly lifetimeMs?: number;
  /** Given to each board that joins with it. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What may be shown of a token. */
export interface JoinTokenInfo {
  readonly id: string;
  readonly usesLeft: number;
  readonly expiresAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

export type Redeemed =
  | { readonly ok: true; readonly labels: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly reason: string };

/** The invitations that let boards in. The file holds hashes of them, so reading it lets nobody in. */
export class JoinTokens {
  readonly #file: JsonFile<TokensFile>;
  readonly #pin: string;
  readonly #now: () => number;

  /** @param pin see JoinToken */
  static async open(path: string, pin: string, now: () => number): Promise<JoinTokens> {
    return new JoinTokens(await JsonFile.open(path, tokensFile, { tokens: [] }), pin, now);
  }

  private constructor(file: JsonFile<TokensFile>, pin: string, now: () => number) {
    this.#file = file;
    this.#pin = pin;
    this.#now = now;
  }

  /** Answers with the token's text, which is shown this once. Expired tokens are forgotten. */
  create(options: JoinTokenOptions = {}): Promise<string> {
    const token = { id: randomBytes(6).toString('hex'), secret: newSecret(), pin: this.#pin };
    const record: TokenRecord = tokenRecord.parse({
      id: token.id,
      secretHash: hashOf(token.secret),
      usesLeft: options.uses ?? 1,
      usedBy: [],
      expiresAtMs: this.#now() + (options.lifetimeMs ?? limits.joinTokenLifetimeMs),
      labels: options.labels ?? {},
    });
    return this.#file.update(({ tokens }) => ({
      next: { tokens: [...this.#unexpired(tokens), record] },
      result: formatJoinToken(token),
    }));
  }

  list(): JoinTokenInfo[] {
    return this.#unexpired(this.#file.value.tokens).map(({ id, usesLeft, expiresAtMs, labels }) => ({
      id,
      usesLeft,
      expiresAtMs,
      labels,
    }));
  }

  /** `false` when there was no such token. */
  revoke(id: string): Promise<boolean> {
    return this.#file.update(({ tokens }) => {
      const kept = tokens.filter((token) => token.id !== id);
      return { next: { tokens: kept }, result: kept.length < tokens.length };
    });
  }

  /** Uses the token up for one machine; durable when it returns. */
  redeem(text: string, machineId: string): Promise<Redeemed> {
    return this.#file.update<Redeemed>((before) => {
      const found = this.#find(before.tokens, text);
      if (typeof found === 'string') return { next: before, result: { ok: false, reason: found } };
      const result: Redeemed = { ok: true, labels: found.labels };
      if (found.usedBy.includes(machineId)) return { next: before, result };
      if (found.usesLeft === 0)
        return { next: before, result: { ok: false, reason: 'the join token is used up' } };
      const used = { ...found, usesLeft: found.usesLeft - 1, usedBy: [...found.usedBy, machineId] };
      return {
        next: { tokens: before.tokens.map((token) => (token.id === used.id ? used : token)) },
        result,
      };
    });
  }

  /** The token, or why it is none. An unknown id and a wrong secret are told in the same words. */
  #find(tokens: readonly TokenRecord[], text: string): TokenRecord | string {
    const parsed = parseJoinToken(text);
    if (parsed === undefined) return 'this is not a join token';
    const record = tokens.find((token) => token.id === parsed.id);
    if (record === undefined || !sameHash(record.secretHash, hashOf(parsed.secret)))
      return 'the join token is unknown';
    if (record.expiresAtMs <= this.#now()) return 'the join token has expired';
    return record;
  }

  #unexpired(tokens: readonly TokenRecord[]): TokenRecord[] {
    return tokens.filter((token) => token.expiresAtMs > this.#now());
  }
}
