import { decodeJsonText } from '@bramble/protocol/decode.ts';
import { joinRefusal, renewAnswer, renewPath } from '@bramble/protocol/join.ts';
import { type Identity, replaceCertificate } from './identity.ts';
import { postJson } from './pinned-https.ts';

export type Renewed =
  | { readonly ok: true; readonly identity: Identity }
  /** The controller does not accept the certificate. */
  | { readonly ok: false; readonly message: string };

/**
 * Asks for a new certificate for the board's own key, by showing the present one, and stores it durably. Asking again
 * after a failure does no harm: until the new one is used, the one before is still good for asking.
 * @throws Error when the controller cannot be reached, or its answer makes no sense
 */
export async function renewCertificate(origin: string, dir: string, identity: Identity): Promise<Renewed> {
  const { certificate, key, ca } = identity;
  const url = new URL(renewPath, origin);
  const reply = await postJson(url, ca, {}, { cert: certificate, key });
  if (reply.code === 401) {
    const refusal = decodeJsonText(joinRefusal, reply.text);
    return { ok: false, message: `${url.host}: ${refusal.ok ? refusal.value.message : 'not authorized'}` };
  }
  const decoded = decodeJsonText(renewAnswer, reply.text);
  if (reply.code !== 200 || !decoded.ok)
    throw new Error(`${url.host} did not renew the certificate: HTTP ${reply.code}`);
  return { ok: true, identity: await replaceCertificate(dir, decoded.value) };
}
