import type { Host } from '@bramble/actors/host.ts';
import type { ObjectStore } from '../../store/types.ts';
import type { ApiPipeline } from '../pipeline.ts';
import type { Status, UserInfo } from '../request.ts';
import type { BoardStreams } from './streaming/ports.ts';

/** The certificate that a client showed on the connection. */
export interface PeerCertificate {
  /** X.509 in DER. */
  readonly der: Uint8Array;
  /** Whether it chains up to the authorities that the server was started with; when not, it proves nothing. */
  readonly verified: boolean;
}

export interface Credentials {
  readonly bearerToken?: string;
  readonly peerCertificate?: PeerCertificate;
}

/** Finds out who asks; `undefined` for nobody that is known, which is answered 401. */
export interface Authenticator {
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** PodLogOptions (core/v1), checked. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  /** RFC 3339. */
  readonly sinceTime: string | undefined;
  readonly limitBytes: number | undefined;
}

export interface LogSink {
  /** `taken` is called when the client has taken it: until then, no more than a stream's credit should be sent. */
  readonly onData: (chunk: Uint8Array, taken: () => void) => void;
  /** Comes last. A Status tells why the log could not be had; after the first data it ends the answer short. */
  readonly onEnd: (status: Status | undefined) => void;
}

/** Where containers' logs come from: the board that runs the pod. */
export interface LogsPort {
  /** The function returned stops it: the client has gone. */
  open(
    pod: { readonly namespace: string; readonly name: string; readonly uid: string; readonly node: string },
    container: string,
    options: LogOptions,
    sink: LogSink,
  ): () => void;
}

export interface ExtraRequest {
  readonly method: string;
  /** Decoded, beginning with `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  /** The ETag of what the client has already. */
  readonly ifNoneMatch: string | undefined;
  /** At most `limits.requestBytes`. */
  readonly body: Uint8Array;
  /** Who asks; `undefined` on an anonymous route without credentials. */
  readonly user: UserInfo | undefined;
  readonly remoteAddress: string;
  /** X.509 in DER: what the client showed, and holds the key of. Who signed it, and when it ends, was not judged. */
  readonly peerCertificate: Uint8Array | undefined;
}

export interface ExtraResponse {
  readonly status: number;
  readonly contentType: string;
  /** A stream is sent as it comes, no faster than the client reads. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A path of Bramble's own, beside Kubernetes': join, trace, backup. */
export interface ExtraRoute {
  readonly method: string;
  /** The whole path, or with a `*` at its end what it begins with. */
  readonly path: string;
  /** Takes requests of nobody known; it proves in another way who asks (a join token), or tells nothing. */
  readonly anonymous?: boolean;
  /** A StatusError thrown is the answer; anything else thrown is a 500. */
  readonly handle: (request: ExtraRequest) => Promise<ExtraResponse>;
}

export interface HandlerPorts {
  readonly pipeline: ApiPipeline;
  readonly store: ObjectStore;
  readonly authenticator: Authenticator;
  readonly host: Pick<Host, 'now' | 'monotonic' | 'defer' | 'timer' | 'log'>;
  /** As `/version` tells it, such as `v1.35.0+bramble.0.1.0`: kubectl compares it with its own. */
  readonly version: string;
  readonly logs?: LogsPort;
  /** Commands in containers, and forwarded ports. */
  readonly streams?: BoardStreams;
  /** Why the server is not ready, for `/readyz`. */
  readonly notReady?: () => string | undefined;
  readonly extraRoutes?: readonly ExtraRoute[];
}
