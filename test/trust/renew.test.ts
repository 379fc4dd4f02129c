import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Host } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { type Identity, loadIdentity } from '@bramble/agent/trust/identity.ts';
import { joinController } from '@bramble/agent/trust/join-controller.ts';
import { BoardMembership } from '@bramble/agent/trust/membership.ts';
import { renewCertificate } from '@bramble/agent/trust/renew.ts';
import { apiTls } from '@bramble/controller/api-tls.ts';
import { createHandler } from '@bramble/controller/apiserver/http/handler.ts';
import { listen } from '@bramble/controller/apiserver/http/listen.ts';
import { runApi } from '@bramble/controller/apiserver/testing/running-api.ts';
import { renewRoute } from '@bramble/controller/management/renew.ts';
import { type BoardRecord, createJoin } from '@bramble/controller/trust/join.ts';
import { createRenew } from '@bramble/controller/trust/renew.ts';
import { openTrust, type Trust } from '@bramble/controller/trust/trust.ts';

const dayMs = 86_400_000;
const storeId = '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a';
const log = (): void => {};

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-renew-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

interface Controller {
  readonly trust: Trust;
  readonly boards: Map<string, BoardRecord>;
  readonly url: string;
  /** Days since the certificates that it signs were due to be signed: what it signs ends so much earlier. */
  agoDays: number;
  /** Where it says that the broker is. */
  readonly broker: { mqttHost?: string; mqttPort: number };
}

/** The API server over real TLS, with the routes by which boards join and renew. */
async function controller(t: TestContext, dir?: string): Promise<Controller> {
  const real = createHost(log);
  const broker: { mqttHost?: string; mqttPort: number; settled: () => Promise<void> } = {
    mqttPort: 8883,
    settled: async () => {},
  };
  const facts = { agoDays: 0, broker };
  const host: Host = Object.assign(Object.create(real) as Host, {
    now: () => real.now() - facts.agoDays * dayMs,
  });
  const trust = await openTrust(dir ?? (await folder(t)), host);
  const boards = new Map<string, BoardRecord>();
  const registry = {
    get: async (node: string) => boards.get(node),
    put: async (record: BoardRecord) => void boards.set(record.node, record),
  };
  const api = await runApi();
  const joinBoard = createJoin({ trust, boards: registry, host, storeId, broker });
  const handler = createHandler({
    pipeline: api.pipeline,
    store: api.running.store,
    authenticator: { authenticate: () => undefined },
    host: real,
    version: 'v1.35.0',
    extraRoutes: [
      renewRoute(createRenew({ trust, boards: registry, broker })),
      {
        method: 'POST',
        path: '/bramble/v1/join',
        anonymous: true,
        handle: async ({ body }) => {
          const outcome = await joinBoard(JSON.parse(Buffer.from(body).toString()));
          const text = JSON.stringify(outcome.ok ? outcome.answer : outcome.refusal);
          const status = outcome.ok ? 200 : outcome.refusal.code;
          return { status, contentType: 'application/json', body: text };
        },
      },
    ],
  });
  const tls = await apiTls(trust, []);
  const server = await listen(handler, { host: '127.0.0.1', port: 0, ...tls });
  t.after(async () => {
    await server.close();
    await api.stop();
  });
  return Object.assign(facts, { trust, boards, url: `https://127.0.0.1:${server.port}` });
}

async function joined(t: TestContext, fleet: Controller): Promise<{ dir: string; identity: Identity }> {
  const dir = await folder(t);
  const token = await fleet.trust.joinTokens.create({ labels: { site: 'barn' } });
  const { url } = fleet;
  return { dir, identity: await joinController({ url, token, node: 'pi-1', machineId: 'm', dir, log }) };
}

const serialOf = ({ certificate }: Identity): string => new X509Certificate(certificate).serialNumber;
const endOf = ({ certificate }: Identity): number => Date.parse(new X509Certificate(certificate).validTo);

async function renewed(url: string, dir: string, identity: Identity): Promise<Identity> {
  const outcome = await renewCertificate(url, dir, identity);
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.message);
  return outcome.identity;
}

test('a certificate is renewed for the same key, and is what the board is known by from then on', async (t) => {
  const fleet = await controller(t);
  const { dir, identity } = await joined(t, fleet);
  assert.ok(Math.abs(identity.renewAtMs - (Date.now() + (365 * 2 * dayMs) / 3)) < dayMs);
  const before = fleet.boards.get('pi-1');
  const after = await renewed(fleet.url, dir, identity);
  assert.notEqual(serialOf(after), serialOf(identity));
  assert.equal(after.key, identity.key);
  assert.deepEqual(fleet.boards.get('pi-1'), {
    ...before,
    certificateSerial: serialOf(after),
    previousSerial: serialOf(identity),
  });
  assert.equal((await loadIdentity(dir))?.certificate, after.certificate, 'it is on disk');
});

test('whoever joins or renews is told where the broker is, beside the controller or elsewhere', async (t) => {
  const fleet = await controller(t);
  fleet.broker.mqttHost = 'broker.lan';
  const { dir, identity } = await joined(t, fleet);
  assert.deepEqual(identity.mqtt, { host: 'broker.lan', port: 8883 });
  fleet.broker.mqttPort = 8885;
  const moved = await renewed(fleet.url, dir, identity);
  assert.deepEqual(moved.mqtt, { host: 'broker.lan', port: 8885 });
  delete fleet.broker.mqttHost;
  assert.deepEqual((await renewed(fleet.url, dir, moved)).mqtt, { host: '127.0.0.1', port: 8885 });
});

test('a board that comes back after its certificate has expired renews it all the same', async (t) => {
  const fleet = await controller(t);
  fleet.agoDays = 366;
  const { dir, identity } = await joined(t, fleet);
  assert.ok(endOf(identity) < Date.now(), 'it has expired');
  assert.ok(identity.renewAtMs < Date.now());
  fleet.agoDays = 0;
  const after = await renewed(fleet.url, dir, identity);
  assert.ok(endOf(after) > Date.now() + 364 * dayMs);
});

test('an answer that got lost does no harm: the certificate before is good for asking again, and no longer', async (t) => {
  const fleet = await controller(t);
  const { dir, identity } = await joined(t, fleet);
  const lost = await renewed(fleet.url, await copyOf(t, dir), identity);
  const second = await renewed(fleet.url, dir, identity);
  assert.notEqual(serialOf(second), serialOf(lost));
  const third = await renewed(fleet.url, dir, second);
  for (const old of [identity, lost]) {
    const outcome = await renewCertificate(fleet.url, dir, old);
    assert.ok(!outcome.ok);
    assert.match(outcome.message, /board pi-1 has been given another certificate since/);
  }
  assert.equal(fleet.boards.get('pi-1')?.certificateSerial, serialOf(third));
});

/** Another place for the answer, as when this board's disk never saw it. */
async function copyOf(t: TestContext, dir: string): Promise<string> {
  const other = await folder(t);
  await cp(dir, other, { recursive: true });
  return other;
}

test('nobody else’s certificate is renewed: none, another authority’s, a controller’s, a removed board’s', async (t) => {
  const [fleet, other] = [await controller(t), await controller(t)];
  const { dir, identity } = await joined(t, fleet);
  const stranger = (await joined(t, other)).identity;
  const own = await fleet.trust.certificates.controllerClient();
  const refusal = async ({ certificate, key }: Pick<Identity, 'certificate' | 'key'>): Promise<string> => {
    const outcome = await renewCertificate(fleet.url, dir, { ...identity, certificate, key });
    return outcome.ok ? 'renewed' : outcome.message;
  };
  assert.match(await refusal(stranger), /no board’s of this fleet/);
  assert.match(await refusal(own), /no board’s of this fleet/);
  const none = await createRenew({
    trust: fleet.trust,
    boards: { get: async () => undefined, put: async () => {} },
    broker: { mqttPort: 8883, settled: async () => {} },
  })(undefined);
  assert.deepEqual(none, { ok: false, message: 'show the certificate that is to be renewed' });
  fleet.boards.delete('pi-1');
  assert.match(await refusal(identity), /no board pi-1 is known here/);
});

test('a store that is new knows no board: it joins again with the token, as the same, with the same keys', async (t) => {
  const fleet = await controller(t);
  const { dir, identity } = await joined(t, fleet);
  const tokenFile = join(dir, 'token');
  const options = { identity, dir, machineId: 'm', url: fleet.url, tokenFile, log };
  const membership = await BoardMembership.open(options);
  assert.deepEqual(await membership.prove(), { type: 'renewed' });
  fleet.boards.clear();
  const without = await membership.prove();
  assert.ok(without.type === 'refused' && /no board pi-1 is known here/.test(without.message));
  await writeFile(tokenFile, `${await fleet.trust.joinTokens.create()}\n`);
  assert.deepEqual(await membership.prove(), { type: 'joined' });
  assert.equal(fleet.boards.get('pi-1')?.certificateSerial, serialOf(membership.identity));
  assert.equal(membership.identity.key, identity.key);
  assert.equal(membership.isElsewhere(), false);
});

test('a token of another authority, on this machine: the board moves to that controller', async (t) => {
  const [fleet, other] = [await controller(t), await controller(t)];
  const { dir, identity } = await joined(t, fleet);
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, await other.trust.joinTokens.create());
  const options = { identity, dir, machineId: 'm', url: other.url, tokenFile, log };
  const membership = await BoardMembership.open(options);
  assert.equal(membership.isElsewhere(), true);
  assert.deepEqual(await membership.prove(), { type: 'moved' });
  assert.equal(membership.isElsewhere(), false);
  assert.equal((await loadIdentity(dir))?.ca, other.trust.caPem);
});
