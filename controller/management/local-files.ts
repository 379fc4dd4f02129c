import { join } from 'node:path';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import type { Trust } from '../trust/trust.ts';

const localTokenLifetimeMs = 600_000;

/** Writes what `bramble up` needs beside the controller: the authority, the first user's token, a token for this machine's board. */
export async function writeLocalFiles(dataDir: string, trust: Trust): Promise<void> {
  await writeDurably(join(dataDir, 'ca.crt'), trust.caPem);
  await writeDurably(join(dataDir, 'admin-token'), `${await adminToken(dataDir, trust)}\n`);
  const joinToken = await trust.joinTokens.create({ uses: 1, lifetimeMs: localTokenLifetimeMs });
  await writeDurably(join(dataDir, 'controller', 'local-join-token'), `${joinToken}\n`);
}

/** The token that is there, if it still works; else a new one, so that nobody is locked out of the own machine. */
async function adminToken(dataDir: string, trust: Trust): Promise<string> {
  const written = (await readIfThere(join(dataDir, 'admin-token')))?.trim();
  if (written && trust.users.authenticateToken(written)?.name === 'admin') return written;
  const exists = trust.users.records.some(({ name }) => name === 'admin');
  return exists ? trust.users.renewToken('admin') : trust.users.create('admin', 'admin');
}
