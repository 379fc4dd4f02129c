import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Kubectl, podYaml, startKubectl } from './fixture.ts';

let k: Kubectl;
before(async () => {
  k = await startKubectl();
});
after(() => k.stop());

const age = String.raw`\d+m?s`;

test('what kubectl asks of a cluster', async () => {
  assert.match(await k.ok('version'), /Server Version: v1\.35\.0\+bramble/);
  assert.match(await k.ok('cluster-info'), /control plane is running at .*https:\/\/127\.0\.0\.1/);
  const resources = await k.ok('api-resources');
  assert.match(resources, /^pods +po +v1 +true +Pod$/m);
  assert.match(resources, /^leases +coordination\.k8s\.io\/v1 +true +Lease$/m);
  assert.deepEqual((await k.ok('api-versions')).split('\n'), [
    'apps/v1',
    'authentication.k8s.io/v1',
    'authorization.k8s.io/v1',
    'batch/v1',
    'coordination.k8s.io/v1',
    'discovery.k8s.io/v1',
    'metrics.k8s.io/v1beta1',
    'policy/v1',
    'v1',
  ]);
  assert.match(await k.ok('explain pod.spec.containers'), /KIND: +Pod\nVERSION: +v1\n\nFIELD: containers/);
  assert.equal(await k.ok('get --raw /readyz'), 'ok');
  assert.match(await k.ok('get namespaces'), new RegExp(`^default +Active +${age}$`, 'm'));
});

test('create, and get in every form', async () => {
  assert.equal(await k.ok('create -f -', podYaml('one')), 'pod/one created');
  assert.match(await k.ok('get pods'), new RegExp(`^one +0/1 +Pending +0 +${age}$`, 'm'));
  assert.match(
    await k.ok('get pods -o wide'),
    new RegExp(
      `^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\none +0/1 +Pending +0 +${age} +<none> +<none> +<none> +<none>$`,
      'm',
    ),
  );
  assert.equal(await k.ok('get pods -o name'), 'pod/one');
  assert.equal(await k.ok("get pod one -o jsonpath='{.status.phase}'"), 'Pending');
  assert.match(await k.ok('get pod one -o yaml'), /^ {2}restartPolicy: Always$/m);
  assert.equal(JSON.parse(await k.ok('get pod one -o json')).kind, 'Pod');
  assert.equal(JSON.parse(await k.ok('get pods -o json')).items.length, 1);
  assert.match(await k.ok('get pods -A --show-labels'), /^default +one .*app=web$/m);
  assert.match(await k.ok('get pods --sort-by=.metadata.name'), /^one /m);
  assert.equal(await k.ok('get pods --field-selector=metadata.name=one -l app=web -o name'), 'pod/one');
  assert.match(await k.ok('describe pod one'), /^Status: +Pending$/m);
  assert.match(await k.ok('get all'), /^pod\/one /m);
});

test('apply: created, unchanged, configured; diff; replace', async () => {
  const path = await k.file('applied.yaml', podYaml('applied'));
  assert.equal(await k.ok(`apply -f ${path}`), 'pod/applied created');
  assert.equal(await k.ok(`apply -f ${path}`), 'pod/applied unchanged');
  await k.file('applied.yaml', podYaml('applied').replace('app: web', 'app: shop'));
  const diff = await k.run(`diff -f ${path}`);
  assert.match(diff.out, /^\+ +app: shop$/m);
  assert.equal(await k.ok(`apply -f ${path}`), 'pod/applied configured');
  assert.equal(await k.ok("get pod applied -o jsonpath='{.metadata.labels.app}'"), 'shop');
  assert.equal(await k.ok(`replace -f ${path}`), 'pod/applied replaced');
  const serverSide = await k.run(`apply --server-side -f ${path}`);
  assert.match(serverSide.err, /use `kubectl apply` without --server-side/);
});

test('a List and several documents', async () => {
  const list = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: listed}, data: {a: "1"}}
- {apiVersion: v1, kind: Secret, metadata: {name: listed}, stringData: {a: "1"}}
`;
  assert.equal(await k.ok('apply -f -', list), 'configmap/listed created\nsecret/listed created');
  assert.equal(await k.ok("get secret listed -o jsonpath='{.data.a}'"), 'MQ==');
  const documents = `${podYaml('doc-1')}---\n${podYaml('doc-2')}`;
  assert.equal(await k.ok('create -f -', documents), 'pod/doc-1 created\npod/doc-2 created');
  assert.match(await k.ok('delete -f -', documents), /pod "doc-1" deleted.*\npod "doc-2" deleted/);
});

test('run, and what kubectl sends as protobuf', async () => {
  assert.equal(await k.ok('run runner --image=x --labels=a=b'), 'pod/runner created');
  assert.equal(await k.ok('create configmap conf --from-literal=x=1'), 'configmap/conf created');
  assert.equal(await k.ok("get configmap conf -o jsonpath='{.data.x}'"), '1');
  assert.equal(await k.ok('create secret generic pass --from-literal=x=1'), 'secret/pass created');
  assert.match(await k.ok('get secrets pass'), /^pass +Opaque +1 +/m);
  assert.equal(await k.ok('create namespace shop'), 'namespace/shop created');
  assert.equal(await k.ok('create serviceaccount bot -n shop'), 'serviceaccount/bot created');
  assert.match(await k.ok('get serviceaccounts -n shop'), /^bot +0 +/m);
  const service = await k.run('create service clusterip front --tcp=80:8080');
  assert.deepEqual([service.code, service.err], [0, '']);
  assert.match(await k.ok('get services'), /^front +ClusterIP +<none> +<none> +80\/TCP +/m);
});

test('label, annotate, patch in three ways', async () => {
  await k.ok('create -f -', podYaml('patched'));
  assert.equal(await k.ok('label pod patched tier=front'), 'pod/patched labeled');
  assert.equal(await k.ok('annotate pod patched note=x'), 'pod/patched annotated');
  assert.equal(await k.ok(`patch pod patched -p '{"metadata":{"labels":{"a":"1"}}}'`), 'pod/patched patched');
  assert.equal(
    await k.ok(`patch pod patched --type=merge -p '{"metadata":{"labels":{"a":null}}}'`),
    'pod/patched patched',
  );
  const json = '[{"op":"add","path":"/metadata/labels/b","value":"2"}]';
  assert.equal(await k.ok(`patch pod patched --type=json -p '${json}'`), 'pod/patched patched');
  assert.equal(await k.ok(`patch pod patched --type=json -p '${json}'`), 'pod/patched patched (no change)');
  assert.deepEqual(JSON.parse(await k.ok("get pod patched -o jsonpath='{.metadata.labels}'")), {
    app: 'web',
    b: '2',
    tier: 'front',
  });
});

test('events, as get and describe show them', async () => {
  const uid = await k.ok("get pod one -o jsonpath='{.metadata.uid}'");
  await k.ok(
    'create -f -',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'one.1', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'one', namespace: 'default', uid },
      type: 'Warning',
      reason: 'FailedScheduling',
      message: 'no board has room',
      source: { component: 'scheduler' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 2,
    }),
  );
  assert.match(await k.ok('get events'), /Warning +FailedScheduling +pod\/one +no board has room$/m);
  assert.match(await k.ok('describe pod one'), /Warning +FailedScheduling +.* scheduler +no board has room/);
});

test('who may what', async () => {
  assert.equal(await k.ok('auth can-i create pods'), 'yes');
  const no = await k.run('auth can-i delete nodes', { as: 'edit' });
  assert.match(no.out, /^no/);
  assert.match(await k.ok('auth whoami'), /^Username +admin$/m);
  const secrets = await k.run('get secrets', { as: 'view' });
  assert.equal(
    secrets.err,
    'Error from server (Forbidden): secrets is forbidden: User "vera" cannot list resource "secrets" in API group "" in the namespace "default"\n',
  );
  const nobody = await k.run('get pods', { as: 'nobody' });
  assert.match(nobody.err, /You must be logged in to the server/);
  assert.equal((await k.run('get pods', { as: 'node' })).code, 1);
});

test('errors, word for word', async () => {
  const error = async (args: string, input?: string) =>
    (await k.run(args, input === undefined ? {} : { input })).err.trim();
  assert.equal(await error('get pod nope'), 'Error from server (NotFound): pods "nope" not found');
  assert.equal(await error('get nosuch'), `error: the server doesn't have a resource type "nosuch"`);
  assert.equal(
    await error('create -f -', podYaml('one')),
    'Error from server (AlreadyExists): error when creating "STDIN": pods "one" already exists',
  );
  assert.equal(
    await error('create -f -', podYaml('bad').replace('image:', 'imag:')),
    'Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].imag"',
  );
  assert.equal(
    await error('create -f -', podYaml('bad').replace(/ +image: .*\n/, '')),
    'The Pod "bad" is invalid: spec.containers[0].image: Required value',
  );
  assert.match(
    await error('create -f -', podYaml('BAD').replace(/ +image: .*\n/, '')),
    /^The Pod "BAD" is invalid: \n\* metadata\.name: Invalid value: "BAD".*\n\* spec\.containers\[0\]\.image: Required value$/,
  );
  assert.equal(
    await error('create configmap x -n nowhere'),
    'error: failed to create configmap: namespaces "nowhere" not found',
  );
  assert.equal(
    await error('delete namespace default'),
    'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted',
  );
  assert.match(await error('get pods --field-selector=foo=bar'), /field label not supported: foo$/);
  assert.equal(
    await error('create quota q --hard=pods=1'),
    'error: failed to create quota: the server could not find the requested resource',
  );
  assert.match(await error('get pods --as=bob'), /impersonation .* is not supported yet/);
});
