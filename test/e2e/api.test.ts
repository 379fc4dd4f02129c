import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { checkServerIdentity, connect, type PeerCertificate } from 'node:tls';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble({ controllerOnly: true });
});
after(() => bramble?.dispose());

const get = (what: string, path: string): Promise<string> =>
  bramble.kubectl(['get', ...what.split(' '), '-o', `jsonpath=${path}`]);

describe('kubectl, with no board', () => {
  test('version and cluster-info', async () => {
    assert.match(
      await bramble.kubectl('version'),
      /^Client Version: v1\.\d+\.\d+[\s\S]*^Server Version: v1\./m,
    );
    assert.match(
      await bramble.kubectl('cluster-info'),
      new RegExp(`is running at .*https://127\\.0\\.0\\.1:${bramble.place.httpsPort}`),
    );
  });

  test('api-resources', async () => {
    const resources = await bramble.kubectl('api-resources --no-headers');
    for (const line of [
      /^pods +po +v1 +true +Pod$/m,
      /^nodes +no +v1 +false +Node$/m,
      /^namespaces +ns +v1 +false +Namespace$/m,
      /^events +ev +v1 +true +Event$/m,
      /^configmaps +cm +v1 +true +ConfigMap$/m,
      /^secrets +v1 +true +Secret$/m,
      /^serviceaccounts +sa +v1 +true +ServiceAccount$/m,
      /^leases +coordination\.k8s\.io\/v1 +true +Lease$/m,
    ])
      assert.match(resources, line);
  });

  test('explain reads the OpenAPI documents', async () => {
    assert.match(await bramble.kubectl('explain pod.spec.containers.image'), /FIELD: image <string>/);
  });

  test('create -f examples/hello.yaml, unmodified and validated, waits for a board with a reason', async () => {
    assert.equal(await bramble.kubectl('create -f examples/hello.yaml'), 'pod/hello created\n');
    assert.match(
      await bramble.kubectl('get pods -o wide --no-headers'),
      /^hello +0\/1 +Pending +0 +\S+ +<none> +<none>/,
    );
    await eventually(
      'the event that says why',
      async () =>
        /FailedScheduling +\S+ +bramble-scheduler +no nodes available/.test(
          await bramble.kubectl('describe pod hello'),
        ) || undefined,
    );
  });

  test('create configmap, secret and namespace (protobuf bodies)', async () => {
    assert.equal(await bramble.kubectl('create namespace lab'), 'namespace/lab created\n');
    assert.equal(
      await bramble.kubectl('create configmap colours --from-literal=sky=blue -n lab'),
      'configmap/colours created\n',
    );
    assert.equal(
      await bramble.kubectl('create secret generic door --from-literal=code=4711 -n lab'),
      'secret/door created\n',
    );
    assert.equal(await get('configmap colours -n lab', '{.data.sky}'), 'blue');
    assert.equal(await get('secret door -n lab', '{.data.code}'), Buffer.from('4711').toString('base64'));
    assert.equal(await get('secret door -n lab', '{.type}'), 'Opaque');
  });

  test('delete namespace empties it first', async () => {
    await bramble.kubectl('create namespace doomed');
    await bramble.kubectl('create configmap inside --from-literal=a=b -n doomed');
    await bramble.kubectl('run waiting --image=localhost/bramble/hello:1 -n doomed');
    assert.match(
      await bramble.kubectl('delete namespace doomed --timeout=20s'),
      /^namespace "doomed" deleted/,
    );
    assert.match(await bramble.kubectlRefuses('get namespace doomed'), /namespaces "doomed" not found/);
    assert.equal(
      await get('configmaps,pods -A', '{.items[?(@.metadata.namespace=="doomed")].metadata.name}'),
      '',
    );
  });

  test('get -o yaml, json, name, jsonpath, and by label and field', async () => {
    assert.match(await bramble.kubectl('get pod hello -o yaml'), /^apiVersion: v1\nkind: Pod\n/);
    const pod = JSON.parse(await bramble.kubectl('get pod hello -o json'));
    assert.equal(pod.metadata.name, 'hello');
    assert.equal(pod.spec.containers[0].terminationGracePeriodSeconds, undefined);
    assert.equal(pod.spec.terminationGracePeriodSeconds, 30);
    assert.equal(await bramble.kubectl('get pods -l app=hello -o name'), 'pod/hello\n');
    assert.equal(await bramble.kubectl('get pods -l app!=hello -o name'), '');
    assert.equal(
      await bramble.kubectl('get pods --field-selector status.phase=Pending,spec.nodeName= -o name'),
      'pod/hello\n',
    );
    assert.equal(await get('pod hello', '{.spec.containers[0].resources.limits.memory}'), '64Mi');
  });

  test('apply: created, unchanged, configured', async () => {
    const apply = (sky: string): Promise<string> =>
      bramble.kubectl('apply -f -', { input: JSON.stringify(configMap('applied', { sky })) });
    assert.equal(await apply('blue'), 'configmap/applied created\n');
    assert.equal(await apply('blue'), 'configmap/applied unchanged\n');
    assert.equal(await apply('grey'), 'configmap/applied configured\n');
    assert.equal(await get('configmap applied', '{.data.sky}'), 'grey');
  });

  test('label, annotate, patch and replace', async () => {
    await bramble.kubectl('label pod hello colour=green');
    await bramble.kubectl('annotate pod hello note=seen');
    await bramble.kubectl([
      'patch',
      'pod',
      'hello',
      '--type=merge',
      '-p',
      '{"metadata":{"labels":{"size":"s"}}}',
    ]);
    assert.equal(
      await get(
        'pod hello',
        '{.metadata.labels.colour} {.metadata.labels.size} {.metadata.annotations.note}',
      ),
      'green s seen',
    );
    const read = JSON.parse(await bramble.kubectl('get configmap applied -o json'));
    read.data.sky = 'red';
    await bramble.kubectl('replace -f -', { input: JSON.stringify(read) });
    assert.equal(await get('configmap applied', '{.data.sky}'), 'red');
    assert.match(
      await bramble.kubectlRefuses('replace -f -', { input: JSON.stringify(read) }),
      /Conflict.*the object has been modified/,
    );
  });

  test('get -w and wait --for=delete see a deletion', async () => {
    await bramble.kubectl('run brief --image=localhost/bramble/hello:1');
    const watch = bramble.beside('kubectl', 'get pod brief -w --output-watch-events --no-headers');
    await watch.printed(/^ADDED +brief/m);
    const wait = bramble.beside('kubectl', 'wait pod/brief --for=delete --timeout=20s');
    assert.match(await bramble.kubectl('delete pod brief'), /^pod "brief" deleted/);
    await watch.printed(/^DELETED +brief/m);
    assert.equal(await wait.ended(), 0);
  });

  test('get events and events', async () => {
    assert.match(await bramble.kubectl('get events'), /FailedScheduling +pod\/hello +no nodes available/);
    assert.match(await bramble.kubectl('events --for pod/hello'), /FailedScheduling/);
  });

  test('bramble trace prints the steps that are done, and names those that are not', async () => {
    const trace = await bramble.bramble('trace pod/hello');
    assert.match(trace, /^1 client +0 +\+0 +admin/m);
    assert.match(trace, /^2 api server +\d+/m);
    assert.match(trace, /^3 store +\d+/m);
    assert.match(trace, /^not reached yet: scheduler, agent, runtime, lifecycle, network$/m);
  });
});

describe('errors, as kubectl prints them', () => {
  test('a required field that is missing is named with its path', async () => {
    const refusal = await bramble.kubectlRefuses('create -f -', {
      input: JSON.stringify(pod('bad', [{ name: 'web' }])),
    });
    assert.match(refusal, /The Pod "bad" is invalid: spec\.containers\[0\]\.image: Required value/);
  });

  test('one cause for each wrong field', async () => {
    const input = JSON.stringify(
      pod('bad', [{ name: 'Web!', image: 'x', ports: [{ containerPort: 99_999 }] }]),
    );
    const refusal = await bramble.kubectlRefuses('create -f -', { input });
    assert.match(refusal, /\* spec\.containers\[0\]\.name: Invalid value: "Web!"/);
    assert.match(
      refusal,
      /\* spec\.containers\[0\]\.ports\[0\]\.containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive/,
    );
  });

  test('an unknown field is refused with default validation', async () => {
    const input = JSON.stringify(pod('bad', [{ name: 'web', image: 'x', imagePullPolice: 'Always' }]));
    assert.match(
      await bramble.kubectlRefuses('create -f -', { input }),
      /strict decoding error: unknown field "spec\.containers\[0\]\.imagePullPolice"/,
    );
  });

  test('not found, already exists, and no such kind', async () => {
    assert.match(
      await bramble.kubectlRefuses('get pod nobody'),
      /^Error from server \(NotFound\): pods "nobody" not found/,
    );
    assert.match(
      await bramble.kubectlRefuses('create -f examples/hello.yaml'),
      /Error from server \(AlreadyExists\).*pods "hello" already exists/,
    );
    assert.match(
      await bramble.kubectlRefuses('get toasters'),
      /the server doesn't have a resource type "toasters"/,
    );
    assert.match(await bramble.kubectlRefuses('get pods -n nowhere nobody'), /NotFound/);
    assert.match(
      await bramble.kubectlRefuses('create configmap x -n nowhere'),
      /namespaces "nowhere" not found/,
    );
  });

  test('fields that Bramble keeps and does not honour come back as warnings', async () => {
    const container = {
      name: 'web',
      image: 'localhost/bramble/hello:1',
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
    };
    const { code, stdout, stderr } = await bramble.client('kubectl', 'create -f -', {
      input: JSON.stringify(pod('warned', [container])),
    });
    assert.equal(code, 0);
    assert.equal(stdout, 'pod/warned created\n');
    assert.match(stderr, /^Warning: spec\.containers\[0\]\.resizePolicy: /m);
    assert.equal(await get('pod warned', '{.spec.containers[0].resizePolicy[0].resourceName}'), 'cpu');
  });

  test('a body that is too large is answered, and the API goes on', async () => {
    const file = bramble.file('large.json');
    await writeFile(file, JSON.stringify(configMap('large', { text: 'x'.repeat(4_000_000) })));
    for (let time = 0; time < 3; time += 1)
      assert.match(await bramble.kubectlRefuses(['create', '-f', file]), /too large/);
    assert.match(await bramble.kubectl('get --raw /readyz'), /ok/);
  });

  test('a wrong token, and none at all, are refused', async () => {
    const wrong = await bramble.kubectlRefuses('get pods --token=wrong');
    assert.match(wrong, /You must be logged in to the server|Unauthorized/);
    const url = `https://127.0.0.1:${bramble.place.httpsPort}/api/v1/pods`;
    const ca = `${bramble.dataDir}/ca.crt`;
    const status = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', ca];
    assert.equal((await bramble.client('curl', [...status, url])).stdout, '401');
    assert.equal(
      (await bramble.client('curl', [...status, '-H', 'Authorization: Bearer wrong', url])).stdout,
      '401',
    );
  });
});

test('the certificate names localhost, this host and its addresses, for HTTPS and for MQTT', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const global = addresses.filter(({ scopeid }) => !scopeid);
  const names = ['localhost', '127.0.0.1', hostname(), ...global.map(({ address }) => address)];
  for (const port of [bramble.place.httpsPort, bramble.place.mqttPort]) {
    const certificate = await serverCertificate(port);
    for (const name of names) assert.equal(checkServerIdentity(name, certificate), undefined);
  }
});

describe('users and roles', () => {
  test('view reads and changes nothing; edit changes objects and no namespaces; a removed user is nobody', async () => {
    const view = (await bramble.bramble('user create vera --role view')).trim();
    const edit = (await bramble.bramble('user create ed --role edit')).trim();
    assert.match(await bramble.kubectl(['get', 'pods', '--token', view]), /hello/);
    const as = (token: string, args: string): Promise<string> =>
      bramble.kubectlRefuses([...args.split(' '), '--token', token]);
    assert.match(
      await as(view, 'delete pod hello'),
      /Error from server \(Forbidden\): pods "hello" is forbidden: User "vera" cannot delete resource "pods"/,
    );
    assert.match(await as(view, 'get secrets'), /Forbidden/);
    assert.match(await bramble.kubectl(['create', 'configmap', 'by-ed', '--token', edit]), /created/);
    const may = async (token: string): Promise<string> =>
      (await bramble.client('kubectl', ['auth', 'can-i', 'delete', 'pods', '--token', token])).stdout;
    assert.match(await may(view), /^no/);
    assert.match(await may(edit), /^yes/);
    const backup = `https://127.0.0.1:${bramble.place.httpsPort}/bramble/v1/backup`;
    const ask = ['-s', '-w', '%{http_code}', '--cacert', `${bramble.dataDir}/ca.crt`];
    const { stdout } = await bramble.client('curl', [...ask, '-H', `Authorization: Bearer ${edit}`, backup]);
    assert.match(stdout, /user \\?"ed\\?" is no admin.*403$/s);
    assert.match(await bramble.bramble('user list'), /^vera\tview$/m);
    await bramble.bramble('user remove vera');
    assert.match(await as(view, 'get pods'), /Unauthorized|logged in/);
  });
});

function pod(name: string, containers: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } };
}

function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** The certificate of the server at a port, which our authority must have signed. */
async function serverCertificate(port: number): Promise<PeerCertificate> {
  const ca = await readFile(`${bramble.dataDir}/ca.crt`);
  const socket = connect({ host: '127.0.0.1', port, ca });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}
