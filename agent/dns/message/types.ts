/** Numbers of RFC 1035, 2782, 3596 and 6891. */
export const recordTypes = {
  A: 1,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  ANY: 255,
} as const;
export const responseCodes = {
  ok: 0,
  format: 1,
  failure: 2,
  noName: 3,
  notImplemented: 4,
  refused: 5,
} as const;
export const classInternet = 1;

export interface Question {
  /** Lower case, without the dot at the end. */
  readonly name: string;
  /** As it was asked: some resolvers mix the case, and compare. */
  readonly spelling: string;
  readonly type: number;
  readonly class: number;
}

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly question: Question;
  /** Bytes that the client takes over UDP, when it says so (RFC 6891). */
  readonly ednsBytes: number | undefined;
}

export type RecordData =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'CNAME' | 'PTR'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: 'TXT'; readonly text: string }
  | {
      readonly type: 'SOA';
      readonly server: string;
      readonly mailbox: string;
      readonly negativeSeconds: number;
    }
  /** As another server wrote it, with no name inside that could be compressed. */
  | { readonly type: 'raw'; readonly number: number; readonly bytes: Uint8Array };

export interface ResourceRecord {
  readonly name: string;
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

export interface Reply {
  readonly code: number;
  readonly authoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}
