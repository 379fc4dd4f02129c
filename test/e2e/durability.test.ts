import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Background } from './fixture/background.ts';
import { podman } from './fixture/board.ts';
import { type Bramble, project, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { freePorts } from './fixture/machine.ts';
import { configMap, pod, politeScript, secret, shell, stream } from './fixture/objects.ts';
import { containerIds, curl, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;
/** What must stay as it is, whatever happens to Bramble's own processes. */
let ids: Record<string, string>;
let address: string;

before(async () => {
  bramble = await startBramble();
  const volumes = [{ name: 'door', secret: { secretName: 'door' } }];
  const volumeMounts = [{ name: 'door', mountPath: '/door' }];
  const two = pod('two', [shell('a', politeScript, { volumeMounts }), shell('b', politeScript)], { volumes });
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl('create -f -', stream([secret('door', { code: '4711' }), two]));
  address = await readyAddress(bramble, 'hello');
  await readyAddress(bramble, 'two');
  ids = await containerIds(bramble);
});
after(() => bramble?.dispose());

/** The same containers, not restarted, by Bramble's word and by podman's; and they answer. */
async function assertUntouched(): Promise<void> {
  assert.deepEqual(await containerIds(bramble), ids);
  const running = await podman(bramble, ['ps', '--no-trunc', '--format', '{{.ID}}']);
  const expected = Object.values(ids).map((id) => id.replace(/^podman:\/\/| .*$/g, ''));
  assert.deepEqual(running.trim().split('\n').sort(), expected.sort());
  assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Waits until `up` has started the program again. */
function startedAgain(program: 'controller' | 'agent', before: number): Promise<number> {
  return eventually(`another ${program}`, async () => {
    const pid = await bramble.pidOf(program).catch(() => before);
    return pid === before ? undefined : pid;
  });
}

const boardReady = (): Promise<string> =>
  bramble.kubectl(`wait node/${bramble.node} --for=condition=Ready --timeout=40s`);

test('Ctrl-C stops up, controller and agent, and leaves the pods running; a new start adopts them', async () => {
  const pids = [await bramble.pidOf('controller'), await bramble.pidOf('agent')];
  const { up } = bramble;
  assert.equal(await bramble.interrupt(), 0);
  assert.match(up.output, /Pods keep running/);
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
  await bramble.start();
  await boardReady();
  await assertUntouched();
});

test('agent killed with -9: up starts it again, and it adopts the same containers', async () => {
  const before = await bramble.pidOf('agent');
  process.kill(before, 'SIGKILL');
  await startedAgain('agent', before);
  await bramble.kubectl('create -f -', stream([pod('after', [shell('main', politeScript)])]));
  await readyAddress(bramble, 'after');
  await bramble.kubectl('delete pod after --timeout=30s');
  await assertUntouched();
});

test('agent killed between the steps of a pod’s start: one container, no second copy', async () => {
  const names = ['cut-1', 'cut-2', 'cut-3'];
  await bramble.kubectl('create -f -', stream(names.map((name) => pod(name, [shell('main', politeScript)]))));
  const before = await bramble.pidOf('agent');
  process.kill(before, 'SIGKILL');
  await startedAgain('agent', before);
  for (const name of names) await readyAddress(bramble, name);
  const made = await podman(bramble, ['ps', '--all', '--format', '{{.Names}}']);
  for (const name of names)
    assert.equal(made.split('\n').filter((line) => line.includes(`_${name}_`)).length, 1, made);
  await bramble.kubectl(['delete', 'pod', ...names, '--timeout=40s']);
  await assertUntouched();
});

test('a pod deleted while its agent is dead ends when the agent is back', async () => {
  await bramble.kubectl('create -f -', stream([pod('short', [shell('main', politeScript)])]));
  await readyAddress(bramble, 'short');
  const before = await bramble.pidOf('agent');
  process.kill(before, 'SIGKILL');
  await bramble.kubectl('delete pod short --wait=false');
  await bramble.kubectl('wait pod/short --for=delete --timeout=40s');
  await assertUntouched();
});

test('controller killed with -9: what it answered is still there, and pods are untouched', async () => {
  const before = await bramble.pidOf('controller');
  await bramble.kubectl('create -f -', stream([configMap('answered', { kept: 'yes' })]));
  process.kill(before, 'SIGKILL');
  assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
  await startedAgain('controller', before);
  await eventually('the API', async () => {
    const { code } = await bramble.client('kubectl', 'get --raw /readyz');
    return code === 0 ? true : undefined;
  });
  assert.equal(await bramble.kubectl('get configmap answered -o jsonpath={.data.kept}'), 'yes');
  await boardReady();
  await assertUntouched();
  await bramble.kubectl('create -f -', stream([pod('afterwards', [shell('main', politeScript)])]));
  await readyAddress(bramble, 'afterwards');
  await bramble.kubectl('delete pod afterwards --timeout=30s');
});

test('up on a port in use names the process and the flag, and changes nothing', async () => {
  const { httpsPort, mqttPort } = bramble.place;
  const [free = 0] = await freePorts(1);
  const ends = async (ports: readonly number[]): Promise<string> => {
    const [https, mqtt] = ports;
    const args = ['cli/main.ts', 'up', '--controller-only', '--data-dir', bramble.file('second')];
    const flags = ['--https-port', `${https}`, '--mqtt-port', `${mqtt}`];
    const second = new Background(process.execPath, [...args, ...flags], { env: process.env, cwd: project });
    assert.equal(await second.ended(), 69);
    return second.output;
  };
  const holder = await bramble.pidOf('controller');
  const broker = bramble.mosquitto?.pid ?? holder;
  assert.match(
    await ends([httpsPort, free]),
    new RegExp(`port ${httpsPort} is in use: .*controller/main\\.ts.* \\(process ${holder}\\).*--https-port`),
  );
  assert.match(
    await ends([free, mqttPort]),
    new RegExp(`port ${mqttPort} is in use: .*\\(process ${broker}\\).*--mqtt-port`),
  );
  await assertUntouched();
});

test('a second up on the same data directory is refused, and harms nothing', async () => {
  const [https = 0, mqtt = 0] = await freePorts(2);
  const args = ['cli/main.ts', 'up', '--controller-only', '--data-dir', bramble.dataDir];
  const flags = ['--https-port', `${https}`, '--mqtt-port', `${mqtt}`];
  const second = new Background(process.execPath, [...args, ...flags], { env: process.env, cwd: project });
  assert.equal(await second.ended(), 65);
  assert.match(second.output, /lock|in use|another/i);
  await assertUntouched();
});

test('backup while running; restore makes another store with the same objects', async () => {
  const file = bramble.file('backup');
  assert.match(await bramble.bramble(['backup', file]), /^Backup written to /);
  await bramble.kubectl('create configmap after-the-backup');
  const before = await storeId();
  assert.equal(await bramble.interrupt(), 0);
  bramble.useDataDir('restored');
  await bramble.bramble(['restore', file, '--data-dir', bramble.dataDir]);
  await bramble.start({ controllerOnly: true });
  assert.notEqual(await storeId(), before);
  assert.equal(await bramble.kubectl('get configmap answered -o jsonpath={.data.kept}'), 'yes');
  assert.equal(
    await bramble.kubectl('get secret door -o jsonpath={.data.code}'),
    Buffer.from('4711').toString('base64'),
  );
  assert.match(await bramble.kubectl('get pods'), /^hello /m);
  assert.match(await bramble.kubectlRefuses('get configmap after-the-backup'), /not found/);
  await bramble.kubectl('create configmap in-the-new-store');
});

async function storeId(): Promise<string> {
  const sub = bramble.mosquittoSub(['-C', '1', '-W', '10', '-t', 'bramble/v1/controller/session']);
  await sub.ended();
  return JSON.parse(sub.output).storeId;
}
