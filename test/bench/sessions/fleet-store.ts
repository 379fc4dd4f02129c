import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { boardKey, boardObject } from '@bramble/controller/fleet/boards.ts';
import type { BrokerTls } from '@bramble/controller/fleet/broker/listener.ts';
import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { openStore } from '@bramble/controller/store/store-cache.ts';
import type { BoardRecord } from '@bramble/controller/trust/join.ts';
import { openTrust, type Trust } from '@bramble/controller/trust/trust.ts';
import { inspectCertificate } from '@bramble/controller/trust/x509/inspect.ts';
import { networkGroupLabel } from '@bramble/protocol/messages/network.ts';
import { machineIdOf, nodeName } from './board.ts';

/** What a process that plays boards reads: how each proves who it is. */
export interface FleetFile {
  readonly ca: string;
  /** Ed25519 public key, SPKI, base64. */
  readonly clusterKey: string;
  readonly boards: readonly { readonly certificate: string; readonly key: string }[];
}

export interface FleetPlace {
  readonly dataDir: string;
  readonly fleetFile: string;
  /** For another broker that these boards are to trust. */
  readonly server: BrokerTls;
}

/** Boards that reach each other directly, as in one building: each hears of these, and of no others. */
const siteBoards = 20;
const boardsATransaction = 500;

/**
 * A data directory in which so many boards have joined: certificates from the controller's own authority, records as it
 * writes them. Only the requests over HTTPS are left out, which would take minutes. Their Nodes are made by their births.
 */
export async function prepareFleet(folder: string, boards: number): Promise<FleetPlace> {
  const dataDir = join(folder, 'data');
  const trust = await openTrust(
    dataDir,
    createHost(() => {}),
  );
  const made: { record: BoardRecord; certificate: string; key: string }[] = [];
  for (let number = 0; number < boards; number += 1) made.push(await joinBoard(trust, number));
  await storeRecords(
    join(dataDir, 'controller', 'store'),
    made.map(({ record }) => record),
  );
  const fleetFile = join(folder, 'fleet.json');
  const content: FleetFile = {
    ca: trust.caPem,
    clusterKey: trust.clusterPublicKey,
    boards: made.map(({ certificate, key }) => ({ certificate, key })),
  };
  writeFileSync(fleetFile, JSON.stringify(content));
  const server = await trust.certificates.server(['localhost', '127.0.0.1']);
  return { dataDir, fleetFile, server: { ...server, clientAuthority: trust.clientCaPem } };
}

async function joinBoard(
  { certificates }: Trust,
  number: number,
): Promise<{ record: BoardRecord; certificate: string; key: string }> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const node = nodeName(number);
  const certificate = await certificates.issueNodeKey(publicKey, node);
  const sealing = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' });
  const record: BoardRecord = {
    node,
    machineId: machineIdOf(number),
    sealingKey: sealing.toString('base64'),
    certificateSerial: inspectCertificate(certificate).serial,
    joinedAt: Date.now(),
    labels: { [networkGroupLabel]: `site-${Math.floor(number / siteBoards)}` },
  };
  return { record, certificate, key: privateKey };
}

async function storeRecords(directory: string, records: readonly BoardRecord[]): Promise<void> {
  const engine = new LevelEngine({ directory });
  await openStore(engine);
  for (let from = 0; from < records.length; from += boardsATransaction) {
    const writes = records
      .slice(from, from + boardsATransaction)
      .map((record) => ({ type: 'put', key: boardKey(record.node), object: boardObject(record) }) as const);
    const [result] = await engine.commit([encodeTransaction({ conditions: [], writes })]);
    if (!result?.ok) throw new Error('the store refuses the boards');
  }
  await engine.close();
}
