import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { loadIdentity } from '@bramble/agent/trust/identity.ts';
import { joinController } from '@bramble/agent/trust/join-controller.ts';
import { ensureKeys, publicHalf } from '@bramble/agent/trust/keys.ts';
import { apiTls } from '@bramble/controller/api-tls.ts';
import { type BoardRecord, createJoin } from '@bramble/controller/trust/join.ts';
import { openTrust } from '@bramble/controller/trust/trust.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { seal, unseal } from '@bramble/protocol/sealing.ts';

const host = createHost(() => {});
const storeId = '5d3b6c1e-8a51-4c7e-9a0c-0e8f6f0f4b1a';

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bramble-join-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** A controller that does nothing but let boards join, over real TLS. */
async function controller(t: TestContext) {
  const trust = await openTrust(await folder(t), host);
  const boards = new Map<string, BoardRecord>();
  const registry = {
    get: async (node: string) => boards.get(node),
    put: async (record: BoardRecord) => void boards.set(record.node, record),
  };
  const broker = { mqttPort: 8883, settled: async () => {} };
  const handle = createJoin({ trust, boards: registry, host, storeId, broker });
  // The address that boards dial is not among the names: as behind a forwarded port.
  const { certificate: cert, privateKey: key } = await apiTls(trust, ['elsewhere']);
  const requests: string[] = [];
  const server = createServer({ cert, key }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push(body);
    const outcome = await handle(JSON.parse(body));
    response.writeHead(outcome.ok ? 200 : outcome.refusal.code);
    response.end(JSON.stringify(outcome.ok ? outcome.answer : outcome.refusal));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { trust, boards, handle, requests, url: `https://127.0.0.1:${address.port}` };
}

const log = () => {};

test('a board joins, keeps its identity, and can open what is sealed to it', async (t) => {
  const { trust, boards, url } = await controller(t);
  const dir = await folder(t);
  assert.equal(await loadIdentity(dir), undefined);
  const token = await trust.joinTokens.create({ labels: { site: 'barn' } });
  const joined = await joinController({ url, token, node: 'pi-1', machineId: 'm1', dir, log });
  const loaded = await loadIdentity(dir);
  assert.ok(loaded);
  assert.deepEqual([loaded.node, loaded.storeId, loaded.url], ['pi-1', storeId, url]);
  assert.deepEqual(loaded.mqtt, { host: '127.0.0.1', port: 8883 });
  assert.equal(loaded.ca, joined.ca);
  const certificate = new X509Certificate(loaded.certificate);
  assert.match(certificate.subject, /O=system:nodes\nCN=system:node:pi-1/);
  assert.ok(certificate.verify(new X509Certificate(trust.clientCaPem).publicKey));
  const record = boards.get('pi-1');
  assert.equal(record?.certificateSerial, certificate.serialNumber);
  assert.deepEqual(record?.labels, { site: 'barn' });
  const { createPublicKey } = await import('node:crypto');
  const der = Buffer.from(record?.sealingKey ?? '', 'base64');
  const sealed = seal(
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    'uid',
    Buffer.from('secret'),
  );
  assert.equal(Buffer.from(unseal(loaded.sealingKey, 'uid', sealed) ?? []).toString(), 'secret');
});

test('joining again with the same machine is no second use; another machine gets no name twice', async (t) => {
  const { trust, boards, url } = await controller(t);
  const [one, two] = [await folder(t), await folder(t)];
  const token = await trust.joinTokens.create({ uses: 2 });
  const first = { url, token, node: 'pi-1', machineId: 'm1', dir: one, log };
  const before = await joinController(first);
  const after = await joinController(first);
  assert.notEqual(before.certificate, after.certificate);
  assert.equal(boards.get('pi-1')?.certificateSerial, new X509Certificate(after.certificate).serialNumber);
  await assert.rejects(joinController({ ...first, machineId: 'm2', dir: two }), {
    code: 'BRAMBLE_NODE_NAME_TAKEN',
    message: /another machine has joined as pi-1/,
  });
  await joinController({ ...first, node: 'pi-2', machineId: 'm2', dir: two });
  await assert.rejects(joinController({ ...first, node: 'pi-3', machineId: 'm3' }), /used up/);
});

test('two boards that ask for one name at once: one gets it', async (t) => {
  const { trust, url } = await controller(t);
  const token = await trust.joinTokens.create({ uses: 2 });
  const dirs = [await folder(t), await folder(t)];
  const outcomes = await Promise.allSettled(
    dirs.map((dir, i) => joinController({ url, token, node: 'pi', machineId: `m${i}`, dir, log })),
  );
  assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected']);
});

test('a controller with another authority is told nothing', async (t) => {
  const [mine, other] = [await controller(t), await controller(t)];
  const token = await mine.trust.joinTokens.create();
  const options = { url: other.url, token, node: 'pi', machineId: 'm', dir: await folder(t), log };
  await assert.rejects(joinController(options), /not the controller that the token was made by/);
  assert.deepEqual(other.requests, []);
});

test('a server that shows the pinned authority, but has no certificate from it, is told nothing', async (t) => {
  const { trust } = await controller(t);
  const keys = await ensureKeys(await folder(t));
  const { createRequest } = await import('@bramble/agent/trust/x509/request.ts');
  const { issueCredentials, newKeyPem } = await import('@bramble/controller/trust/x509/authority.ts');
  // What each board holds, which the controller did sign; and a server's certificate that names the authority as its issuer.
  const board = {
    certificate: (await trust.certificates.issueNode(await createRequest(keys.identityKey), 'evil')) ?? '',
    key: keys.identityKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
  const names = [controllerServerName];
  const forged = await issueCredentials(
    { certificate: trust.caPem, key: newKeyPem() },
    { commonName: 'bramble-controller', use: 'server', names },
    { fromMs: 0, untilMs: Date.now() + 86_400_000 },
  );
  for (const [impostor, code] of [
    [board, 'BRAMBLE_WRONG_CONTROLLER'],
    [forged, 'CERT_SIGNATURE_FAILURE'],
  ] as const) {
    const seen: string[] = [];
    const server = createServer(
      { cert: impostor.certificate + trust.caPem, key: impostor.key },
      (request) => void seen.push(request.url ?? ''),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = await trust.joinTokens.create();
    const dir = await folder(t);
    await assert.rejects(joinController({ url, token, node: 'pi', machineId: 'm', dir, log }), { code });
    assert.deepEqual(seen, []);
  }
});

test('requests that make no sense are refused with the field at fault', async (t) => {
  const { trust, handle } = await controller(t);
  const keys = await ensureKeys(await folder(t));
  const { createRequest } = await import('@bramble/agent/trust/x509/request.ts');
  const csr = await createRequest(keys.identityKey);
  const good = {
    token: await trust.joinTokens.create(),
    node: 'pi',
    csr,
    sealingKey: publicHalf(keys.sealingKey),
    machineId: 'm',
  };
  const bodies: [unknown, number, RegExp][] = [
    [undefined, 400, /expected object/i],
    [{ ...good, node: 'Pi/+' }, 400, /^node: must be a DNS label/],
    [{ ...good, sealingKey: publicHalf(keys.identityKey) }, 400, /^sealingKey/],
    [{ ...good, csr: 'x' }, 400, /^csr/],
    [{ ...good, csr: csr.replace(/[A-Za-z]{3}(?=\S*\n-----END)/, 'AAA') }, 400, /^csr/],
    [{ ...good, token: 'bramble1.x' }, 401, /not a join token/],
  ];
  for (const [body, code, message] of bodies) {
    const outcome = await handle(body);
    assert.ok(!outcome.ok, JSON.stringify(body));
    assert.equal(outcome.refusal.code, code);
    assert.match(outcome.refusal.message, message);
  }
  assert.equal((await handle(good)).ok, true);
});

test('an identity that does not fit the board’s key is refused by name', async (t) => {
  const { trust, url } = await controller(t);
  const dir = await folder(t);
  await joinController({ url, token: await trust.joinTokens.create(), node: 'pi', machineId: 'm', dir, log });
  const path = join(dir, 'identity.json');
  const text = await readFile(path, 'utf8');
  await rm(join(dir, 'identity-key.pem'));
  await assert.rejects(loadIdentity(dir), { code: 'BRAMBLE_TRUST_CORRUPT', message: /identity\.json/ });
  await writeFile(path, text.slice(0, 100));
  await assert.rejects(loadIdentity(dir), { code: 'BRAMBLE_TRUST_CORRUPT' });
});

test('a machine of which more is known than when it joined is the same, and gets its own name', async (t) => {
  const { trust, url, boards } = await controller(t);
  const joinAs = async (machineId: string, otherMachineIds: string[]): Promise<unknown> => {
    const [token, dir] = [await trust.joinTokens.create(), await folder(t)];
    return joinController({ url, token, node: 'pi-1', machineId, otherMachineIds, dir, log });
  };
  await joinAs('plain', []);
  await assert.rejects(joinAs('another', ['and-more']), { code: 'BRAMBLE_NODE_NAME_TAKEN' });
  await joinAs('bound', ['and-more', 'plain']);
  assert.equal(boards.get('pi-1')?.machineId, 'bound');
});
