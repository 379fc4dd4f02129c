import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { explained } from './connection-errors.ts';
import { machineMark } from './machine-mark.ts';

async function root(context: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-machine-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const id = 'b08dfa6083e7567a1921a715000001fb';

test('a copied card in another board is another machine; the same board is the same', async (context) => {
  const board = (serial: string): Promise<string> =>
    root(context, { 'proc/cpuinfo': `processor\t: 0\nSerial\t\t: ${serial}\nModel\t\t: Raspberry Pi 4\n` });
  const one = await machineMark(id, await board('10000000deadbe01'));
  assert.equal(await machineMark(id, await board('10000000deadbe01')), one);
  assert.notEqual(await machineMark(id, await board('10000000deadbe02')), one);
  assert.notEqual(await machineMark(`${id}0`, await board('10000000deadbe01')), one);
  assert.match(one, /^[0-9a-f]{32}$/);
});

test('the device tree says the serial number, too; without one the machine id has to do', async (context) => {
  const tree = await root(context, { 'proc/device-tree/serial-number': '10000000deadbe01\0' });
  const text = await root(context, { 'proc/cpuinfo': 'Serial\t\t: 10000000deadbe01\n' });
  assert.equal(await machineMark(id, tree), await machineMark(id, text));
  assert.equal(await machineMark(id, await root(context, { 'proc/cpuinfo': 'processor\t: 0\n' })), id);
});

const url = new URL('https://10.0.0.1:6443/bramble/v1/join');
const failed = (code: string): Error => explained(url, Object.assign(new Error('words'), { code }));

test('a clock that is off is told from a controller that is not there', () => {
  for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
    const error = failed(code);
    assert.ok(error instanceof BrambleError && error.code === 'BRAMBLE_CLOCK_WRONG', code);
    assert.match(error.explanation, /Set the clock/);
  }
  for (const code of ['ECONNREFUSED', 'EHOSTUNREACH', 'ERR_SSL_WRONG_VERSION_NUMBER']) {
    const error = failed(code);
    assert.ok(error instanceof BrambleError && error.code === 'BRAMBLE_CONTROLLER_UNREACHABLE', code);
    assert.match(error.message, /^10\.0\.0\.1:6443: /);
  }
  assert.ok(!(failed('EMFILE') instanceof BrambleError), 'what is not understood is left as it is');
});
