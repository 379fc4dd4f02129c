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
  /** Decoded body; for a patch the patch document. */
  readonly body: unknown;
  readonly patchType?: 'json' | 'merge' | 'strategic' | 'apply';
  /** Field paths that the decoder met twice in one object. */
  readonly duplicateFields?: readonly string[];
  /** Milliseconds since the epoch at which the request was received, for `bramble trace`. */
  readonly receivedAt: number;
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
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly {
      readonly reason: string;
      readonly message: string;
      readonly field: string;
    }[];
    readonly retryAfterSeconds?: number;
  };
}

export interface ListAnswer {
  readonly items: readonly { readonly object: KubeObject; readonly json: string }[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
  readonly remaining: number | undefined;
}

export interface WatchAnswer {
  /** Starts delivery, from the revision that the request named. The function returned ends it. */
  readonly start: (sink: WatchSink) => () => void;
}

export interface WatchSink {
  /** Already filtered by selectors: an object that no longer matches comes as `deleted`. */
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** With a bookmark's revision. */
  readonly onBookmark: (revision: number) => void;
  /** 410 or another end; comes last. */
  readonly onEnd: (status: Status) => void;
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
