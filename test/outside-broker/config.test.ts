import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { project } from '../e2e/fixture/bramble.ts';
import { type Ended, runCommand } from '../e2e/fixture/commands.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'bramble-config-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

function configure(dataDir: string, ...flags: string[]): Promise<Ended> {
  const words = ['cli/main.ts', 'broker-config', 'mosquitto', '--data-dir', dataDir, ...flags];
  return runCommand(process.execPath, words, { env: process.env, cwd: project });
}

test('it writes what mosquitto needs, and says what to type next', async (t) => {
  const dataDir = await folder(t);
  const { code, stdout, stderr } = await configure(
    dataDir,
    '--user',
    'root',
    '--port',
    '1885',
    '--users-port',
    '1886',
  );
  assert.equal(code, 0, stderr);
  const out = join(dataDir, 'mosquitto');
  assert.match(stdout, new RegExp(`mosquitto -c ${out}/mosquitto.conf`));
  assert.match(stdout, /--broker mqtts:\/\/127\.0\.0\.1:1885 --broker-users-port 1886/);
  for (const name of ['broker.key', 'dynamic-security.json'])
    assert.equal((await stat(join(out, name))).mode & 0o077, 0, `${name} is for its owner alone`);
  const configuration = await readFile(join(out, 'mosquitto.conf'), 'utf8');
  for (const line of ['user root', 'listener 1885', 'listener 1886', `keyfile ${out}/broker.key`])
    assert.ok(configuration.split('\n').includes(line), line);
});

test('the broker’s certificate has the names that were asked for, and never the controller’s own', async (t) => {
  const dataDir = await folder(t);
  const hosts = ['--host', 'broker.lan', '192.168.1.20', 'fd00::7'];
  const { stdout } = await configure(dataDir, '--user', 'root', '--at', '/etc/mosquitto/bramble', ...hosts);
  assert.match(stdout, /--broker mqtts:\/\/broker\.lan:8883/);
  assert.match(stdout, /Copy \S+ to \/etc\/mosquitto\/bramble/);
  const out = join(dataDir, 'mosquitto');
  const certificate = new X509Certificate(await readFile(join(out, 'broker.crt')));
  assert.equal(certificate.checkHost('broker.lan'), 'broker.lan');
  assert.equal(certificate.checkIP('192.168.1.20'), '192.168.1.20');
  assert.equal(certificate.checkHost(controllerServerName), undefined);
  const clients = new X509Certificate(await readFile(join(out, 'clients-ca.crt')));
  assert.ok(clients.ca && clients.subject.includes('clients') && !certificate.checkIssued(clients));
  assert.match(
    await readFile(join(out, 'mosquitto.conf'), 'utf8'),
    /certfile \/etc\/mosquitto\/bramble\/broker\.crt/,
  );
});

test('what mosquitto has learned is kept, unless it is to begin anew', async (t) => {
  const dataDir = await folder(t);
  await configure(dataDir, '--user', 'root');
  const access = join(dataDir, 'mosquitto', 'dynamic-security.json');
  const first = await readFile(access, 'utf8');
  await writeFile(access, '{"learned":true}');
  assert.match((await configure(dataDir, '--user', 'root')).stdout, /was there and is kept/);
  assert.equal(await readFile(access, 'utf8'), '{"learned":true}');
  await configure(dataDir, '--user', 'root', '--new-access');
  assert.equal(await readFile(access, 'utf8'), first);
});

test('what is typed wrong is told, with the flag at fault', async (t) => {
  const dataDir = await folder(t);
  const wrong: [RegExp, ...string[]][] = [
    [/--port: must be a port from 1 to 65535/, '--port', 'x'],
    [/--users-port: boards and users need a port each/, '--users-port', '8883'],
    [/--host: must be a host name or an address/, '--host', 'a b'],
    [/--at: must be a path from \//, '--at', 'relative'],
    [/--out: mosquitto takes no path with white space/, '--out', '/tmp/a b'],
    [/--user: there is no user nobody-knows/, '--user', 'nobody-knows'],
    [/too many arguments|unknown|--help/, 'more'],
  ];
  for (const [message, ...flags] of wrong) {
    const { code, stderr } = await configure(dataDir, ...flags);
    assert.notEqual(code, 0, flags.join(' '));
    assert.match(stderr, message);
  }
});
