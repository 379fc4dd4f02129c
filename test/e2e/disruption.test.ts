import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, politeScript, shell, stream } from './fixture/objects.ts';
import { readyAddress } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

type Fields = Readonly<Record<string, unknown>>;

function workload(kind: string, name: string, spec: Fields = {}, podSpec: Fields = {}): Fields {
  const labels = { app: name };
  const containers = [shell('main', politeScript)];
  const template = {
    metadata: { labels },
    spec: { containers, terminationGracePeriodSeconds: 2, ...podSpec },
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

const create = (...objects: Fields[]): Promise<string> => bramble.kubectl('create -f -', stream(objects));
const rolledOut = (what: string): Promise<string> =>
  bramble.kubectl(['rollout', 'status', what, '--timeout=60s']);
const running = async (app: string): Promise<number> => {
  const selected = ['-l', `app=${app}`, '--field-selector', 'status.phase=Running'];
  const names = await bramble.kubectl(['get', 'pods', ...selected, '-o', 'name']);
  return names.split('\n').filter((line) => line !== '').length;
};

test('drain empties a board but for its daemons, as far as the disruption budget allows', async () => {
  const emptyDir = { volumes: [{ name: 'scratch', emptyDir: {} }] };
  await create(workload('Deployment', 'web', { replicas: 3 }, emptyDir), workload('DaemonSet', 'probe'));
  await rolledOut('deploy/web');
  await rolledOut('ds/probe');
  await create(pod('alone', [shell('main', politeScript)], { terminationGracePeriodSeconds: 2 }));
  await readyAddress(bramble, 'alone');
  await bramble.kubectl('create pdb web --selector=app=web --min-available=2');
  assert.match(await bramble.kubectlRefuses('drain e2e-board --ignore-daemonsets'), /declare no controller/);
  const drain = ['drain', 'e2e-board', '--ignore-daemonsets', '--delete-emptydir-data', '--force'];
  const stuck = await bramble.client('kubectl', [...drain, '--timeout=4s']);
  assert.notEqual(stuck.code, 0);
  assert.match(stuck.stderr, /would violate the pod's disruption budget/);
  assert.equal(await running('web'), 2);
  assert.match(await bramble.kubectl('get pdb web --no-headers'), /^web +2 +N\/A +0 /);
  await bramble.kubectl('delete pdb web');
  const drained = await bramble.kubectl([...drain, '--timeout=40s']);
  assert.match(drained, /node\/e2e-board drained/);
  assert.deepEqual([await running('web'), await running('probe')], [0, 1]);
  assert.equal(await bramble.kubectl('get pod alone --ignore-not-found'), '');
});

test('after uncordon the Deployment is whole again', async () => {
  await bramble.kubectl('uncordon e2e-board');
  await rolledOut('deploy/web');
  assert.equal(await running('web'), 3);
});

test('a taint with NoExecute sends away what does not tolerate it, at once or after its time', async () => {
  const patient = { key: 'repair', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3 };
  const firm = { key: 'repair', operator: 'Exists', effect: 'NoExecute' };
  const quick = { terminationGracePeriodSeconds: 1 };
  await create(
    pod('patient', [shell('main', politeScript)], { ...quick, tolerations: [patient] }),
    pod('firm', [shell('main', politeScript)], { ...quick, tolerations: [firm] }),
  );
  await readyAddress(bramble, 'patient');
  await readyAddress(bramble, 'firm');
  await bramble.kubectl('taint node e2e-board repair=now:NoExecute');
  await eventually('the Deployment’s pods to go', async () =>
    (await running('web')) === 0 ? true : undefined,
  );
  await bramble.kubectl('wait pod/patient --for=delete --timeout=30s');
  assert.match(await bramble.kubectl('get pod firm --no-headers'), / Running /);
  const events = await bramble.kubectl('get events --field-selector reason=TaintManagerEviction');
  assert.match(events, /Marking for deletion Pod default\/patient/);
  await bramble.kubectl('taint node e2e-board repair-');
  await rolledOut('deploy/web');
});
