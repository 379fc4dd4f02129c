import { createAuthority, issueCredentials } from '../../trust/x509/authority.ts';
import { createGates } from '../http/gate.ts';
import { createHandler } from '../http/handler.ts';
import { listen, type Timeouts } from '../http/listen.ts';
import type { HandlerPorts } from '../http/ports.ts';
import { createUpgradeHandler } from '../http/streaming/upgrade.ts';
import type { UserInfo } from '../request.ts';
import { admin, type RunningApi, runApi, userWith } from './running-api.ts';

export interface RunningServer extends RunningApi {
  readonly url: string;
  readonly caPem: string;
}

/** Tokens of the test's users. */
export const tokens: Readonly<Record<string, UserInfo>> = {
  'token-admin': admin,
  'token-edit': userWith('edit', 'erin'),
  'token-view': userWith('view', 'vera'),
  'token-node': userWith('node', 'system:node:pi-1'),
};

/** The API server on loopback, with throwaway certificates and a store in memory. */
export async function runServer(
  ports: Partial<HandlerPorts> = {},
  timeouts?: Timeouts,
): Promise<RunningServer> {
  const api = await runApi();
  const gates = createGates();
  const handlerPorts: HandlerPorts = {
    pipeline: api.pipeline,
    store: api.running.store,
    authenticator: { authenticate: ({ bearerToken }) => tokens[bearerToken ?? ''] },
    host: api.host,
    version: 'v1.35.0+bramble.0.1.0',
    ...ports,
  };
  const validity = { fromMs: Date.now() - 60_000, untilMs: Date.now() + 3_600_000 };
  const authority = await createAuthority('throwaway', validity);
  const subject = { commonName: 'server', use: 'server', names: ['127.0.0.1', 'localhost'] } as const;
  const { certificate, key } = await issueCredentials(authority, subject, validity);
  const server = await listen(createHandler(handlerPorts, gates), {
    upgrade: createUpgradeHandler(handlerPorts, gates),
    host: '127.0.0.1',
    port: 0,
    certificate,
    privateKey: key,
    clientAuthorities: authority.certificate,
    ...(timeouts ? { timeouts } : {}),
  });
  const stop = async () => {
    await server.close();
    await api.stop();
  };
  return { ...api, url: `https://127.0.0.1:${server.port}`, caPem: authority.certificate, stop };
}
