import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';

const lifetime = '20s';

let bramble: Bramble;
let boards: Boards;
let board: Board;

before(async () => {
  bramble = await startBramble({ controllerOnly: true, boardCertificates: lifetime });
  boards = await makeBoards(['pi-1'], bramble.file('boards'));
  board = boards.get('pi-1');
  const token = (await bramble.bramble('token create')).trim();
  await board.join(`https://${boards.hostAddress}:${bramble.place.httpsPort}`, token);
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl('wait pod/hello --for=condition=Ready --timeout=40s');
});
after(async () => {
  await boards?.dispose();
  await bramble?.dispose();
});

async function certificate(): Promise<X509Certificate> {
  const text = await readFile(join(board.dataDir, 'agent', 'trust', 'identity.json'), 'utf8');
  return new X509Certificate((JSON.parse(text) as { certificate: string }).certificate);
}

const replaced = (old: X509Certificate): Promise<X509Certificate> =>
  eventually(
    'another certificate',
    async () => {
      const now = await certificate();
      return now.serialNumber === old.serialNumber ? undefined : now;
    },
    { withinMs: 60_000, otherwise: () => board.agent.output },
  );

/** Ready, and not only as it was said before. */
async function assertLinked(): Promise<void> {
  await nodeBecomes(bramble, 'pi-1');
  assert.match(await bramble.kubectl('logs hello --tail=1'), /listening on port 8080/);
}

test('a board’s certificate is renewed against a running Bramble, before it ends, and nothing is restarted', async () => {
  const containers = await board.containers();
  const first = await certificate();
  const second = await replaced(first);
  assert.ok(Date.now() < Date.parse(first.validTo), 'the first was still good');
  assert.ok(second.publicKey.equals(first.publicKey), 'the key never left the board, nor changed');
  await assertLinked();
  await replaced(second);
  await assertLinked();
  assert.deepEqual(await board.containers(), containers);
});

test('a certificate that has expired while the board was off is renewed over HTTPS', async () => {
  const containers = await board.containers();
  assert.equal(await board.stopAgent(), 0);
  const old = await certificate();
  const expired = (): true | undefined => (Date.now() > Date.parse(old.validTo) + 1_000 ? true : undefined);
  await eventually('the certificate to end', expired, { withinMs: 40_000 });
  await board.start();
  await replaced(old);
  await assertLinked();
  assert.deepEqual(await board.containers(), containers);
});
