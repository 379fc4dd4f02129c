import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pod, PodSpec, Volume } from '@bramble/protocol/schema/types.generated.ts';
import { containerSpec } from './container-spec.ts';
import type { Data, PlannedPod } from './desired.ts';
import { boardFacts, podObject } from './testing/objects.ts';
import { withVolumes } from './volumes.ts';

function planned(volumes: readonly Volume[], spec: Partial<PodSpec> = {}): PlannedPod {
  const bytes = (entries: Record<string, string>): Data =>
    new Map(Object.entries(entries).map(([key, text]) => [key, Buffer.from(text)]));
  return withVolumes({
    uid: 'uid-a',
    namespace: 'default',
    name: 'a',
    storeId: 's',
    digest: 'd',
    pod: podObject('a', { volumes, ...spec }, { labels: { app: 'x' } }) as unknown as Pod,
    addresses: ['10.42.1.2'],
    receivedAtMs: 0,
    terminate: undefined,
    final: undefined,
    data: new Map([
      ['configmaps/cm', bytes({ one: '1', two: '2' })],
      ['secrets/s', bytes({ key: 'k' })],
    ]),
    board: boardFacts(),
  });
}

function contentOf(volume: Volume): unknown {
  const { volumes } = planned([volume]);
  assert.ok(volumes.ok, volumes.ok ? '' : volumes.message);
  const [content] = volumes.value.contents;
  if (content?.type !== 'files') return content;
  const files = content.files.map(({ path, bytes, mode }) => [path, Buffer.from(bytes).toString(), mode]);
  return { secret: content.secret, files };
}

test('a ConfigMap’s keys are files; items choose, rename and set modes', () => {
  assert.deepEqual(contentOf({ name: 'v', configMap: { name: 'cm', defaultMode: 0o400 } }), {
    secret: false,
    files: [
      ['one', '1', 0o400],
      ['two', '2', 0o400],
    ],
  });
  const items = [{ key: 'two', path: 'dir/deux', mode: 0o600 }];
  assert.deepEqual(contentOf({ name: 'v', configMap: { name: 'cm', items } }), {
    secret: false,
    files: [['dir/deux', '2', 0o600]],
  });
});

test('secret, downwardAPI and projected volumes', () => {
  assert.deepEqual(contentOf({ name: 'v', secret: { secretName: 's' } }), {
    secret: true,
    files: [['key', 'k', 0o644]],
  });
  const labels = { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } };
  assert.deepEqual(contentOf({ name: 'v', downwardAPI: { items: [labels] } }), {
    secret: false,
    files: [['labels', 'app="x"', 0o644]],
  });
  const sources = [
    { configMap: { name: 'cm' } },
    { secret: { name: 's' } },
    { downwardAPI: { items: [labels] } },
  ];
  assert.deepEqual(contentOf({ name: 'v', projected: { sources } }), {
    secret: true,
    files: [
      ['one', '1', 0o644],
      ['two', '2', 0o644],
      ['key', 'k', 0o644],
      ['labels', 'app="x"', 0o644],
    ],
  });
});

test('emptyDir in memory with a limit, and hostPath', () => {
  assert.deepEqual(contentOf({ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }), {
    type: 'empty',
    name: 'v',
    medium: 'memory',
    sizeLimitBytes: 1_048_576,
  });
  assert.deepEqual(contentOf({ name: 'v', hostPath: { path: '/srv', type: 'Directory' } }), {
    type: 'host',
    name: 'v',
    path: '/srv',
    hostPathType: 'Directory',
  });
});

test('what is missing or not supported is said with the volume’s name', () => {
  const message = (volume: Volume): string => {
    const { volumes } = planned([volume]);
    return volumes.ok ? 'ok' : volumes.message;
  };
  const prefix = 'MountVolume.SetUp failed for volume "v" : ';
  assert.equal(message({ name: 'v', configMap: { name: 'no' } }), `${prefix}configmap "no" not found`);
  assert.equal(message({ name: 'v', configMap: { name: 'no', optional: true } }), 'ok');
  const items = [{ key: 'no', path: 'p' }];
  assert.equal(
    message({ name: 'v', configMap: { name: 'cm', items } }),
    `${prefix}references non-existent config key: no`,
  );
  assert.equal(
    message({ name: 'v', nfs: { server: 's', path: '/' } }),
    `${prefix}volumes of type nfs are not supported`,
  );
});

test('every pod with its own network gets an /etc/hosts with its name, address and aliases', () => {
  const hostAliases = [{ ip: '1.2.3.4', hostnames: ['db', 'db.local'] }];
  const pod = planned([], { hostAliases, hostname: 'front' });
  assert.ok(pod.volumes.ok);
  const [hosts] = pod.volumes.value.contents;
  assert.ok(hosts?.type === 'files');
  const text = Buffer.from(hosts.files[0]?.bytes ?? []).toString();
  assert.match(text, /^10\.42\.1\.2\tfront$/m);
  assert.match(text, /^1\.2\.3\.4\tdb\tdb\.local$/m);
  const onHost = planned([], { hostNetwork: true });
  assert.deepEqual(onHost.volumes.ok && onHost.volumes.value.contents, []);
});

test('the digest changes with any byte and with nothing else', () => {
  const digest = (pod: PlannedPod): string => (pod.volumes.ok ? pod.volumes.value.digest : '');
  const volume: Volume = { name: 'v', configMap: { name: 'cm' } };
  assert.equal(digest(planned([volume])), digest(planned([volume])));
  const changed = planned([volume]);
  const data = new Map([...changed.data, ['configmaps/cm', new Map([['one', Buffer.from('9')]])] as const]);
  assert.notEqual(digest(planned([volume])), digest(withVolumes({ ...changed, data })));
});

test('mounts: subPath, read-only by nature, and no way out of the volume', () => {
  const volumes: Volume[] = [
    { name: 'conf', configMap: { name: 'cm' } },
    { name: 'data', emptyDir: {} },
  ];
  const paths = new Map([
    ['conf', '/v/conf'],
    ['data', '/v/data'],
    ['bramble.hosts', '/v/hosts'],
  ]);
  const spec = (volumeMounts: NonNullable<PodSpec['containers'][0]['volumeMounts']>) => {
    const container = { name: 'web', image: 'i', env: [{ name: 'POD', value: 'a' }], volumeMounts };
    const pod = planned(volumes, { containers: [container] });
    const identity = {
      uid: 'u',
      namespace: 'n',
      pod: 'p',
      container: 'web',
      init: false,
      storeId: 's',
      bootId: '',
    };
    const numbers = { attempt: 0, failures: 0, specDigest: 'd' };
    return containerSpec(container, { ...identity, ...numbers }, pod, {
      networkPath: '/n',
      volumePaths: paths,
    });
  };
  const made = spec([
    { name: 'conf', mountPath: '/etc/one', subPath: 'one' },
    { name: 'data', mountPath: '/data', subPathExpr: '$(POD)/x' },
  ]);
  assert.ok(made.ok);
  assert.deepEqual(made.value.mounts, [
    { source: '/v/conf', subPath: 'one', target: '/etc/one', readOnly: true },
    { source: '/v/data', subPath: 'a/x', target: '/data', readOnly: false },
    { source: '/v/hosts/hosts', subPath: '', target: '/etc/hosts', readOnly: false },
  ]);
  const wayOut = spec([{ name: 'data', mountPath: '/data', subPath: 'a/../../x' }]);
  assert.deepEqual(wayOut, { ok: false, message: 'subPath "a/../../x" is not inside the volume' });
});
