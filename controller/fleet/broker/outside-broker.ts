import { type ChildSpec, child } from '@bramble/actors/index.ts';
import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { brokerServerName } from '@bramble/protocol/join.ts';
import type { FleetBroker } from './fleet-broker.ts';
import type { AuthTable } from './identify.ts';
import { type AccessKeeper, accessKeeper } from './mosquitto/access-keeper.ts';

export interface OutsideBrokerOptions {
  /** Such as `mqtts://192.168.1.20:8883`. */
  readonly url: string;
  /** The one after that in `url`, unless told. */
  readonly usersPort: number | undefined;
  readonly dialer: MqttDialer;
  readonly auth: AuthTable;
}

/** A broker that somebody else runs, and that this controller tells whom to let in. */
export interface OutsideBroker extends FleetBroker {
  updateAuth(auth: AuthTable): void;
  /** A user's token, which it must be told in clear. */
  hearToken(user: string, token: string): void;
  readonly keeper: ChildSpec;
}

export function outsideBroker({ url, usersPort, dialer, auth }: OutsideBrokerOptions): OutsideBroker {
  const { hostname, port: given } = new URL(url);
  const port = Number(given || 8883);
  const host = hostname.replace(/^\[|\]$/g, '');
  let table = auth;
  const tokens = new Map<string, string>();
  let ref: AccessKeeper | undefined;
  return {
    address: { host, port },
    usersAddress: { host, port: usersPort ?? port + 1 },
    serverName: brokerServerName,
    keeper: child('broker-access', accessKeeper({ dialer, table: () => table, tokens }), {
      started: (started) => (ref = started),
    }),
    updateAuth(newest) {
      table = newest;
      for (const name of tokens.keys())
        if (!table.users.some((user) => user.name === name)) tokens.delete(name);
      ref?.send({ type: 'changed' });
    },
    hearToken(user, token) {
      if (tokens.get(user) === token) return;
      tokens.set(user, token);
      ref?.send({ type: 'changed' });
    },
    settled: () =>
      new Promise((resolve) => {
        if (!ref?.send({ type: 'settle', done: resolve })) resolve();
      }),
    updateTls: () => {},
    close: async () => {},
  };
}
