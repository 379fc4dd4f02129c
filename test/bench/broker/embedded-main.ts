import { readFileSync } from 'node:fs';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import type { BrokerTls } from '@bramble/controller/fleet/broker/listener.ts';
import { startBroker } from '@bramble/controller/fleet/broker/start-broker.ts';

export interface EmbeddedStart {
  readonly tls: BrokerTls;
  /** Serial numbers of boards' certificates. */
  readonly boards: Readonly<Record<string, string>>;
}

// `node embedded-main.ts FILE`: the controller's broker in its worker thread as ever, with nothing beside it in the process.
const { tls, boards } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as EmbeddedStart;
const broker = await startBroker({
  port: 0,
  host: '127.0.0.1',
  tls,
  auth: { users: [], boards },
  system: createHost((entry) => entry.level === 'error' && console.error(entry)),
});
console.log(`listens on ${broker.port}`);
process.once('SIGTERM', () => void broker.close().then(() => process.exit(0)));
