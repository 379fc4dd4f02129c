import { renewPath } from '@bramble/protocol/join.ts';
import type { ExtraRoute } from '../apiserver/http/ports.ts';
import { failure, StatusError } from '../apiserver/status.ts';
import type { RenewOutcome } from '../trust/renew.ts';

/** `POST /bramble/v1/renew`: open to all, since the certificate that is shown proves who asks, also when it has expired. */
export function renewRoute(renew: (shown: Uint8Array | undefined) => Promise<RenewOutcome>): ExtraRoute {
  return {
    method: 'POST',
    path: renewPath,
    anonymous: true,
    handle: async ({ peerCertificate }) => {
      const outcome = await renew(peerCertificate);
      if (!outcome.ok) throw new StatusError(failure(401, 'Unauthorized', outcome.message));
      return { status: 200, contentType: 'application/json', body: JSON.stringify(outcome.answer) };
    },
  };
}
