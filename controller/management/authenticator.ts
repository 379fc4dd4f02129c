import type { Authenticator } from '../apiserver/http/ports.ts';
import type { UserInfo } from '../apiserver/request.ts';
import type { Trust } from '../trust/trust.ts';
import type { User } from '../trust/users.ts';

/** Users prove themselves by token. Boards have no business at the API: they speak MQTT. */
export function tokenAuthenticator(trust: Pick<Trust, 'users'>): Authenticator {
  return {
    authenticate({ bearerToken }) {
      const user = bearerToken === undefined ? undefined : trust.users.authenticateToken(bearerToken);
      return user && userInfo(user);
    },
  };
}

export function userInfo({ name, role }: User): UserInfo {
  const groups = role === 'admin' ? ['system:masters', 'system:authenticated'] : ['system:authenticated'];
  return { name, groups, role };
}

/** For MQTT, where the broker has proved the name. */
export function userByName(trust: Pick<Trust, 'users'>, name: string): UserInfo | undefined {
  const user = trust.users.records.find((record) => record.name === name);
  return user && userInfo(user);
}
