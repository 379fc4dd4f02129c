import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setupFolder } from './launcher.ts';
import { Sandbox } from './sandbox.ts';

const startPackages =
  'podman runc crun iproute2 nftables ca-certificates curl mosquitto-clients mtools xz-utils e2fsprogs';
const installPattern = /^apt-get install .*-o DPkg::Lock::Timeout=\d+ .*podman runc crun/;

const named = (calls: readonly string[]): string[] => calls.map((call) => call.split(' ', 2).join(' '));

test('a first start installs Debian packages, then npm packages without dev, then runs the pinned Node', async (context) => {
  const sandbox = new Sandbox(context);
  const { exitCode, stdout } = await sandbox.launch('start', ['--https-port', '7443']);
  const calls = sandbox.calls().filter((call) => !call.startsWith('systemctl'));
  assert.deepEqual(named(calls), [
    'apt-get update',
    'apt-get install',
    'seen DEBIAN_FRONTEND=noninteractive',
    'seen policy',
    'apt-get download',
    'dpkg -x',
    'npm ci',
    'node /project/cli/main.ts',
  ]);
  assert.match(calls[1] ?? '', installPattern);
  assert.match(calls[1] ?? '', / -y --no-install-recommends /);
  assert.match(calls[6] ?? '', / --omit=dev .*--ignore-scripts/);
  assert.equal(calls[7], 'node /project/cli/main.ts up --https-port 7443');
  assert.equal(exitCode, 0);
  for (const step of ['apt-get update', `apt-get install ${startPackages}`, 'npm packages'])
    assert.match(stdout, new RegExp(`^\\[ok \\d+\\.\\d s\\] ${step}$`, 'm'));
  assert.match(stdout, /^Bramble runs on Node 24\.99\.0 from the project's node_modules/m);
});

test('npm run finds the pinned Node in node_modules/.bin where npm has made no link, or one to nowhere', async (context) => {
  const sandbox = new Sandbox(context);
  const link = sandbox.path('project/node_modules/.bin/node');
  await sandbox.launch('start', []);
  const program = realpathSync(sandbox.path(`project/node_modules/node-linux-${process.arch}/bin/node`));
  assert.equal(realpathSync(link), program);

  rmSync(link);
  symlinkSync('../node-linux-nowhere/bin/node', link);
  await sandbox.launch('start', []);
  assert.equal(realpathSync(link), program);
});

test('busybox-static is unpacked into a folder of its own: to install it would remove busybox', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('start', []);
  const install = sandbox.calls().find((call) => call.startsWith('apt-get install')) ?? '';
  assert.doesNotMatch(install, /busybox/);
  assert.ok(existsSync(sandbox.path('var/cache/bramble/busybox-static/bin/busybox')));
  assert.deepEqual(readdirSync(sandbox.path('var/cache/bramble')), ['busybox-static']);
});

test("the machine's own static busybox is enough", async (context) => {
  const sandbox = new Sandbox(context);
  cpSync(sandbox.path('static-program'), sandbox.path('bin/busybox'));
  await sandbox.launch('start', []);
  assert.ok(!sandbox.calls().some((call) => call.startsWith('apt-get download')));
});

test('no service is started while packages are installed, and the policy is gone afterwards', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('start', []);
  assert.ok(sandbox.calls().includes('seen policy 101'));
  assert.ok(!existsSync(sandbox.path('policy-rc.d')));
});

test('a policy that the machine already has is left as it is', async (context) => {
  const sandbox = new Sandbox(context);
  const policy = '#!/bin/sh\nexit 0\n';
  writeFileSync(sandbox.path('policy-rc.d'), policy);
  chmodSync(sandbox.path('policy-rc.d'), 0o755);
  await sandbox.launch('start', []);
  assert.ok(sandbox.calls().includes('seen policy 0'));
  assert.equal(readFileSync(sandbox.path('policy-rc.d'), 'utf8'), policy);
});

test('a second start runs Node and nothing else', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('start', []);
  sandbox.forgetCalls();
  assert.equal((await sandbox.launch('start', [])).exitCode, 0);
  assert.deepEqual(sandbox.calls(), ['node /project/cli/main.ts up']);
});

test('the demonstration needs what a start needs and no more, and hands its flags on', async (context) => {
  const sandbox = new Sandbox(context);
  assert.equal((await sandbox.launch('demo', ['--keep'])).exitCode, 0);
  const calls = sandbox.calls();
  assert.ok(!calls.some((call) => /^apt-get install .* chromium/.test(call)));
  assert.match(calls.find((call) => call.startsWith('npm ')) ?? '', /^npm ci --omit=dev /);
  assert.equal(calls.at(-1), 'node /project/test/demo/main.ts --keep');
  const refused = await sandbox.launch('demo', [], { userId: 1000 });
  assert.equal(refused.exitCode, 1);
  assert.ok(refused.stderr.includes("su -c 'cd /project && npm run demo'"), refused.stderr);
});

test('neither root nor sudo: it says so with the exact command, and nothing is changed', async (context) => {
  const sandbox = new Sandbox(context);
  const before = sandbox.files();
  const { exitCode, stderr } = await sandbox.launch('start', [], { userId: 1000 });
  assert.equal(exitCode, 1);
  assert.match(stderr, /not root and cannot use sudo\. Nothing was changed/);
  assert.ok(stderr.includes("    su -c 'cd /project && npm start'\n"), stderr);
  assert.ok(
    stderr.includes(
      `    apt-get update && apt-get install -y --no-install-recommends ${startPackages} && mkdir -p /var/cache/bramble`,
    ),
    stderr,
  );
  assert.ok(stderr.includes('    npm start -- --controller-only'), stderr);
  assert.deepEqual(sandbox.calls(), []);
  assert.deepEqual(sandbox.files(), before);
});

test('a sudo that wants a password is no sudo where nobody can type one', async (context) => {
  const sandbox = new Sandbox(context);
  sandbox.addCommand('sudo', 'exit 1');
  assert.equal((await sandbox.launch('start', [], { userId: 1000 })).exitCode, 1);
  assert.deepEqual(sandbox.calls(), ['sudo -n true']);
});

test('with sudo, apt and Bramble run as root, and npm as the user', async (context) => {
  const sandbox = new Sandbox(context);
  sandbox.allowSudo();
  assert.equal((await sandbox.launch('start', [], { userId: 1000 })).exitCode, 0);
  const calls = sandbox.calls();
  const before = (name: string): string => calls[calls.findIndex((call) => call.startsWith(name)) - 1] ?? '';
  assert.match(before('apt-get update'), /^sudo env .*PATH=.* \S*install-packages\.mjs /);
  assert.match(before('node '), /^sudo env .*node \/project\/cli\/main\.ts up$/);
  assert.doesNotMatch(before('npm '), /^sudo/);
});

test('--controller-only needs neither root nor Debian packages', async (context) => {
  const sandbox = new Sandbox(context);
  assert.equal((await sandbox.launch('start', ['--controller-only'], { userId: 1000 })).exitCode, 0);
  assert.deepEqual(named(sandbox.calls()), ['npm ci', 'node /project/cli/main.ts']);
  assert.equal(sandbox.calls().at(-1), 'node /project/cli/main.ts up --controller-only');
});

test('--no-install tells what is missing, changes nothing and runs nothing', async (context) => {
  const sandbox = new Sandbox(context);
  const before = sandbox.files();
  const { exitCode, stdout, stderr } = await sandbox.launch('start', ['--no-install']);
  assert.equal(exitCode, 1);
  assert.match(stderr, /Debian packages are missing: podman, runc, /);
  assert.match(stderr, /2 npm packages are missing/);
  assert.match(stdout, /Nothing was changed/);
  assert.deepEqual(sandbox.files(), before);
  await sandbox.launch('start', []);
  sandbox.forgetCalls();
  assert.equal((await sandbox.launch('start', ['--no-install'])).exitCode, 0);
  assert.deepEqual(sandbox.calls(), []);
});

test('test adds what only it needs beside the rest, and start keeps it', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('start', []);
  rmSync(sandbox.path('bin/mosquitto'));
  sandbox.forgetCalls();
  assert.equal((await sandbox.launch('test', ['e2e'])).exitCode, 0);
  const calls = sandbox.calls().filter((call) => /^(apt-get install|npm|node)/.test(call));
  assert.match(calls[0] ?? '', / mosquitto$/);
  assert.match(calls[1] ?? '', /^npm install --no-save --include=dev /);
  assert.equal(calls[2], 'node /project/test/run.ts e2e');
  sandbox.forgetCalls();
  await sandbox.launch('start', []);
  assert.deepEqual(sandbox.calls(), ['node /project/cli/main.ts up']);
});

test('where dev packages are installed and the lock file has changed, they are installed again with the rest', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('check', []);
  rmSync(sandbox.path('project/node_modules/zod'), { recursive: true });
  sandbox.forgetCalls();
  await sandbox.launch('start', ['--controller-only']);
  assert.match(sandbox.calls()[0] ?? '', /^npm ci --include=dev /);
});

test('check and unit tests need neither root nor Debian packages', async (context) => {
  const sandbox = new Sandbox(context);
  await sandbox.launch('check', [], { userId: 1000 });
  await sandbox.launch('test', ['unit'], { userId: 1000 });
  assert.deepEqual(named(sandbox.calls()), [
    'npm ci',
    'node /project/test/run.ts',
    'node /project/test/run.ts',
  ]);
});

test('it waits while another package manager holds the package lists', async (context) => {
  const sandbox = new Sandbox(context);
  const real = readFileSync(sandbox.path('bin/apt-get'), 'utf8').split('\n').slice(3).join('\n');
  const locked =
    '[ "$1" = update ] && [ ! -e "$HERE/tried" ] && { : > "$HERE/tried"; echo "E: Could not get lock /var/lib/apt/lists/lock" >&2; exit 100; }';
  sandbox.addCommand('apt-get', `${locked}\n${real}`);
  const { exitCode, stdout } = await sandbox.launch('start', []);
  assert.equal(exitCode, 0);
  assert.match(stdout, /waiting for another package manager/);
  assert.deepEqual(named(sandbox.calls()).slice(0, 2), ['apt-get update', 'apt-get update']);
});

test('a failed apt-get install is shown, stops the launcher, and leaves no policy behind', async (context) => {
  const sandbox = new Sandbox(context);
  sandbox.addCommand(
    'apt-get',
    '[ "$1" = update ] && exit 0\necho "E: Unable to locate package podman" >&2\nexit 100',
  );
  const { exitCode, stdout, stderr } = await sandbox.launch('start', []);
  assert.equal(exitCode, 1);
  assert.match(stderr, /Unable to locate package podman/);
  assert.match(stdout, /^\[failed \d+\.\d s\] apt-get install/m);
  assert.ok(!existsSync(sandbox.path('policy-rc.d')));
  assert.ok(!sandbox.calls().some((call) => /^(npm|node) /.test(call)));
});

test('an npm that leaves out the pinned Node is found out', async (context) => {
  const sandbox = new Sandbox(context);
  sandbox.addCommand('npm', 'exit 0');
  const { exitCode, stderr } = await sandbox.launch('start', ['--controller-only']);
  assert.equal(exitCode, 1);
  assert.match(stderr, new RegExp(`left out .*node_modules/node-linux-${process.arch}`));
});

test('a system without apt is told which packages it needs, before anything is changed', async (context) => {
  const sandbox = new Sandbox(context);
  writeFileSync(sandbox.path('etc/os-release'), 'PRETTY_NAME="Fedora Linux 43"\nID=fedora\n');
  const { exitCode, stderr } = await sandbox.launch('start', []);
  assert.equal(exitCode, 1);
  assert.match(stderr, /which Fedora Linux 43 does not use\. Nothing was changed/);
  assert.match(stderr, /podman, runc, crun/);
  assert.deepEqual(sandbox.calls(), []);
});

test("signals reach Bramble, and the launcher ends with Bramble's exit code", async (context) => {
  const sandbox = new Sandbox(context);
  const program =
    "trap 'echo stopping; exit 7' TERM\necho running\nfor N in $(/usr/bin/seq 400); do /bin/sleep 0.05; done";
  writeFileSync(sandbox.path('program'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  let sent = false;
  const { exitCode, stdout } = await sandbox.launch('start', ['--controller-only'], {
    onOutput: (text, kill) => {
      if (sent || !text.includes('running\n')) return;
      sent = true;
      kill('SIGTERM');
    },
  });
  assert.match(stdout, /stopping/);
  assert.equal(exitCode, 7);
});

test('npm hands its signals to the launcher itself, since the shell between them gives way to it', () => {
  const { scripts } = JSON.parse(readFileSync(join(setupFolder, '../package.json'), 'utf8'));
  for (const goal of ['start', 'join', 'demo', 'test', 'check'])
    assert.equal(scripts[goal], `exec node setup/${goal}.mjs`);
});

test('a killed Bramble gives the exit code that shells give', async (context) => {
  const sandbox = new Sandbox(context);
  writeFileSync(sandbox.path('program'), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
  assert.equal((await sandbox.launch('start', ['--controller-only'])).exitCode, 137);
});
