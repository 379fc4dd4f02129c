import { chmod, chown, mkdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ShellFacts {
  readonly dataDir: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  readonly caFile: string;
  readonly user: string;
  readonly token: string;
  /** Path of a kubectl that fits, if there is one. */
  readonly kubectl: string | undefined;
  readonly node: string;
  /** Path of cli/main.ts. */
  readonly cli: string;
}

/** Writes `.bramble/kubeconfig`, `.bramble/env` and `.bramble/bin/`: what a second shell needs. For the owner alone. */
export async function writeShellFiles(facts: ShellFacts): Promise<void> {
  const bin = join(facts.dataDir, 'bin');
  await mkdir(bin, { recursive: true });
  await writePrivately(join(facts.dataDir, 'kubeconfig'), await kubeconfig(facts), 0o600);
  await writePrivately(join(bin, 'bramble'), brambleScript(facts), 0o755);
  if (facts.kubectl) await link(facts.kubectl, join(bin, 'kubectl'));
  await writePrivately(join(facts.dataDir, 'env'), environment(facts), 0o600);
  await giveToCaller(facts.dataDir, ['', 'kubeconfig', 'env', 'ca.crt', 'bin', 'bin/bramble']);
}

/** With sudo the files belong to root; the person who typed it must be able to read them in a second shell. */
async function giveToCaller(dataDir: string, names: readonly string[]): Promise<void> {
  const user = Number(process.env['SUDO_UID']);
  const group = Number(process.env['SUDO_GID']);
  if (!Number.isInteger(user) || !Number.isInteger(group) || process.getuid?.() !== 0) return;
  for (const name of names) await chown(join(dataDir, name), user, group);
}

async function kubeconfig({ caFile, httpsPort, user, token }: ShellFacts): Promise<string> {
  const authority = (await readFile(caFile)).toString('base64');
  const server = `https://127.0.0.1:${httpsPort}`;
  // JSON is YAML as well, and needs no library.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bramble',
    clusters: [{ name: 'bramble', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'bramble', context: { cluster: 'bramble', user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** For sh, bash and zsh. `$BRAMBLE_MQTT` is meant to be split into words. */
function environment({ dataDir, mqttPort, caFile, user, token }: ShellFacts): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const mqtt = `-h 127.0.0.1 -p ${mqttPort} --cafile ${caFile} -u ${user} -P ${token}`;
  return [
    '# Written by `bramble up`. Use it with: source .bramble/env',
    `export KUBECONFIG=${quoted(join(dataDir, 'kubeconfig'))}`,
    `export BRAMBLE_DATA_DIR=${quoted(dataDir)}`,
    `export BRAMBLE_MQTT=${quoted(mqtt)}`,
    `case ":$PATH:" in *:${quoted(join(dataDir, 'bin'))}:*) ;; *) export PATH=${quoted(join(dataDir, 'bin'))}:"$PATH" ;; esac`,
    '',
  ].join('\n');
}

function brambleScript({ node, cli }: ShellFacts): string {
  return `#!/bin/sh\nexec '${node}' '${cli}' "$@"\n`;
}

async function writePrivately(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

async function link(target: string, path: string): Promise<void> {
  await unlink(path).catch(() => {});
  await symlink(target, path);
}
