import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerSpec, realPodman } from '../../testing/real-podman.ts';
import { RuntimeError } from '../port.ts';
import { staticBusybox } from './busybox.ts';
import { tarArchive } from './tar.ts';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** A registry with one image, for those who know the password (OCI distribution specification, pulling). */
async function registry(): Promise<RequestListener> {
  const layer = tarArchive([
    { path: 'bin/' },
    { path: 'bin/busybox', bytes: await readFile(await staticBusybox()), mode: 0o755 },
  ]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: architectures[process.arch] ?? process.arch,
      os: 'linux',
      config: { Cmd: ['/bin/busybox', 'true'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const prefix = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${prefix}.manifest.v1+json`,
      config: { mediaType: `${prefix}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: `${prefix}.layer.v1.tar`, digest: digestOf(layer), size: layer.length }],
    }),
  );
  const blobs = new Map([config, layer].map((blob) => [digestOf(blob), blob]));
  const allowed = `Basic ${Buffer.from('fleet:secret').toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization !== allowed) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="berries"' }).end();
      return;
    }
    const blob = blobs.get(request.url?.split('/').at(-1) ?? '');
    if (request.url === '/v2/') response.end('{}');
    else if (request.url?.startsWith('/v2/team/app/manifests/'))
      response.writeHead(200, { 'content-type': `${prefix}.manifest.v1+json` }).end(manifest);
    else if (blob !== undefined) response.end(blob);
    else
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  };
}

test('pulls with a password; what is refused says so in the registry’s words', async (t) => {
  const server = createServer(await registry());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const directory = await mkdtemp(join(tmpdir(), 'bramble-registries-'));
  const conf = join(directory, 'registries.conf');
  await writeFile(conf, `[[registry]]\nlocation = "127.0.0.1:${port}"\ninsecure = true\n`);
  process.env['CONTAINERS_REGISTRIES_CONF'] = conf;
  const podman = await realPodman();
  t.after(async () => {
    await podman.dispose();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  const image = `127.0.0.1:${port}/team/app:1`;
  const refusedWith = async (name: string, auth?: { username: string; password: string }) => {
    const error: unknown = await podman.runtime.pull(name, auth).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RuntimeError && error.reason === 'image', String(error));
    return error.message;
  };

  assert.match(await refusedWith(image), /unauthorized|authentication required|401/i);
  assert.match(
    await refusedWith(image, { username: 'fleet', password: 'no' }),
    /unauthorized|authentication required|401|invalid/i,
  );
  const auth = { username: 'fleet', password: 'secret' };
  assert.match(await refusedWith(`127.0.0.1:${port}/team/none:1`, auth), /manifest unknown|not found/i);
  assert.equal(await podman.runtime.imagePresent(image), false);
  await podman.runtime.pull(image, auth);
  assert.equal(await podman.runtime.imagePresent(image), true);
  const { id } = await podman.runtime.create(containerSpec({ name: 'pulled', image }));
  await podman.runtime.start(id);
});
