import { run } from '@bramble/adapters/host/run.ts';
import { readBusybox, staticBusybox } from './busybox.ts';
import type { PodmanClient } from './client.ts';
import { imagePath } from './image-reference.ts';
import { expect } from './refusals.ts';
import { type TarEntry, tarArchive } from './tar.ts';

export const helloImage = 'localhost/bramble/hello:1';

/** Process 1 gets no default signal handling, so it must trap TERM to end promptly. */
const serve = `#!/bin/sh
trap 'kill $server 2>/dev/null; exit 0' TERM INT
httpd -f -v -p "\${PORT:-8080}" -h /www &
server=$!
echo "$(hostname): listening on port \${PORT:-8080}"
wait $server
`;

/** httpd runs this where a directory has no index.html. */
const page = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n%s from %s\\n' "\${GREETING:-Hello}" "$(hostname)"
`;

const changes = ['ENTRYPOINT ["/bin/serve"]', 'ENV PATH=/bin', 'EXPOSE 8080'];

/**
 * Makes `localhost/bramble/hello:1` of this machine's own busybox where it is absent, so that a first pod needs no
 * registry: an HTTP server on port 8080 that answers with the pod's hostname, after the word in GREETING, and a shell.
 * `comes` is told of its making.
 */
export async function ensureHelloImage(
  client: PodmanClient,
  comes: (image: string, bring: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const present = await client.call('GET', `/images/${imagePath(helloImage)}/exists`);
  if (present.status === 204) return;
  await comes(helloImage, () => makeHelloImage(client));
}

async function makeHelloImage(client: PodmanClient): Promise<void> {
  const query = new URLSearchParams([
    ['reference', helloImage],
    ...changes.map((change): [string, string] => ['changes', change]),
  ]);
  const answer = await client.call('POST', `/images/import?${query}`, {
    stream: { type: 'application/x-tar', bytes: tarArchive(await contents()) },
  });
  expect(answer, 200);
}

async function contents(): Promise<TarEntry[]> {
  const text = (path: string, content: string, mode = 0o644): TarEntry => ({
    path,
    bytes: Buffer.from(content),
    mode,
  });
  const directories = [
    'bin/',
    'dev/',
    'etc/',
    'proc/',
    'root/',
    'run/',
    'sys/',
    'tmp/',
    'var/',
    'www/',
    'www/cgi-bin/',
  ];
  return [
    ...directories.map((path) => ({ path })),
    { path: 'bin/busybox', bytes: await readBusybox(), mode: 0o755 },
    ...(await applets()).map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
    text('bin/serve', serve, 0o755),
    text('www/cgi-bin/index.cgi', page, 0o755),
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
    text('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
  ];
}

async function applets(): Promise<string[]> {
  const listed = await run(await staticBusybox(), ['--list'], { timeoutMs: 10_000 });
  return listed.stdout.split('\n').filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox');
}
