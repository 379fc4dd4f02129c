import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { BrambleError, type ErrorCode } from '@bramble/protocol/errors.ts';
import { decodeStored, encodeTransaction } from '../encode.ts';
import type { EngineState } from '../engine.ts';
import { keyOf, put, transaction } from '../testing/running-store.ts';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import { type Database, openDatabase, writeSynced } from './database.ts';
import { decodeValue, encodeValue, metaKeys } from './layout.ts';
import { LevelEngine, type LevelEngineOptions } from './level-engine.ts';
import { readObjects } from './load.ts';

/** A closed store with ten objects, the last of them written in a batch of its own. */
async function makeStore(directory: string): Promise<void> {
  const engine = new LevelEngine({ directory });
  await engine.open();
  for (let index = 0; index < 10; index += 1)
    await engine.commit([encodeTransaction(transaction([put(`${index}`, { filler: 'x'.repeat(500) })]))]);
  await engine.close();
}

async function open(options: LevelEngineOptions): Promise<EngineState> {
  const engine = new LevelEngine(options);
  const state = await engine.open();
  await engine.close();
  return state;
}

function refusal(code: ErrorCode, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BrambleError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

async function withDatabase(directory: string, body: (database: Database) => Promise<void>): Promise<void> {
  const database = await openDatabase(directory, false);
  await body(database);
  await database.close();
}

/** Damages a store, then checks that it is refused, again and again, with nothing deleted. */
function refusesDamage(what: string, words: RegExp, damage: (directory: string) => Promise<void>): void {
  test(`a corrupt store is refused and left as it is: ${what}`, () =>
    inTemporaryDirectory(async (parent) => {
      const directory = join(parent, 'store');
      await makeStore(directory);
      await damage(directory);
      for (let attempt = 0; attempt < 2; attempt += 1)
        await assert.rejects(open({ directory }), refusal('BRAMBLE_STORE_CORRUPT', words));
      assert.ok(readdirSync(directory).length > 1);
    }));
}

function fileOf(directory: string, pattern: RegExp): string {
  const name = readdirSync(directory).find((each) => pattern.test(each));
  assert.ok(name, `no file ${pattern} among ${readdirSync(directory)}`);
  return join(directory, name);
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

refusesDamage(
  'CURRENT is lost, which LevelDB would take for a new database',
  /CURRENT is missing/,
  async (directory) => rmSync(join(directory, 'CURRENT')),
);

refusesDamage('the manifest is cut off', /store/, async (directory) =>
  truncateSync(fileOf(directory, /^MANIFEST/), 0),
);

for (const part of [0.1, 0.5, 0.8])
  refusesDamage(
    `a byte changed after ${part} of the log, which LevelDB passes over`,
    /damaged/,
    async (directory) => {
      const log = fileOf(directory, /\.log$/);
      flipByte(log, Math.floor(statSync(log).size * part));
    },
  );

test('G1 a torn record at the end of the log is what a crash leaves: the store opens without it', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    await makeStore(directory);
    const log = fileOf(directory, /\.log$/);
    truncateSync(log, statSync(log).size - 10);
    assert.equal((await open({ directory })).revision, 9);
  }));

test('a log of many blocks and records larger than one is not taken for damaged', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    const engine = new LevelEngine({ directory });
    await engine.open();
    for (let size = 30_000; size < 36_000; size += 117)
      await engine.commit([encodeTransaction(transaction([put(`${size}`, { filler: 'x'.repeat(size) })]))]);
    await engine.close();
    assert.ok(statSync(fileOf(directory, /\.log$/)).size > 1_000_000);
    assert.equal((await open({ directory })).revision, 52);
  }));

refusesDamage('an object’s bytes changed', /checksum of .*pods\/a is wrong/, (directory) =>
  withDatabase(directory, async (database) => {
    const value = encodeValue('{"metadata":{"resourceVersion":"3"}}');
    value[20] = (value[20] ?? 0) ^ 1;
    await database.put('/registry/pods/a', value);
  }),
);

refusesDamage('an object disappeared', /writes are missing: 9 objects/, (directory) =>
  withDatabase(directory, (database) => writeSynced(database, [{ type: 'del', key: keyOf('4') }])),
);

refusesDamage('an older state of an object came back', /writes are missing/, (directory) =>
  withDatabase(directory, async (database) => {
    const [first] = [...(await readObjects(database)).values()];
    const older = decodeStored(
      first?.key ?? '',
      (first?.json ?? '').replace(/"resourceVersion":"1"/, '"resourceVersion":"7"'),
    );
    await writeSynced(database, [{ type: 'put', key: older.key, json: [older.json] }]);
  }),
);

for (const key of Object.values(metaKeys))
  refusesDamage(`${key} is missing`, new RegExp(key), (directory) =>
    withDatabase(directory, (database) => writeSynced(database, [{ type: 'del', key }])),
  );

test('a directory with foreign files is refused, not filled', () =>
  inTemporaryDirectory(async (directory) => {
    writeFileSync(join(directory, 'letter.txt'), 'mine');
    await assert.rejects(open({ directory }), refusal('BRAMBLE_STORE_CORRUPT', /CURRENT is missing/));
    assert.deepEqual(readdirSync(directory), ['letter.txt']);
  }));

test('what a crash left of making a store is no store, and is replaced', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    await makeStore(join(parent, 'other'));
    cpSync(join(parent, 'other'), `${directory}.unfinished`, { recursive: true });
    const state = await open({ directory });
    assert.equal(state.revision, 0);
    assert.equal(existsSync(`${directory}.unfinished`), false);
  }));

test('a store that another controller has open is refused', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    const engine = new LevelEngine({ directory });
    await engine.open();
    await assert.rejects(open({ directory }), refusal('BRAMBLE_STORE_LOCKED', /store/));
    await engine.close();
    assert.equal((await open({ directory })).epoch, 2);
  }));

test('a store of a newer schema is refused and keeps its epoch', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    await makeStore(directory);
    const newer = { version: 2, migrations: [async () => []] };
    assert.equal((await open({ directory, schema: newer })).epoch, 2);
    await assert.rejects(open({ directory }), refusal('BRAMBLE_STORE_NEWER', /schema version 2.*knows 1/));
    assert.equal((await open({ directory, schema: newer })).epoch, 3);
  }));

test('migrations run one version after another, once, and a failed one is tried again', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    await makeStore(directory);
    const ran: string[] = [];
    const rename = async (database: Database): Promise<{ type: 'put'; key: string; json: string[] }[]> => {
      ran.push('1 to 2');
      const value = await database.get(keyOf('0'));
      const json = decodeValue(keyOf('0'), value).replace('"kind":"ConfigMap"', '"kind":"Renamed"');
      return [{ type: 'put', key: keyOf('0'), json: [json] }];
    };
    let broken = true;
    const fragile = async (): Promise<[]> => {
      if (broken) throw new Error('power went');
      ran.push('2 to 3');
      return [];
    };
    const schema = { version: 3, migrations: [rename, fragile] };
    await assert.rejects(open({ directory, schema }), /power went/);
    broken = false;
    const state = await open({ directory, schema });
    await open({ directory, schema });
    assert.deepEqual(ran, ['1 to 2', '2 to 3']);
    const kinds = [...state.objects].map(({ object }) => object.kind);
    assert.deepEqual([kinds.filter((kind) => kind === 'Renamed').length, kinds.length], [1, 10]);
  }));
