import type { Host } from '@bramble/actors/index.ts';
import type { ExtraRequest, ExtraResponse, ExtraRoute } from '../apiserver/http/ports.ts';
import type { UserInfo } from '../apiserver/request.ts';
import type { UnclaimedPods } from '../fleet/unclaimed.ts';
import type { ObjectStore } from '../store/types.ts';
import { traceOf } from '../trace/answer.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import type { JoinOutcome } from '../trust/join.ts';
import type { Trust } from '../trust/trust.ts';
import { type Answer, refusal } from './answer.ts';
import { boards } from './boards.ts';
import { tokens } from './tokens.ts';
import { unclaimed } from './unclaimed.ts';
import { users } from './users.ts';

export interface ManagementRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** `undefined` only where a route is open to all. */
  readonly user: UserInfo | undefined;
  readonly body: unknown;
}

export interface ManagementPorts {
  readonly trust: Trust;
  readonly trace: TraceRecorder;
  readonly store: ObjectStore;
  readonly unclaimed: UnclaimedPods;
  readonly host: Host;
  readonly join: (body: unknown) => Promise<JoinOutcome>;
  /** Resolves when the broker knows who may use it now. */
  readonly settled: () => Promise<void>;
}

export const managementRoot = '/bramble/v1';
/** Bramble's own routes beside Kubernetes': joining, traces, users and tokens. All but the open ones are for admins. */
export async function handleManagement(ports: ManagementPorts, request: ManagementRequest): Promise<Answer> {
  const { method, path, user, body } = request;
  const route = segmentsOf(path);
  if (!route) return refusal(400, 'BadRequest', `${path} is not percent-encoded as a path must be`);
  if (method === 'POST' && path === `${managementRoot}/join`) return joined(await ports.join(body));
  if (method === 'GET' && path === `${managementRoot}/ca`) return { code: 200, body: ports.trust.caPem };
  if (!user) return refusal(401, 'Unauthorized', 'Unauthorized');
  if (method === 'GET' && route[0] === 'trace' && route.length === 3)
    return traceOf(ports, route[1] ?? '', route[2] ?? '');
  if (user.role !== 'admin') return refusal(403, 'Forbidden', `user "${user.name}" is no admin`);
  if (route[0] === 'users') return users(ports, method, route.slice(1), body);
  if (route[0] === 'boards') return boards(ports, method, route[1]);
  if (route[0] === 'tokens') return tokens(ports.trust.joinTokens, method, route[1], body);
  if (route[0] === 'unclaimed') return unclaimed(ports, method, route[1], body);
  return refusal(404, 'NotFound', `there is no ${method} ${path}`);
}

/** The levels below the root, or `undefined` when one is malformed. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path
      .slice(managementRoot.length + 1)
      .split('/')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function joined(outcome: JoinOutcome): Answer {
  if (outcome.ok) return { code: 200, body: outcome.answer };
  const { code, reason, message } = outcome.refusal;
  return refusal(code, reason, message);
}

/** The same as routes of the API server. */
export function managementRoutes(ports: ManagementPorts): ExtraRoute[] {
  const serve = async ({ method, path, user, body }: ExtraRequest): Promise<ExtraResponse> => {
    const parsed = parseBody(body);
    if (!parsed.ok) return response(refusal(400, 'BadRequest', 'the body is not JSON'));
    return response(await handleManagement(ports, { method, path, user, body: parsed.value }));
  };
  const open: ExtraRoute[] = [
    { method: 'POST', path: `${managementRoot}/join`, anonymous: true, handle: serve },
    { method: 'GET', path: `${managementRoot}/ca`, anonymous: true, handle: serve },
  ];
  const guarded = [
    'users',
    'users/*',
    'tokens',
    'tokens/*',
    'trace/*',
    'boards',
    'boards/*',
    'unclaimed',
    'unclaimed/*',
  ].flatMap((path) =>
    ['GET', 'POST', 'DELETE'].map((method) => ({ method, path: `${managementRoot}/${path}`, handle: serve })),
  );
  return [...open, ...guarded];
}

function parseBody(body: Uint8Array): { ok: true; value: unknown } | { ok: false } {
  if (body.length === 0) return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(Buffer.from(body).toString('utf8')) };
  } catch {
    return { ok: false };
  }
}

function response({ code, body }: Answer): ExtraResponse {
  return typeof body === 'string'
    ? { status: code, contentType: 'application/x-pem-file', body }
    : { status: code, contentType: 'application/json', body: JSON.stringify(body) };
}
