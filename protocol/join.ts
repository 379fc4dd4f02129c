import { type Decoded, decodeJsonText } from './decode.ts';
import { listUpTo, portNumber, textUpTo, wholeFrom } from './shapes.ts';
import * as z from './zod.ts';

/**
 * The name that every certificate of a controller carries besides its addresses. Boards verify this one, so a
 * controller may move, or be reached through a forwarded port, without new certificates.
 */
export const controllerServerName = 'controller.bramble.internal';
/** The same of a broker beside the controller, whose holder must not pass for the controller. */
export const brokerServerName = 'broker.bramble.internal';
/** What boards accept of a broker: either of the two. */
export const brokerServerNames = [controllerServerName, brokerServerName] as const;
export const joinPath = '/bramble/v1/join';
/** Asked with the board's certificate and an empty body. */
export const renewPath = '/bramble/v1/renew';
/** Answers with the authority's certificate (PEM); what a token pins is its fingerprint. */
export const authorityPath = '/bramble/v1/ca';

/** A join token: `bramble1.{id}.{secret}.{pin}`. `pin` is the SHA-256 of the authority's certificate, base64url. */
export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  readonly pin: string;
}

const tokenPattern = /^bramble1\.([0-9a-f]{12})\.([\w-]{32})\.([\w-]{43})$/;

export function formatJoinToken(token: JoinToken): string {
  return `bramble1.${token.id}.${token.secret}.${token.pin}`;
}

/** `undefined` when the text is no join token; surrounding white space does no harm. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const [, id, secret, pin] = tokenPattern.exec(text.trim()) ?? [];
  return id !== undefined && secret !== undefined && pin !== undefined ? { id, secret, pin } : undefined;
}

/** A node is named like a DNS label, as in Kubernetes, and so is one topic level. */
export const nodeName = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      'must be a DNS label: a–z, 0–9 and -, at most 63 characters',
    ),
  );

/** A machine's name as a node's: its first label, in the letters that a DNS label may have. */
export function nodeNameOf(hostname: string): string {
  const [label = ''] = hostname.toLowerCase().split('.', 1);
  const letters = label.replace(/[^a-z0-9-]/g, '-').slice(0, 63);
  return letters.replace(/^-+|-+$/g, '') || 'board';
}

const base64 = z.base64().check(z.maxLength(4_096));
/** PEM. */
const certificate = textUpTo(16_384);
/** From its making to its end: when two thirds have passed the board asks for a new one. */
const certificateLifetimeMs = wholeFrom(1);

const machineId = z.string().check(z.minLength(1), z.maxLength(64));

/** Where boards dial the broker. */
const brokerPlace = {
  /** Absent: the controller's own, at the address by which the board reached it. */
  mqttHost: z.optional(z.string().check(z.minLength(1), z.maxLength(253))),
  mqttPort: portNumber,
};

/** Body of `POST /bramble/v1/join`. */
export const joinRequest = z.object({
  token: textUpTo(256),
  node: nodeName,
  /** PKCS #10, PEM: the board's ECDSA P-256 key, which never leaves it. */
  csr: textUpTo(16_384),
  /** X25519 public key, SPKI, base64: what Secrets are sealed to. */
  sealingKey: base64,
  machineId,
  /** By which the same machine may have joined before. */
  otherMachineIds: z.optional(listUpTo(32, machineId)),
  /** What whoever joins the board says of it; the token's labels come on top. */
  labels: z.optional(z.record(textUpTo(317), textUpTo(63))),
});
export type JoinRequest = z.infer<typeof joinRequest>;

export const joinAnswer = z.object({
  node: nodeName,
  /** PEM. */
  certificate,
  /** PEM. */
  ca: textUpTo(16_384),
  /** Ed25519 public key, SPKI, base64: whose orders the board obeys. */
  clusterKey: base64,
  storeId: z.uuid(),
  ...brokerPlace,
  /** Where all boards' pods have their addresses, such as `10.42.0.0/16`; absent from older controllers. */
  clusterCIDR: z.optional(textUpTo(64)),
  /** Where Services have theirs; absent from older controllers. */
  serviceCIDR: z.optional(textUpTo(64)),
  certificateLifetimeMs: z.optional(certificateLifetimeMs),
});
export type JoinAnswer = z.infer<typeof joinAnswer>;

/** Answer of `POST /bramble/v1/renew`. A refusal has the form of a join's. */
export const renewAnswer = z.object({
  certificate,
  certificateLifetimeMs,
  /** Absent from older controllers: where it was. */
  ...z.partial(z.object(brokerPlace)).shape,
});
export type RenewAnswer = z.infer<typeof renewAnswer>;

/** Kubernetes' Status, as far as a board reads it. */
export const joinRefusal = z.looseObject({ message: textUpTo(4_096) });

export function decodeJoinAnswer(text: string): Decoded<JoinAnswer> {
  return decodeJsonText(joinAnswer, text);
}
