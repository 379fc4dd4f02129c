import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { StoreEvent } from '../store/types.ts';

/** Who asks: authenticated by certificate or token, never anonymous. */
export interface UserInfo {
  /** `admin`, a user's name, `system:node:{node}`, `system:bramble:controller`. */
  readonly name: string;
  readonly groups: readonly string[];
  /** The role that authorizes; full RBAC objects come later. */
  readonly role: 'admin' | 'edit' | 'view' | 'node' | 'none';
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A request after decoding, the same whether it came by HTTPS or MQTT. */
export interface ApiRequest {
  readonly user: UserInfo;
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Query options by their Kubernetes names (`fieldValidation`, `dryRun`, `labelSelector`, …). */
  readonly options: Readonly<Record<string, string>>;
  /** Decoded body; for a patch the patch document, for a deletion DeleteOptions or `undefined`. */
  readonly body: unknown;
  readonly patchType?: PatchType;
  /** Field paths that the decoder met twice in one object. */
  readonly duplicateFields?: readonly string[];
  /** Milliseconds since the epoch at which the request was received, for `bramble trace`. */
  readonly receivedAt: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** Kubernetes' Status (meta/v1). */
export interface Status {
  readonly apiVersion: 'v1';
  readonly kind: 'Status';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** An object and its JSON, encoded once. */
export interface Encoded {
  readonly object: KubeObject;
  readonly json: string;
}

export interface ListAnswer {
  readonly kind: Kind;
  readonly items: readonly Encoded[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
  readonly remaining: number | undefined;
}

export interface WatchAnswer {
  readonly kind: Kind;
  /** Starts delivery, from the revision that the request named. The function returned ends it, silently. */
  readonly start: (sink: WatchSink) => () => void;
}

export interface WatchSink {
  /** Already filtered by selectors: an object that no longer matches comes as `deleted`. */
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** All that was there at the start has been told: it may have been any amount, and came in slices. */
  readonly onCaughtUp?: () => void;
  /** `initialEventsEnd`: what was there at the start has been told (`sendInitialEvents`). */
  readonly onBookmark: (revision: number, initialEventsEnd: boolean) => void;
  /** Comes last: a 410 or another fault, or `undefined` when the time asked for is over. */
  readonly onEnd: (status: Status | undefined) => void;
}

export type ApiResponse = { readonly warnings: readonly string[] } & (
  | {
      readonly type: 'object';
      readonly code: 200 | 201 | 202;
      readonly object: KubeObject;
      readonly json: string;
    }
  | { readonly type: 'list'; readonly list: ListAnswer }
  | { readonly type: 'watch'; readonly watch: WatchAnswer }
  | { readonly type: 'status'; readonly status: Status }
);
