import type { LogEntry } from '@bramble/actors/index.ts';
import { decodeJsonText } from '@bramble/protocol/decode.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import {
  type JoinRequest,
  joinAnswer,
  joinPath,
  joinRefusal,
  parseJoinToken,
} from '@bramble/protocol/join.ts';
import { hostOf, type Identity, storeIdentity } from './identity.ts';
import { type BoardKeys, ensureKeys, publicHalf } from './keys.ts';
import { fetchPinnedAuthority, postJson } from './pinned-https.ts';

export interface JoinOptions {
  /** Of the API server, such as `https://192.168.1.10:6443`. */
  readonly url: string;
  readonly token: string;
  readonly node: string;
  readonly machineId: string;
  /** By which this machine may have joined before. */
  readonly otherMachineIds?: readonly string[];
  /** Where the board keeps its keys and identity. */
  readonly dir: string;
  /** Said of this board; the token's labels come on top. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Joins the fleet of the controller that made the token, and stores the identity durably. The controller is trusted by
 * the fingerprint in the token, before anything is sent to it. Asking again after a failure does no harm.
 * @throws BrambleError BRAMBLE_JOIN_REFUSED or BRAMBLE_NODE_NAME_TAKEN when the controller refuses, those of `pinned-https.ts`
 * when it cannot be asked
 */
export async function joinController(options: JoinOptions): Promise<Identity> {
  const token = parseJoinToken(options.token);
  if (token === undefined) throw refused('this is not a join token; it looks like `bramble1.…`, on one line');
  const url = new URL(joinPath, options.url);
  const keys = await ensureKeys(options.dir);
  const ca = await fetchPinnedAuthority(url, token.pin);
  const reply = await postJson(url, ca, await requestFrom(options, keys));
  if (reply.code !== 200) throw refusalOf(url, reply);
  const decoded = decodeJsonText(joinAnswer, reply.text);
  if (!decoded.ok) throw new Error(`${url.host} answered in a form unknown here: ${decoded.message}`);
  const mqttHost = decoded.value.mqttHost ?? hostOf(url.origin);
  const facts = { ...decoded.value, ca, url: url.origin, mqttHost, machine: options.machineId };
  const identity = await storeIdentity(options.dir, facts, keys);
  const fields = { node: identity.node, controller: url.host, storeId: identity.storeId };
  options.log({ level: 'info', from: 'trust', message: 'joined', fields });
  return identity;
}

async function requestFrom(options: JoinOptions, keys: BoardKeys): Promise<JoinRequest> {
  // Loaded only to join: the library takes more memory than the rest of the agent's trust together.
  const { createRequest } = await import('./x509/request.ts');
  const { otherMachineIds = [] } = options;
  return {
    token: options.token.trim(),
    node: options.node,
    csr: await createRequest(keys.identityKey),
    sealingKey: publicHalf(keys.sealingKey),
    machineId: options.machineId,
    ...(otherMachineIds.length > 0 && { otherMachineIds: [...otherMachineIds] }),
    ...(options.labels === undefined ? {} : { labels: { ...options.labels } }),
  };
}

/** 409 is about the name; whatever else is refused, another token may help. */
function refusalOf(url: URL, reply: { code: number; text: string }): BrambleError {
  const detail = `${url.host}: ${reasonOf(reply)}`;
  return reply.code === 409 ? new BrambleError('BRAMBLE_NODE_NAME_TAKEN', detail) : refused(detail);
}

function reasonOf(reply: { code: number; text: string }): string {
  const decoded = decodeJsonText(joinRefusal, reply.text);
  return decoded.ok ? decoded.value.message : `HTTP ${reply.code}`;
}

function refused(detail: string): BrambleError {
  return new BrambleError('BRAMBLE_JOIN_REFUSED', detail);
}
