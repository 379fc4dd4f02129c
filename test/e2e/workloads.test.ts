import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { helloImage, politeScript, shell, stream } from './fixture/objects.ts';
import { curl } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

type Fields = Readonly<Record<string, unknown>>;

const labels = { app: 'web' };
const template = (container: Fields): Fields => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 2, containers: [container] },
});
const server = { name: 'main', image: helloImage, imagePullPolicy: 'IfNotPresent' };

function workload(kind: string, name: string, spec: Fields): Fields {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels }, ...spec },
  };
}

const apply = (...objects: Fields[]): Promise<string> => bramble.kubectl('apply -f -', stream(objects));
/** @throws with what kubectl says of the pods, where it does not come to that */
const rolledOut = (what: string): Promise<string> =>
  bramble.kubectl(['rollout', 'status', what, '--timeout=60s']).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await bramble.kubectl('describe pods').catch(String)}`);
  });
const words = async (args: string[]): Promise<string[]> =>
  (await bramble.kubectl(args)).split(/\s+/).filter((word) => word !== '');
const podNames = (): Promise<string[]> =>
  words(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}']);

async function left(count: number): Promise<void> {
  await eventually(`${count} pods`, async () => ((await podNames()).length === count ? true : undefined));
}

describe('a Deployment', () => {
  test('has its pods, and kubectl shows them', async () => {
    await apply(workload('Deployment', 'web', { replicas: 2, template: template(server) }));
    await rolledOut('deploy/web');
    assert.deepEqual((await words(['get', 'deploy', 'web', '--no-headers'])).slice(0, 4), [
      'web',
      '2/2',
      '2',
      '2',
    ]);
    const addresses = await words([
      'get',
      'pods',
      '-l',
      'app=web',
      '-o',
      'jsonpath={.items[*].status.podIP}',
    ]);
    for (const address of addresses) await curl(bramble, `http://${address}:8080`);
    assert.match(
      await bramble.kubectl('get deploy,rs -o wide'),
      /web .* main +localhost\/bramble\/hello:1 +app=web/,
    );
  });

  test('is scaled, and a pod that is deleted is replaced', async () => {
    await bramble.kubectl('scale deploy/web --replicas=3');
    await rolledOut('deploy/web');
    const [first = ''] = await podNames();
    await bramble.kubectl(['delete', 'pod', first]);
    await rolledOut('deploy/web');
    await left(3);
    assert.ok(!(await podNames()).includes(first));
  });

  test('rolls a new version out while enough of the old one serves, and back', async () => {
    await bramble.kubectl('set env deploy/web VERSION=2');
    await rolledOut('deploy/web');
    await bramble.kubectl('annotate deploy/web kubernetes.io/change-cause=second');
    const history = await bramble.kubectl('rollout history deploy/web');
    assert.match(history, /^1 +<none>$/m);
    await bramble.kubectl('rollout undo deploy/web');
    await rolledOut('deploy/web');
    const env = await bramble.kubectl('get deploy web -o jsonpath={.spec.template.spec.containers[0].env}');
    assert.equal(env, '');
    assert.match(await bramble.kubectl('rollout history deploy/web'), /^2 +second\n3 +<none>$/m);
    const described = await bramble.kubectl('describe deploy web');
    assert.match(described, /3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/);
    assert.match(described, /Scaled down replica set web-\w+ from \d to \d/);
  });

  test('is paused, resumed, and restarted', async () => {
    await left(3);
    const before = await podNames();
    await bramble.kubectl('rollout pause deploy/web');
    await bramble.kubectl('set env deploy/web VERSION=3');
    assert.match(
      await bramble.kubectl('get deploy web -o jsonpath={.status.conditions}'),
      /DeploymentPaused/,
    );
    assert.deepEqual(await podNames(), before);
    await bramble.kubectl('rollout resume deploy/web');
    await rolledOut('deploy/web');
    await bramble.kubectl('rollout restart deploy/web');
    await rolledOut('deploy/web');
    await left(3);
    assert.ok((await podNames()).every((name) => !before.includes(name)));
  });

  test('that cannot get on keeps the old version serving, and says so', async () => {
    const patch = {
      spec: { progressDeadlineSeconds: 3, template: template({ ...server, image: 'localhost/none:1' }) },
    };
    await bramble.kubectl(['patch', 'deploy', 'web', '-p', JSON.stringify(patch)]);
    const told = await bramble.client('kubectl', 'rollout status deploy/web --timeout=30s');
    assert.match(told.stderr, /exceeded its progress deadline/);
    assert.ok(Number(await bramble.kubectl('get deploy web -o jsonpath={.status.availableReplicas}')) >= 2);
    await bramble.kubectl('rollout undo deploy/web');
    await rolledOut('deploy/web');
  });

  test('is deleted with what it owns: after it, before it, or not at all', async () => {
    await bramble.kubectl('delete deploy web --cascade=orphan');
    await left(3);
    await apply(workload('Deployment', 'web', { replicas: 3, template: template(server) }));
    await rolledOut('deploy/web');
    await bramble.kubectl('delete deploy web --cascade=foreground --timeout=40s');
    assert.deepEqual(await podNames(), []);
    await apply(workload('Deployment', 'web', { replicas: 2, template: template(server) }));
    await rolledOut('deploy/web');
    await bramble.kubectl('delete deploy web');
    await left(0);
    assert.equal(await bramble.kubectl('get rs -o name'), '');
  });

  test('that makes no sense is refused, field by field', async () => {
    const nonsense = workload('Deployment', 'bad', {
      replicas: -1,
      template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'main' }] } },
    });
    const refusal = await bramble.kubectlRefuses('create -f -', stream([nonsense]));
    assert.match(refusal, /spec\.replicas: Invalid value: -1/);
    assert.match(refusal, /spec\.template\.metadata\.labels: .*`selector` does not match template `labels`/);
    assert.match(refusal, /spec\.template\.spec\.containers\[0\]\.image: Required value/);
  });

  test('made by kubectl create, in protobuf, is one like any other', async () => {
    await bramble.kubectl(['create', 'deployment', 'quick', `--image=${helloImage}`, '--replicas=1']);
    await rolledOut('deploy/quick');
    await bramble.kubectl('delete deploy quick');
  });

  test('survives the controller and the agent', async () => {
    await apply(workload('Deployment', 'web', { replicas: 2, template: template(server) }));
    await rolledOut('deploy/web');
    await left(2);
    const before = await podNames();
    await bramble.interrupt();
    await bramble.start();
    await rolledOut('deploy/web');
    assert.deepEqual(await podNames(), before);
    await bramble.kubectl('delete deploy web');
    await left(0);
  });
});

describe('a DaemonSet', () => {
  test('runs on each board that matches, is rolled out, and leaves a board that matches no longer', async () => {
    const pod = template(shell('main', politeScript));
    const chosen = { ...pod, spec: { ...(pod['spec'] as Fields), nodeSelector: { sensor: 'yes' } } };
    await apply(workload('DaemonSet', 'probe', { template: chosen }));
    assert.equal((await words(['get', 'ds', 'probe', '--no-headers']))[1], '0');
    await bramble.kubectl('label node e2e-board sensor=yes');
    await left(1);
    await rolledOut('ds/probe');
    const [before = ''] = await podNames();
    await bramble.kubectl('set env ds/probe VERSION=2');
    await rolledOut('ds/probe');
    await left(1);
    const [after = ''] = await podNames();
    assert.notEqual(after, before);
    await bramble.kubectl('label node e2e-board sensor-');
    await left(0);
    await bramble.kubectl('delete ds probe');
  });
});
