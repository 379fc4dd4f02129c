import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { type BrokerCounts, noCounts } from '@bramble/controller/fleet/broker/counts.ts';
import { brokerLimits } from '@bramble/controller/fleet/broker/limits.ts';
import { Listener } from '@bramble/controller/fleet/broker/listener.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import { eventually } from '../e2e/fixture/eventually.ts';

/** The beginning of a ClientHello, and no more: it has its turn, and keeps it. */
const beginning = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]);

interface Door {
  readonly port: number;
  readonly counts: BrokerCounts;
  readonly ca: string;
  /** On a clock of the test's; no timer fires. */
  pass(ms: number): void;
  /** How often the listener looked at that clock: it does when a client's first bytes have come. */
  looks(): number;
}

async function door(t: TestContext): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-turns-'));
  const trust = await openTrust(
    folder,
    createHost(() => {}),
  );
  const server = await trust.certificates.server(['localhost', '127.0.0.1']);
  const counts = noCounts();
  let [nowMs, looks] = [0, 0];
  const listener = new Listener({
    port: 0,
    host: '127.0.0.1',
    tls: { ...server, clientAuthority: trust.clientCaPem },
    limits: { ...brokerLimits, handshakes: 1, turnTimeoutMs: 6_000 },
    counts,
    system: {
      timer: () => () => {},
      monotonic: () => {
        looks += 1;
        return nowMs;
      },
    },
    onSecure: (secure) => void t.after(() => secure.destroy()),
  });
  const port = await listener.listen();
  t.after(async () => {
    await listener.close();
    await rm(folder, { recursive: true });
  });
  return {
    port,
    counts,
    ca: trust.caPem,
    pass: (ms) => {
      nowMs += ms;
    },
    looks: () => looks,
  };
}

async function beginner(t: TestContext, { port, looks }: Door): Promise<Socket> {
  const before = looks();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(beginning);
  await eventually('its first bytes', () => looks() > before || undefined);
  return socket;
}

test('who has waited for a handshake for most of its patience gives way to those who came later', async (t) => {
  const at = await door(t);
  const slow = await beginner(t, at);
  const late = await beginner(t, at);
  at.pass(6_001);
  const sentAway = once(late, 'close');
  const fresh = connectTls({ port: at.port, host: '127.0.0.1', ca: at.ca, servername: 'localhost' });
  t.after(() => fresh.destroy());
  await sentAway;
  assert.deepEqual([at.counts.shedConnections, at.counts.unauthenticated], [1, 2]);
  const shaken = once(fresh, 'secureConnect');
  slow.destroy();
  await shaken;
});
