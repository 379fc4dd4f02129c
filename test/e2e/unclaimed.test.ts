import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { podman } from './fixture/board.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, politeScript, secret, shell, stream } from './fixture/objects.ts';
import { curl, getPod, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;
let address: string;
/** Container ids and start times before the store was lost. */
let untouched: string[];

before(async () => {
  bramble = await startBramble();
  const half = { resources: { requests: { cpu: await halfOfTheBoard() } } };
  await bramble.kubectl('create -f examples/hello.yaml');
  await bramble.kubectl(
    'create -f -',
    stream([
      secret('door', { code: '1' }),
      secret('key', { code: '1' }),
      pod('opener', [shell('main', politeScript, { env: [codeOf('key')] })]),
      pod('big', [shell('main', politeScript, half)]),
      pod('reader', [shell('main', politeScript, { env: [codeOf('door')] })]),
    ]),
  );
  address = await readyAddress(bramble, 'hello');
  for (const name of ['big', 'reader', 'opener']) await readyAddress(bramble, name);
  untouched = await running();
  assert.equal(await bramble.interrupt(), 0);
  await bramble.start({ newStore: true });
});
after(() => bramble?.dispose());

const codeOf = (name: string) => ({ name: 'CODE', valueFrom: { secretKeyRef: { name, key: 'code' } } });

async function halfOfTheBoard(): Promise<string> {
  const cpu = await bramble.kubectl('get nodes -o jsonpath={.items[0].status.allocatable.cpu}');
  const milli = cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1_000;
  return `${Math.floor(milli * 0.6)}m`;
}

async function running(): Promise<string[]> {
  const lines = await podman(bramble, ['ps', '--no-trunc', '--format', '{{.ID}} {{.StartedAt}}']);
  return lines.trim().split('\n').sort();
}

const listed = (count: number): Promise<string> =>
  eventually(`${count} unclaimed pods`, async () => {
    const text = await bramble.bramble('unclaimed list');
    return text.split('\n').filter((line) => line.includes(bramble.node)).length === count ? text : undefined;
  });

test('pods of a store that was lost are listed, and counted with their board', async () => {
  const text = await listed(4);
  assert.match(text, /^e2e-board +default +hello +Running +[0-9a-f-]{36}$/m);
  assert.match(await bramble.bramble('boards'), /^e2e-board +Ready .* 4 +\S+$/m);
});

test('G4: the room that they take is not given to others', async () => {
  const half = { resources: { requests: { cpu: await halfOfTheBoard() } } };
  await bramble.kubectl('create -f -', stream([pod('second', [shell('main', politeScript, half)])]));
  await eventually('the reason why it waits', async () => {
    const { status } = await getPod(bramble, 'second');
    return status?.conditions?.some(({ message }) => message?.includes('Insufficient cpu'))
      ? true
      : undefined;
  });
});

test('claimed, a pod is in this store and goes on: same container, same address; then it is a pod like any other', async () => {
  assert.match(await bramble.bramble('unclaimed claim default/hello'), /goes on as it is/);
  assert.equal(await readyAddress(bramble, 'hello'), address);
  assert.deepEqual(await running(), untouched);
  const { status, spec } = await getPod(bramble, 'hello');
  const id = status?.containerStatuses?.[0]?.containerID?.split('://')[1] ?? 'none';
  assert.ok(untouched.some((line) => line.startsWith(id)));
  assert.equal(spec?.nodeName, bramble.node);
  assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
  await listed(3);
  const again = await bramble.client('bramble', 'unclaimed claim default/hello');
  assert.match(again.stderr, /no board says that it runs an unclaimed pod/);
  await bramble.kubectl('delete pod hello --timeout=40s');
  assert.equal((await running()).length, 3);
});

test('a pod that names Secrets is claimed only when a person says so, and what is missing is told', async () => {
  assert.match(await bramble.bramble('unclaimed claim reader'), /until these are here: secrets\/door/);
  await bramble.kubectl('delete pod reader --timeout=40s');
  await bramble.kubectl('create -f -', stream([secret('key', { code: '2' })]));
  const refused = await bramble.client('bramble', 'unclaimed claim opener');
  assert.match(refused.stderr, /names Secrets of this store \(key\).*--give-secrets/);
  await bramble.bramble('unclaimed claim opener --give-secrets');
  await readyAddress(bramble, 'opener');
  await bramble.kubectl('delete pod opener --timeout=40s');
});

test('released, a pod of another store ends, and its room is free', async () => {
  assert.match(await bramble.bramble('unclaimed release big'), /ends, with its grace/);
  await listed(0);
  await readyAddress(bramble, 'second');
  assert.equal((await running()).length, 1);
});
