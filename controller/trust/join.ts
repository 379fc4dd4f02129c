import { createPublicKey } from 'node:crypto';
import type { Host } from '@bramble/actors/index.ts';
import { type JoinAnswer, type JoinRequest, joinRequest } from '@bramble/protocol/join.ts';
import type { Trust } from './trust.ts';
import { inspectCertificate } from './x509/inspect.ts';

/** What the controller remembers of a board that joined. */
export interface BoardRecord {
  readonly node: string;
  /** `/etc/machine-id`: only this machine may join again under this name. */
  readonly machineId: string;
  /** X25519 public key, SPKI, base64. */
  readonly sealingKey: string;
  /** Of the one certificate that is valid for this board, upper-case hexadecimal. */
  readonly certificateSerial: string;
  /** Of the certificate that was shown to get this one: good for nothing but asking again. */
  readonly previousSerial?: string;
  /** Milliseconds since the Unix epoch. */
  readonly joinedAt: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Uids of pods of another store that a person has let the board end. */
  readonly released?: readonly string[];
}

export interface BoardRegistry {
  get(node: string): Promise<BoardRecord | undefined>;
  /** Durable when it returns. */
  put(record: BoardRecord): Promise<void>;
}

/** Where boards dial the broker, and when it knows of them. */
export interface BrokerPlace {
  /** Absent: wherever a board reached the controller. */
  readonly mqttHost?: string;
  readonly mqttPort: number;
  /** Resolves when the broker lets in whoever the store says by now, or could not be told in time. */
  readonly settled: () => Promise<void>;
}

export interface JoinPorts {
  readonly trust: Pick<Trust, 'certificates' | 'clusterPublicKey' | 'joinTokens'>;
  readonly boards: BoardRegistry;
  readonly host: Host;
  readonly storeId: string;
  readonly broker: BrokerPlace;
  /** Where all boards' pods have their addresses. */
  readonly clusterCIDR?: string;
  readonly serviceCIDR?: string;
}

/** `code` and `reason` are those of Kubernetes' Status. */
export interface JoinRefusal {
  readonly code: 400 | 401 | 409;
  readonly reason: 'BadRequest' | 'Unauthorized' | 'Conflict';
  readonly message: string;
}

export type JoinOutcome =
  | { readonly ok: true; readonly answer: JoinAnswer }
  | { readonly ok: false; readonly refusal: JoinRefusal };

/**
 * Answers `POST /bramble/v1/join`, given the parsed JSON body. Requests are handled one after the other, so that two
 * boards that ask for one name at once cannot both get it.
 */
export function createJoin(ports: JoinPorts): (body: unknown) => Promise<JoinOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  return (body) => {
    const work = last.then(() => join(ports, body));
    last = work.catch(() => undefined);
    return work;
  };
}

async function join(ports: JoinPorts, body: unknown): Promise<JoinOutcome> {
  const parsed = joinRequest.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse(400, 'BadRequest', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'wrong form'}`);
  }
  const request = parsed.data;
  if (!isSealingKey(request.sealingKey))
    return refuse(400, 'BadRequest', 'sealingKey: not an X25519 public key');
  const redeemed = await ports.trust.joinTokens.redeem(request.token, request.machineId);
  if (!redeemed.ok) return refuse(401, 'Unauthorized', redeemed.reason);
  const holder = await ports.boards.get(request.node);
  if (holder && !isSameMachine(holder, request)) return nameTaken(request.node);
  return admit(ports, request, { ...request.labels, ...redeemed.labels });
}

function isSameMachine({ machineId }: BoardRecord, request: JoinRequest): boolean {
  return [request.machineId, ...(request.otherMachineIds ?? [])].includes(machineId);
}

async function admit(
  ports: JoinPorts,
  request: JoinRequest,
  labels: BoardRecord['labels'],
): Promise<JoinOutcome> {
  const { node, machineId, sealingKey } = request;
  const certificate = await ports.trust.certificates.issueNode(request.csr, node);
  if (certificate === undefined)
    return refuse(400, 'BadRequest', 'csr: not a request signed with its own ECDSA P-256 key');
  const certificateSerial = inspectCertificate(certificate).serial;
  const joinedAt = ports.host.now();
  await ports.boards.put({ node, machineId, sealingKey, certificateSerial, joinedAt, labels });
  const { storeId, clusterCIDR, serviceCIDR, trust } = ports;
  const { settled, ...place } = ports.broker;
  await settled();
  const { authorityPem: ca } = trust.certificates;
  return {
    ok: true,
    answer: {
      node,
      certificate,
      certificateLifetimeMs: trust.certificates.nodeLifetimeMs,
      ca,
      clusterKey: trust.clusterPublicKey,
      storeId,
      ...place,
      ...(clusterCIDR === undefined ? {} : { clusterCIDR }),
      ...(serviceCIDR === undefined ? {} : { serviceCIDR }),
    },
  };
}

function isSealingKey(base64: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'x25519';
  } catch {
    return false;
  }
}

function nameTaken(node: string): JoinOutcome {
  return refuse(
    409,
    'Conflict',
    `another machine has joined as ${node}; give this board another name, or remove that one first`,
  );
}

function refuse(code: JoinRefusal['code'], reason: JoinRefusal['reason'], message: string): JoinOutcome {
  return { ok: false, refusal: { code, reason, message } };
}
