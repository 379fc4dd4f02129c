import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { UserInfo } from '../request.ts';
import { badRequest, failure, StatusError, unauthorized } from '../status.ts';
import type { Authenticator, Credentials } from './ports.ts';

/** Who asks; throws 401 for nobody known. */
export async function requireUser(authenticator: Authenticator, request: IncomingMessage): Promise<UserInfo> {
  const user = await findUser(authenticator, request);
  if (!user) throw new StatusError(unauthorized());
  return user;
}

/** Boards speak MQTT; here their certificates open nothing, not even discovery. */
export function refuseBoards(user: UserInfo): void {
  if (user.role === 'admin' || user.role === 'edit' || user.role === 'view') return;
  const message = `forbidden: User "${user.name}" has no role for the API`;
  throw new StatusError(failure(403, 'Forbidden', message));
}

export async function findUser(
  authenticator: Authenticator,
  request: IncomingMessage,
): Promise<UserInfo | undefined> {
  // Passing over these would do as oneself what was meant to be done as somebody with fewer rights.
  if (Object.keys(request.headers).some((name) => name.startsWith('impersonate-'))) {
    throw badRequest('impersonation (kubectl --as) is not supported yet');
  }
  return authenticator.authenticate(credentialsOf(request));
}

function credentialsOf(request: IncomingMessage): Credentials {
  const bearerToken = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const socket = request.socket as Partial<TLSSocket>;
  const der = socket.getPeerX509Certificate?.()?.raw;
  return {
    ...(bearerToken === undefined ? {} : { bearerToken }),
    ...(der === undefined ? {} : { peerCertificate: { der, verified: socket.authorized === true } }),
  };
}
